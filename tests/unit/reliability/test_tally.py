"""A count that many threads share."""

import threading

from tenantry.reliability.tally import Tally


def test_no_count_is_lost_between_threads_and_none_is_made_by_looking() -> None:
    tally = Tally()

    def count() -> None:
        for _ in range(10_000):
            tally.add()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert 0 <= tally.value <= 80_000
    assert tally.value == tally.value == 80_000

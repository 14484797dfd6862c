import pytest

from tenantry.base.errors import Invalid
from tenantry.execution import Backoff


def test_the_most_a_pause_may_be_doubles_up_to_a_limit() -> None:
    backoff = Backoff(first_seconds=0.5, most_seconds=4, chance=lambda: 1.0)

    pauses = [backoff.pause(attempt) for attempt in (1, 2, 3, 4, 5, 5000)]

    assert pauses == [0.5, 1, 2, 4, 4, 4]


def test_the_whole_pause_is_drawn() -> None:
    assert Backoff(chance=lambda: 0.0).pause(3) == 0
    assert Backoff(first_seconds=1, chance=lambda: 0.25).pause(2) == 0.5


def test_a_pause_is_never_less_than_was_asked_for() -> None:
    backoff = Backoff(first_seconds=0.5, most_seconds=4, chance=lambda: 1.0)

    assert backoff.pause(1, asked_seconds=60) == 60
    assert backoff.pause(3, asked_seconds=0.1) == 2


@pytest.mark.parametrize("first, most", [(0, 1), (-1, 1), (2, 1)])
def test_pauses_that_make_no_sense_are_refused(first: float, most: float) -> None:
    with pytest.raises(Invalid, match=f"first_seconds {first}"):
        Backoff(first_seconds=first, most_seconds=most)

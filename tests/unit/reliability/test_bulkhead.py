"""So many at once, so many in line, and nobody else."""

import asyncio
import threading

import pytest

from tenantry.base.errors import Invalid
from tenantry.reliability import Bulkhead, BulkheadFull, DeadlineExceeded, within
from tests.support.waiting import eventually, wait_until

PATIENT = 60.0


class Gate:
    """Work that is under way until the gate is opened; remembers the order of coming in."""

    def __init__(self, bulkhead: Bulkhead) -> None:
        self.bulkhead = bulkhead
        self.open = asyncio.Event()
        self.came_in: list[int] = []
        self.most = 0

    async def work(self, number: int) -> int:
        self.came_in.append(number)
        self.most = max(self.most, self.bulkhead.running_count)
        await self.open.wait()
        return number

    def begin(self, count: int, *, first: int = 0) -> list[asyncio.Task[int]]:
        return [
            asyncio.create_task(self.bulkhead.acall(self.work, number))
            for number in range(first, first + count)
        ]


async def test_no_more_run_at_once_than_may() -> None:
    gate = Gate(Bulkhead("db", max_concurrent=3, max_wait_seconds=PATIENT))
    tasks = gate.begin(10)
    await eventually(lambda: gate.bulkhead.waiting_count == 7)
    first = list(gate.came_in)

    gate.open.set()
    assert await asyncio.gather(*tasks) == list(range(10))
    assert first == [0, 1, 2]
    assert gate.most == 3
    assert (gate.bulkhead.running_count, gate.bulkhead.waiting_count) == (0, 0)


async def test_the_line_is_first_come_first_served() -> None:
    gate = Gate(Bulkhead("db", max_concurrent=1, max_wait_seconds=PATIENT))
    tasks = gate.begin(20)
    await eventually(lambda: gate.bulkhead.waiting_count == 19)

    gate.open.set()
    await asyncio.gather(*tasks)
    assert gate.came_in == list(range(20))


async def test_who_comes_as_a_place_becomes_free_does_not_overtake() -> None:
    bulkhead = Bulkhead("db", max_concurrent=1, max_waiting=1, max_wait_seconds=PATIENT)
    gate = Gate(bulkhead)
    await bulkhead.aenter()
    (waiting,) = gate.begin(1)
    await eventually(lambda: bulkhead.waiting_count == 1)

    bulkhead.leave()
    (late,) = gate.begin(1, first=1)
    await eventually(lambda: len(gate.came_in) == 1)

    gate.open.set()
    assert [await waiting, await late] == [0, 1]
    assert gate.came_in == [0, 1]


async def test_a_full_line_refuses_at_once() -> None:
    gate = Gate(Bulkhead("db", max_concurrent=1, max_waiting=2, max_wait_seconds=PATIENT))
    tasks = gate.begin(3)
    await eventually(lambda: gate.bulkhead.waiting_count == 2)

    with pytest.raises(BulkheadFull, match="db is full: 1 run and 2 wait"):
        await gate.bulkhead.acall(gate.work, 9)
    with pytest.raises(BulkheadFull):
        gate.bulkhead.call(pytest.fail)

    gate.open.set()
    await asyncio.gather(*tasks)


async def test_who_waits_for_too_long_leaves_the_line() -> None:
    bulkhead = Bulkhead("db", max_concurrent=1, max_wait_seconds=0.01)

    with bulkhead.place():
        with pytest.raises(BulkheadFull, match=r"within 0\.01 s"):
            await bulkhead.aenter()
        with pytest.raises(BulkheadFull, match=r"within 0\.01 s"):
            await asyncio.to_thread(bulkhead.enter)
        assert bulkhead.waiting_count == 0
    assert bulkhead.running_count == 0


async def test_nobody_waits_beyond_the_deadline() -> None:
    bulkhead = Bulkhead("db", max_concurrent=1, max_wait_seconds=PATIENT)

    with bulkhead.place(), within(0.01):
        with pytest.raises(DeadlineExceeded):
            await bulkhead.aenter()
        with pytest.raises(DeadlineExceeded):
            await asyncio.to_thread(bulkhead.enter)


async def test_a_cancelled_waiter_loses_no_place() -> None:
    bulkhead = Bulkhead("db", max_concurrent=1, max_wait_seconds=PATIENT)
    gate = Gate(bulkhead)
    gate.open.set()
    await bulkhead.aenter()
    first, second = gate.begin(2)
    await eventually(lambda: bulkhead.waiting_count == 2)

    bulkhead.leave()  # The place is the first one's now, which has not run yet.
    first.cancel()

    assert await second == 1
    with pytest.raises(asyncio.CancelledError):
        await first
    assert bulkhead.running_count == 0


def test_what_fails_gives_its_place_back() -> None:
    bulkhead = Bulkhead("db", max_concurrent=1, max_waiting=0)

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            bulkhead.call(lambda: 1 / 0)
    assert bulkhead.running_count == 0


def test_threads_wait_in_line_too() -> None:
    bulkhead = Bulkhead("db", max_concurrent=2, max_wait_seconds=PATIENT)
    most: list[int] = []
    go_on = threading.Event()

    def work() -> None:
        go_on.wait(30)
        most.append(bulkhead.running_count)

    threads = [threading.Thread(target=bulkhead.call, args=(work,)) for _ in range(22)]
    for thread in threads:
        thread.start()
    wait_until(lambda: bulkhead.waiting_count == 20)
    go_on.set()
    for thread in threads:
        thread.join(30)

    assert len(most) == 22
    assert max(most) <= 2
    assert bulkhead.running_count == 0


def test_a_waiter_whose_loop_is_gone_does_not_keep_the_place() -> None:
    bulkhead = Bulkhead("db", max_concurrent=1, max_wait_seconds=PATIENT)
    bulkhead.enter()
    loop = asyncio.new_event_loop()
    waiting = loop.create_task(bulkhead.aenter())
    loop.run_until_complete(asyncio.sleep(0))
    assert bulkhead.waiting_count == 1
    loop.close()

    bulkhead.leave()

    assert bulkhead.running_count == 0
    waiting._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001 - it is what is tested
    waiting.get_coro().close()


@pytest.mark.parametrize(
    "wrong", [{"max_concurrent": 0}, {"max_waiting": -1}, {"max_wait_seconds": -1}]
)
def test_a_bulkhead_of_no_sense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid, match="wants"):
        Bulkhead("db", **wrong)

"""Stored projections: rows and checkpoint together, each event once, however many runners."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
import pytest_asyncio

from tenantry.db import Transaction
from tenantry.eventlog import EventLog, RecordedEvent, StoredProjectionRunner
from tests.conformance.projections import Counter
from tests.conformance.spine import TEST, append, append_many, request
from tests.support.waiting import eventually


class Crash(Exception):
    """The process ends here."""


class Crashing(Counter):
    """Writes its rows and then crashes, as often as it is told to."""

    def __init__(self, *, times: int) -> None:
        self.times = times

    def apply_in(self, tx: Transaction, events: Sequence[RecordedEvent]) -> None:
        super().apply_in(tx, events)
        if self.times > 0:
            self.times -= 1
            raise Crash


class Idle(StoredProjectionRunner):
    """Finds nothing to do, and so does nothing but wait."""

    async def advance(self) -> bool:
        return False


@pytest_asyncio.fixture
async def counted(log: EventLog) -> AsyncIterator[EventLog]:
    """A log beside the table of the projection."""
    await log.database.administer(Counter().create)
    yield log


@asynccontextmanager
async def running(log: EventLog, projection: Counter | None = None) -> AsyncIterator[None]:
    runner = StoredProjectionRunner(log=log, projection=projection or Counter())
    await runner.start()
    try:
        yield
    finally:
        await runner.stop()


async def positions(log: EventLog) -> list[int]:
    return await log.database.read(TEST, Counter().positions)


async def test_rows_follow_the_log(counted: EventLog) -> None:
    await append_many(counted, 5_000)
    async with running(counted):
        await append(counted)
        await eventually(lambda: _has(counted, 5_001))
    assert await positions(counted) == list(range(1, 5_002))


async def test_rows_and_checkpoint_are_stored_together(counted: EventLog) -> None:
    runner = StoredProjectionRunner(log=counted, projection=Crashing(times=2))
    await append(counted, request(count=3))

    for _ in range(2):
        with pytest.raises(Crash):
            await runner.advance()
        assert await positions(counted) == []
        assert await runner.position() == 0

    assert await runner.advance()
    assert await positions(counted) == [1, 2, 3]
    assert await runner.position() == 3
    assert not await runner.advance()


async def test_a_crash_between_rows_and_commit_heals_by_itself(counted: EventLog) -> None:
    await append(counted, request(count=3))
    async with running(counted, Crashing(times=1)):
        await eventually(lambda: _has(counted, 3))
        await append(counted)
        await eventually(lambda: _has(counted, 4))


async def test_two_runners_of_one_projection_count_each_event_once(counted: EventLog) -> None:
    async with running(counted), running(counted):
        for n in range(60):
            await append(counted, request(f"s{n}", count=n % 4))
        total = (await counted.head()).position
        await eventually(lambda: _has(counted, total))
    assert await positions(counted) == list(range(1, total + 1))


async def test_runners_on_two_nodes_count_each_event_once(
    postgres_log: EventLog, second_log: EventLog
) -> None:
    await postgres_log.database.administer(Counter().create)
    async with running(postgres_log), running(second_log):
        await asyncio.gather(
            *(append((postgres_log, second_log)[n % 2], request(f"s{n}")) for n in range(200))
        )
        await eventually(lambda: _has(postgres_log, 200))
    assert await positions(postgres_log) == list(range(1, 201))


async def test_a_stop_that_comes_together_with_a_hint_is_a_stop(counted: EventLog) -> None:
    runner = Idle(log=counted, projection=Counter())
    await runner.start()
    await eventually(lambda: runner.is_at_work)
    # In one turn of the loop: who waits is woken, and cancelled.
    counted.wake_on_growth()()
    async with asyncio.timeout(5) as patience:
        await runner.stop()
    assert not patience.expired()


async def test_one_of_two_that_take_the_same_events_is_undone(counted: EventLog) -> None:
    runners = [StoredProjectionRunner(log=counted, projection=Counter()) for _ in range(4)]
    for _ in range(5):
        await append(counted)
        # Both the first checkpoint and every later move of it.
        await asyncio.gather(*(runner.advance() for runner in runners))
    assert await positions(counted) == list(range(1, 6))
    assert await runners[0].position() == 5


async def test_a_restart_goes_on_behind_the_checkpoint(counted: EventLog) -> None:
    for turn in range(1, 4):
        await append(counted, request(count=3))
        async with running(counted):
            await eventually(partial(_has, counted, 3 * turn))
    assert await positions(counted) == list(range(1, 10))


async def _has(log: EventLog, count: int) -> bool:
    return len(await positions(log)) == count

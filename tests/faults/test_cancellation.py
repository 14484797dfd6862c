"""Waiters that give up: none hangs, none is half done, and nobody else notices."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tenantry.db import Database, Transaction
from tenantry.eventlog import Appended, EventLog
from tests.faults.logs import (
    append,
    assert_intact,
    opened_database,
    opened_log,
    request,
    stored_keys,
)
from tests.faults.projections import SYSTEM
from tests.support.counts import soak_count
from tests.support.waiting import eventually

DEADLINE_SECONDS = 30
CANCELLATIONS = 1_000


class Gate:
    """A unit that runs until it is let go, and counts its runs."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.opened = threading.Event()
        self.run_count = 0

    def unit(self, _tx: Transaction) -> str:
        self.run_count += 1
        self.started.set()
        assert self.opened.wait(DEADLINE_SECONDS)
        return "done"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened_database(database_url) as database:
        yield database


@pytest.fixture
async def log(database_url: str) -> AsyncIterator[EventLog]:
    async with opened_log(database_url) as log:
        yield log


async def test_a_write_cancelled_while_it_is_queued_never_runs(database: Database) -> None:
    first, queued = Gate(), Gate()
    # As many gates as there are connections keep the rest in the queue.
    running = [asyncio.create_task(database.write(SYSTEM, first.unit)) for _ in range(4)]
    await eventually(first.started.is_set)
    if database.dialect == "postgres":
        await eventually(lambda: first.run_count == len(running))
    waiting = asyncio.create_task(database.write(SYSTEM, queued.unit))
    await asyncio.sleep(0)

    waiting.cancel()

    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(asyncio.CancelledError):
            await waiting
        first.opened.set()
        assert await asyncio.gather(*running) == ["done"] * len(running)
        await database.ping()
    assert queued.run_count == 0


async def test_a_write_cancelled_while_it_runs_finishes_and_frees_its_waiter_at_once(
    database: Database,
) -> None:
    gate = Gate()
    running = asyncio.create_task(database.write(SYSTEM, gate.unit))
    await eventually(gate.started.is_set)

    running.cancel()

    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(asyncio.CancelledError):
            await running
        gate.opened.set()
        assert await database.write(SYSTEM, _open_gate().unit) == "done"
    assert gate.run_count == 1


async def test_an_append_cancelled_while_it_is_queued_is_never_appended(log: EventLog) -> None:
    gate = Gate()
    # The batch that is under way waits for the gate, so the next ones wait in the appender.
    blocking = asyncio.create_task(log.database.append(gate.unit))
    await eventually(gate.started.is_set)
    under_way = asyncio.create_task(log.append(request("under way")))
    for _ in range(5):
        await asyncio.sleep(0)
    queued = [asyncio.create_task(log.append(request(f"queued-{n}"))) for n in range(10)]
    await asyncio.sleep(0)

    for task in queued[::2]:
        task.cancel()
    gate.opened.set()

    async with asyncio.timeout(DEADLINE_SECONDS):
        await asyncio.gather(blocking, under_way)
        outcomes = await asyncio.gather(*queued, return_exceptions=True)
    assert [isinstance(outcome, Appended) for outcome in outcomes] == [False, True] * 5
    assert await stored_keys(log) == ["under way", *(f"queued-{n}" for n in range(1, 10, 2))]


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_a_storm_of_cancellations_leaves_nobody_hanging(log: EventLog) -> None:
    rng = random.Random(random.getrandbits(64))
    count = soak_count(CANCELLATIONS)
    tasks: dict[str, asyncio.Task[object]] = {}

    async with asyncio.timeout(DEADLINE_SECONDS + count / 10):
        for number in range(count):
            doomed, kept = f"doomed-{number}", f"kept-{number}"
            tasks[doomed] = asyncio.create_task(log.append(request(doomed)))
            tasks[kept] = asyncio.create_task(log.append(request(kept)))
            for _ in range(rng.randint(0, 6)):
                await asyncio.sleep(0)
            if rng.random() < 0.1:
                await asyncio.sleep(rng.random() / 200)
            tasks[doomed].cancel()
        outcomes = dict(
            zip(tasks, await asyncio.gather(*tasks.values(), return_exceptions=True), strict=True)
        )

    appended = {key for key, outcome in outcomes.items() if isinstance(outcome, Appended)}
    cancelled = {
        key for key, value in outcomes.items() if isinstance(value, asyncio.CancelledError)
    }
    assert appended | cancelled == set(tasks)
    assert {f"kept-{number}" for number in range(count)} <= appended

    stored = Counter(await stored_keys(log))
    assert appended <= set(stored)
    assert set(stored.values()) == {1}
    await assert_intact(log)
    await append(log, "after")


def _open_gate() -> Gate:
    gate = Gate()
    gate.opened.set()
    return gate

"""What works for everybody dies: all that waits is told, and it comes back by itself."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from tenantry.base import SystemClock
from tenantry.base.errors import Unavailable
from tenantry.db import Database, Transaction
from tenantry.eventlog import Appended, EventLog, EventTypes
from tests.faults.logs import (
    TYPE,
    append,
    assert_intact,
    opened_database,
    opened_log,
    request,
    stored_keys,
)
from tests.faults.projections import SYSTEM
from tests.support.waiting import eventually

DEADLINE_SECONDS = 20

FATAL = [SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError]


@pytest.fixture
async def log(database_url: str) -> AsyncIterator[EventLog]:
    async with opened_log(database_url) as log:
        yield log


@pytest.fixture
async def sqlite_log(sqlite_url: str) -> AsyncIterator[EventLog]:
    async with opened_log(sqlite_url) as log:
        yield log


@pytest.mark.parametrize("fatal", FATAL)
async def test_a_unit_that_kills_the_writer_fails_all_that_waits(
    sqlite_log: EventLog, fatal: type[BaseException]
) -> None:
    await append(sqlite_log, "before")
    gate = threading.Event()
    killer = asyncio.create_task(sqlite_log.database.write(SYSTEM, _die, fatal, gate))
    waiting = [
        *(asyncio.create_task(sqlite_log.append(request(f"lost-{n}"))) for n in range(20)),
        *(asyncio.create_task(sqlite_log.database.write(SYSTEM, _pass)) for _ in range(20)),
    ]
    for _ in range(5):
        await asyncio.sleep(0)
    gate.set()

    async with asyncio.timeout(DEADLINE_SECONDS):
        outcomes = await asyncio.gather(killer, *waiting, return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert await stored_keys(sqlite_log) == ["before"]


async def test_a_dead_writer_is_not_ready_and_comes_back_by_itself(sqlite_log: EventLog) -> None:
    await append(sqlite_log, "before")
    gate = threading.Event()
    gate.set()

    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(Unavailable):
            await sqlite_log.database.write(SYSTEM, _die, SystemExit, gate)
        assert not sqlite_log.database.is_ready
        with pytest.raises(Unavailable):
            await append(sqlite_log, "refused at once")

    await eventually(lambda: sqlite_log.database.is_ready)
    assert (await append(sqlite_log, "after")).first == 2
    assert await stored_keys(sqlite_log) == ["before", "after"]
    await assert_intact(sqlite_log)


async def test_what_a_dying_unit_appended_is_forgotten_with_it(sqlite_log: EventLog) -> None:
    """The appender keeps the end of the log in memory; it must not keep what was undone."""
    await append(sqlite_log, "before")

    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(Unavailable):
            await sqlite_log.database.write(SYSTEM, _append_and_die, sqlite_log)

    await eventually(lambda: sqlite_log.database.is_ready)
    assert (await append(sqlite_log, "after")).first == 2
    await assert_intact(sqlite_log)


async def test_a_stop_ends_also_while_the_writer_is_dead(sqlite_url: str) -> None:
    gate = threading.Event()
    gate.set()
    async with asyncio.timeout(DEADLINE_SECONDS), opened_log(sqlite_url) as log:
        with pytest.raises(Unavailable):
            await log.database.write(SYSTEM, _die, SystemExit, gate)

    async with opened_log(sqlite_url) as log:
        await append(log, "after")


@pytest.mark.parametrize("fatal", [*FATAL, StopIteration])
async def test_a_unit_that_ends_strangely_ends_neither_its_thread_nor_its_waiter(
    log: EventLog, fatal: type[BaseException]
) -> None:
    """An event loop ends on the first two, and on the last a waiter would never be told."""
    gate = threading.Event()
    gate.set()
    crossings: list[Callable[..., Any]] = [log.database.read]
    if log.database.dialect == "postgres":
        crossings += [log.database.write]

    async with asyncio.timeout(DEADLINE_SECONDS):
        for crossing in crossings:
            for _ in range(10):
                with pytest.raises(RuntimeError, match=fatal.__name__):
                    await crossing(SYSTEM, _die, fatal, gate)
        await log.database.ping()
        await append(log, "after")


async def test_a_unit_may_raise_stop_iteration_in_the_writer(log: EventLog) -> None:
    gate = threading.Event()
    gate.set()
    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await log.database.write(SYSTEM, _die, StopIteration, gate)
        assert log.database.is_ready


async def test_an_appender_that_fails_tells_all_that_waits_and_goes_on(database_url: str) -> None:
    async with opened_database(database_url) as database:
        lying = ForgetfulDatabase(database)
        log = EventLog(
            database=cast("Database", lying), clock=SystemClock(), types=EventTypes(present=[TYPE])
        )
        await log.start()
        async with asyncio.timeout(DEADLINE_SECONDS):
            outcomes = await asyncio.gather(
                *(log.append(request(f"{n}")) for n in range(20)), return_exceptions=True
            )
            assert {type(outcome) for outcome in outcomes} == {Unavailable}

            lying.is_forgetful = False
            retried = await asyncio.gather(*(log.append(request(f"{n}")) for n in range(20)))
            await log.stop()

        assert all(isinstance(outcome, Appended) for outcome in retried)
        assert sorted(await stored_keys(log)) == sorted(f"{n}" for n in range(20))
        await assert_intact(log)


async def test_an_appender_whose_task_is_cancelled_leaves_nobody_waiting(log: EventLog) -> None:
    await append(log, "before")
    waiting = [asyncio.create_task(log.append(request(f"{n}"))) for n in range(20)]
    await asyncio.sleep(0)

    (appender,) = [task for task in asyncio.all_tasks() if task.get_name() == "Appender"]
    appender.cancel()

    async with asyncio.timeout(DEADLINE_SECONDS):
        await asyncio.gather(*waiting, return_exceptions=True)
        with pytest.raises(Unavailable):
            await append(log, "refused")
        with contextlib.suppress(asyncio.CancelledError):
            await log.stop()


class ForgetfulDatabase:
    """A database that stores a batch and loses its outcomes: it stands for a mistake of ours."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_forgetful = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def append(self, unit: Callable[..., Any], /, *args: object) -> Any:
        outcomes = await self._database.append(unit, *args)
        return [] if self.is_forgetful else outcomes


def _die(_tx: Transaction, fatal: type[BaseException], gate: threading.Event) -> None:
    assert gate.wait(DEADLINE_SECONDS)
    raise fatal


def _append_and_die(tx: Transaction, log: EventLog) -> None:
    log.append_in(tx, request("undone"))
    raise SystemExit


def _pass(_tx: Transaction) -> None:
    pass

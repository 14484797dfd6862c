"""In-memory projections after something went wrong: not ready meanwhile, right afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tenantry.base.errors import Unavailable
from tenantry.db import Database, open_database
from tenantry.eventlog import ANY, AppendRequest, EventLog, EventTypes, StreamAppend
from tenantry.testing import FakeClock
from tests.conformance.projections import Tally, expected, is_current, running, tally_of
from tests.conformance.spine import (
    HAPPENED,
    TYPES,
    append,
    append_many,
    event,
    request,
    running_log,
    tamper,
)
from tests.support.postgres import Postgres
from tests.support.waiting import eventually


async def test_an_event_of_an_unknown_type_makes_the_node_not_ready_until_it_is_known(
    database_url: str,
) -> None:
    async with running_log(database_url) as newer:
        await append_many(newer, 3)

    async with running_log(database_url, types=EventTypes()) as older, running(older) as runner:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(runner.ready(), 0.2)
        assert runner.position == 0

    async with running_log(database_url, types=TYPES) as log, running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        assert await is_current(log, runner)


async def test_an_unknown_event_of_another_node_stops_a_projection_that_was_ready(
    postgres_log: EventLog, postgres_url: str
) -> None:
    future = EventTypes(present=[HAPPENED, "tests.future.v1"])
    async with running_log(postgres_url, types=future) as newer, running(postgres_log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        await append(newer)
        await eventually(lambda: runner.position == 1)

        future_event = StreamAppend("one", ANY, (event(type_="tests.future.v1"),))
        await append(newer, AppendRequest("acme", (future_event,)))
        await eventually(lambda: not runner.is_ready)
        assert runner.position == 1


async def test_a_projection_that_fails_is_not_ready_and_built_anew(log: EventLog) -> None:
    class Failing(Tally):
        is_failing = False

        def apply(self, events: object) -> None:
            super().apply(events)  # type: ignore[arg-type]  # whatever it got
            if self.is_failing:
                raise RuntimeError("half of it is applied")

    await append_many(log, 10)
    async with running(log, Failing()) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        Failing.is_failing = True
        # Durable all the same.
        assert (await append(log)).first == 11
        assert not runner.is_ready

        Failing.is_failing = False
        await asyncio.wait_for(runner.ready(), 10)
        assert await is_current(log, runner)
        await append(log)
        assert await is_current(log, runner)


async def test_a_rebuild_of_a_sound_state_is_equal_and_takes_its_place(log: EventLog) -> None:
    await append_many(log, 3_000)
    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        before = runner.projection
        report = await runner.rebuild()

        assert report.is_equal
        assert (report.position, report.events_replayed) == (3_000, 3_000)
        assert runner.projection is not before
        await append(log)
        assert await is_current(log, runner)


async def test_a_rebuild_finds_and_mends_a_state_that_is_not_the_logs(log: EventLog) -> None:
    await append_many(log, 100)
    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        tally_of(runner).counts["acme/never-was"] = 1
        await runner.save_snapshot()

        report = await runner.rebuild()

        assert not report.is_equal
        assert report.live_digest != report.rebuilt_digest == (await expected(log)).digest()
        assert await is_current(log, runner)

    # The snapshot of the corrupt state has gone too, and the stop has stored the sound one.
    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        assert runner.progress.events_replayed == 0
        assert await is_current(log, runner)


async def test_a_rebuild_while_appends_go_on_misses_nothing(log: EventLog) -> None:
    await append_many(log, 3_000)
    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        is_done = False

        async def write() -> None:
            while not is_done:
                await append(log, request("live"))

        writing = asyncio.create_task(write())
        reports = [await runner.rebuild() for _ in range(3)]
        is_done = True
        await writing

        assert [report.is_equal for report in reports] == [True] * 3
        await eventually(lambda: is_current(log, runner))


class Away:
    """A database that does not answer while `is_away`; everything else is the real one's."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_away = True

    def __getattr__(self, name: str) -> Callable[..., object]:
        if self.is_away and name in {"read", "write", "append"}:
            return self._refuse
        found: Callable[..., object] = getattr(self._database, name)
        return found

    async def _refuse(self, *_args: object, **_options: object) -> object:
        raise Unavailable("the database is away")


async def test_a_database_that_is_away_at_the_start_only_delays_it(
    database: Database, clock: FakeClock
) -> None:
    away = Away(database)
    log = EventLog(database=away, clock=clock, types=TYPES)  # type: ignore[arg-type]  # it stands in
    await log.start()
    async with running(log) as runner:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(runner.ready(), 0.1)

        away.is_away = False
        await asyncio.wait_for(runner.ready(), 10)
        await append(log)
        assert runner.position == 1
    await log.stop()


async def test_a_node_that_cannot_read_the_log_is_not_ready_and_recovers(
    database: Database, clock: FakeClock
) -> None:
    away = Away(database)
    away.is_away = False
    log = EventLog(database=away, clock=clock, types=TYPES)  # type: ignore[arg-type]  # it stands in
    await log.start()
    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        await append(log)

        away.is_away = True
        await eventually(lambda: not runner.is_ready)
        with pytest.raises(Unavailable, match="away"):
            await append(log)

        away.is_away = False
        await asyncio.wait_for(runner.ready(), 10)
        await append(log)
        assert runner.position == 2
        assert runner.progress.events_replayed == 0
    await log.stop()


async def test_a_log_cut_off_before_its_head_makes_the_node_not_ready(log: EventLog) -> None:
    await append_many(log, 10)
    await tamper(log.database, "DELETE FROM events WHERE position > 7")
    async with running_log_again(log) as other, running(other) as runner:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(runner.ready(), 0.2)


@asynccontextmanager
async def running_log_again(log: EventLog) -> AsyncIterator[EventLog]:
    """Run another log on the same database, which remembers nothing of what was appended."""
    other = EventLog(database=log.database, clock=FakeClock(), types=TYPES)
    await other.start()
    yield other
    await other.stop()


async def test_a_postgresql_database_that_is_not_there_yet_only_delays_the_start(
    postgres: Postgres, postgres_url: str
) -> None:
    async with running_log(postgres_url) as log:
        await append_many(log, 3)
    name = str(conninfo_to_dict(postgres_url)["dbname"])
    maintenance = postgres.url("postgres")

    _rename(maintenance, name, f"{name}_away")
    database = open_database(postgres_url)
    await database.start()
    log = EventLog(database=database, clock=FakeClock(), types=TYPES)
    await log.start()
    async with running(log) as runner:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(runner.ready(), 0.1)
        ready = [database.is_ready]

        _rename(maintenance, f"{name}_away", name)
        await asyncio.wait_for(runner.ready(), 30)
        assert await is_current(log, runner)
        assert [*ready, database.is_ready] == [False, True]

    await log.stop()
    await database.stop()


def _rename(maintenance_url: str, name: str, other: str) -> None:
    statement = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with psycopg.connect(maintenance_url, autocommit=True) as session:
        session.execute(statement.format(sql.Identifier(name), sql.Identifier(other)))

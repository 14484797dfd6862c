"""PostgreSQL goes away and comes back: errors meanwhile, no acknowledged write lost, it heals."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tenantry.base import SystemClock
from tenantry.base.errors import Unavailable
from tenantry.db import NothingWritten, Transaction
from tenantry.eventlog import Appended, EventLog, ProjectionRunner
from tests.faults.logs import append, assert_intact, opened_log, request, stored_keys
from tests.faults.own_postgres import OwnPostgres
from tests.faults.projections import SYSTEM, Counts
from tests.support.waiting import eventually

pytestmark = pytest.mark.postgres

DEADLINE_SECONDS = 60
WRITERS = 4
APPEND_LOCK = 8257538
WRITTEN_LOCK = 42

_NO_SPACE = """
CREATE FUNCTION refuse_for_lack_of_space() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON events
FOR EACH ROW EXECUTE FUNCTION refuse_for_lack_of_space()
"""
_WAIT_AFTER_WRITING = f"""
CREATE FUNCTION wait_after_writing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock({WRITTEN_LOCK});
    RETURN NULL;
END $$;
CREATE TRIGGER waits_after_writing AFTER INSERT ON events
FOR EACH ROW EXECUTE FUNCTION wait_after_writing()
"""
_TERMINATE_WAITER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TERMINATE_ALL_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.parametrize("ending", ["stop", "kill"])
async def test_a_server_that_goes_away_under_load_loses_no_acknowledged_write(
    own_postgres: OwnPostgres, own_postgres_url: str, ending: str
) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS), opened_log(own_postgres_url) as log:
        writers = [Writer(log, number) for number in range(WRITERS)]
        tasks = [asyncio.create_task(writer.run()) for writer in writers]
        await eventually(lambda: all(writer.acknowledged_count > 5 for writer in writers))

        await asyncio.to_thread(own_postgres.kill if ending == "kill" else own_postgres.stop)
        await eventually(lambda: all(writer.refused_count for writer in writers), timeout=30)
        await asyncio.to_thread(own_postgres.start)

        before = [writer.acknowledged_count for writer in writers]
        await eventually(
            lambda: all(
                writer.acknowledged_count > count + 5
                for writer, count in zip(writers, before, strict=True)
            ),
            timeout=30,
        )
        for writer in writers:
            writer.is_done = True
        await asyncio.gather(*tasks)

        stored = Counter(await stored_keys(log))
        assert set(stored) == {key for writer in writers for key in writer.acknowledged_keys()}
        assert set(stored.values()) == {1}
        await assert_intact(log)


async def test_a_node_without_its_server_is_not_ready_and_comes_back_by_itself(
    own_postgres: OwnPostgres, own_postgres_url: str
) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS), opened_log(own_postgres_url) as log:
        runner = ProjectionRunner(log=log, projection=Counts(), clock=SystemClock())
        await runner.start()
        await append(log, "before")
        await eventually(lambda: runner.is_ready and log.database.is_ready)

        await asyncio.to_thread(own_postgres.stop)
        await eventually(lambda: not runner.is_ready and not log.database.is_ready, timeout=30)
        with pytest.raises(Unavailable):
            await log.database.ping()

        await asyncio.to_thread(own_postgres.start)
        await eventually(lambda: runner.is_ready and log.database.is_ready, timeout=30)
        position = (await append(log, "after")).last
        await runner.reach(position)
        await runner.stop()


async def test_a_node_hears_of_others_appends_again_after_a_loss(
    own_postgres: OwnPostgres, own_postgres_url: str
) -> None:
    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        opened_log(own_postgres_url) as listening,
        opened_log(own_postgres_url) as appending,
    ):
        hints: list[None] = []
        listening.database.listen(lambda: hints.append(None))
        await eventually(lambda: len(hints) == 1)

        await asyncio.to_thread(own_postgres.stop)
        await asyncio.to_thread(own_postgres.start)
        # Connected again, it hints once by itself; the next hint is a notification.
        await eventually(lambda: len(hints) == 2)
        await Writer(appending, 0).append_until_stored("after")

        await eventually(lambda: len(hints) == 3)


async def test_a_full_disk_is_unavailable_and_heals(postgres_url: str) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS), opened_log(postgres_url) as log:
        await append(log, "before")
        await log.database.administer(_execute, _NO_SPACE)

        refused = await asyncio.gather(
            *(log.append(request(f"refused-{n}")) for n in range(20)), return_exceptions=True
        )
        assert {type(outcome) for outcome in refused} == {NothingWritten}
        with pytest.raises(Unavailable):
            await log.database.write(SYSTEM, _append_in, log)
        assert await stored_keys(log) == ["before"]

        await log.database.administer(_execute, "DROP TRIGGER full_disk ON events")
        assert (await append(log, "after")).first == 2
        await eventually(lambda: log.database.is_ready)
        await assert_intact(log)


@pytest.mark.parametrize("place", ["before it writes", "after it has written"])
async def test_an_appender_whose_backend_is_terminated_tells_its_waiters_and_goes_on(
    postgres_url: str, place: str
) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS), opened_log(postgres_url) as log:
        await append(log, "before")
        await log.database.administer(_execute, _WAIT_AFTER_WRITING)
        with _connected(postgres_url) as admin:
            lock = APPEND_LOCK if place == "before it writes" else WRITTEN_LOCK
            admin.execute("SELECT pg_advisory_lock(%s)", (lock,))
            waiting = [asyncio.create_task(log.append(request(f"lost-{n}"))) for n in range(20)]
            await eventually(lambda: _terminate_waiter_for_lock(admin))
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)

        assert {type(outcome) for outcome in outcomes} == {Unavailable}
        assert (await append(log, "after")).first == 2
        assert await stored_keys(log) == ["before", "after"]
        await assert_intact(log)


async def test_connections_that_died_in_the_pool_are_replaced_unnoticed(postgres_url: str) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS), opened_log(postgres_url) as log:
        await asyncio.gather(*(log.database.read(SYSTEM, _sleep_a_little) for _ in range(4)))
        with _connected(postgres_url) as admin:
            admin.execute(_TERMINATE_ALL_OTHERS)

        await asyncio.gather(*(log.database.ping() for _ in range(20)))


class Writer:
    """Appends one key after the other, each until it is stored."""

    def __init__(self, log: EventLog, number: int) -> None:
        self._log = log
        self._number = number
        self.acknowledged_count = 0
        self.refused_count = 0
        self.is_done = False

    def acknowledged_keys(self) -> list[str]:
        return [f"{self._number}-{index}" for index in range(self.acknowledged_count)]

    async def run(self) -> None:
        while not self.is_done:
            await self.append_until_stored(f"{self._number}-{self.acknowledged_count}")
            self.acknowledged_count += 1

    async def append_until_stored(self, key: str) -> None:
        while True:
            try:
                outcome = await self._log.append(request(key))
            except Unavailable:
                self.refused_count += 1
                await asyncio.sleep(0.01)
            else:
                assert isinstance(outcome, Appended)
                return


@contextlib.contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _terminate_waiter_for_lock(admin: psycopg.Connection[Any]) -> bool:
    """Terminate whoever waits for an advisory lock; False where nobody does yet."""
    return bool(admin.execute(_TERMINATE_WAITER).fetchall())


def _execute(tx: Transaction, statement: str) -> None:
    tx.connection.execute(statement)


def _append_in(tx: Transaction, log: EventLog) -> None:
    log.append_in(tx, request("refused"))


def _sleep_a_little(tx: Transaction) -> None:
    # So that each unit of a few takes a connection of its own.
    tx.connection.execute("SELECT pg_sleep(0.05)")

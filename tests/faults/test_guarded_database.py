"""Guards on real databases: what is lost is done again exactly once, or told to be in doubt."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from tenantry.base.errors import Unavailable
from tenantry.db import GuardedDatabase, NothingWritten, Transaction, database_breakers
from tenantry.reliability import BreakerOpen
from tenantry.testing.vfs import FaultyDisk
from tests.faults.logs import opened_database
from tests.faults.own_postgres import OwnPostgres
from tests.faults.projections import SYSTEM
from tests.support.waiting import eventually

DEADLINE_SECONDS = 60

_KILL = "SELECT pg_terminate_backend(%s, 5000)"
_END_AT_COMMIT = """
CREATE FUNCTION end_this_session() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM pg_terminate_backend(pg_backend_pid());
    PERFORM pg_sleep(10);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ends_at_commit AFTER INSERT ON numbers
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION end_this_session()
"""
_FAIL_AT_COMMIT = """
CREATE FUNCTION fail_to_serialize() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT is_failing FROM failing) THEN
        RAISE EXCEPTION 'could not serialize' USING ERRCODE = '40001';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER fails_at_commit AFTER INSERT ON numbers
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_to_serialize()
"""


class Unit:
    """A unit whose connection is killed in its first attempts, on the server of `url`."""

    def __init__(self, url: str = "", *, losses: int = 0) -> None:
        self.attempts = 0
        self._url = url
        self._losses = losses

    def insert(self, tx: Transaction) -> str:
        self.attempts += 1
        tx.connection.execute("INSERT INTO numbers VALUES (1)")
        self._lose(tx)
        return "stored"

    def look(self, tx: Transaction) -> list[int]:
        self.attempts += 1
        self._lose(tx)
        return numbers(tx)

    def _lose(self, tx: Transaction) -> None:
        if self.attempts <= self._losses:
            with psycopg.connect(self._url, autocommit=True) as admin:
                admin.execute(_KILL, (tx.connection.info.backend_pid,))
            tx.connection.execute("SELECT 1")


def numbers(tx: Transaction) -> list[int]:
    return [n for (n,) in tx.connection.execute("SELECT n FROM numbers")]


def create(tx: Transaction, *more: str) -> None:
    tx.connection.execute("CREATE TABLE numbers (n INTEGER)")
    if tx.dialect == "postgres":
        tx.connection.execute("GRANT ALL ON numbers TO tenantry_system")
    for statement in more:
        tx.connection.execute(statement)


@asynccontextmanager
async def guarded_database(url: str) -> AsyncIterator[GuardedDatabase]:
    async with asyncio.timeout(DEADLINE_SECONDS), opened_database(url) as driver:
        query, bulk = database_breakers()
        yield GuardedDatabase(driver, query=query, bulk=bulk)


@pytest.mark.postgres
@pytest.mark.parametrize("losses", [1, 2])
async def test_a_connection_that_is_killed_in_a_read_is_not_noticed(
    postgres_url: str, losses: int
) -> None:
    async with guarded_database(postgres_url) as database:
        await database.administer(create)
        unit = Unit(postgres_url, losses=losses)

        assert await database.read(SYSTEM, unit.look) == []
        assert unit.attempts == losses + 1


@pytest.mark.postgres
@pytest.mark.parametrize("losses", [1, 2])
async def test_a_connection_that_is_killed_before_the_commit_stores_exactly_once(
    postgres_url: str, losses: int
) -> None:
    async with guarded_database(postgres_url) as database:
        await database.administer(create)
        unit = Unit(postgres_url, losses=losses)

        assert await database.write(SYSTEM, unit.insert) == "stored"
        assert unit.attempts == losses + 1
        assert await database.read(SYSTEM, numbers) == [1]
        figures = database.figures()
        assert (figures.total_queries, figures.failed_queries) == (2, 0)


@pytest.mark.postgres
async def test_a_commit_whose_connection_is_lost_is_not_attempted_again(postgres_url: str) -> None:
    async with guarded_database(postgres_url) as database:
        await database.administer(create, _END_AT_COMMIT)
        unit = Unit()

        with pytest.raises(Unavailable, match="in the commit") as caught:
            await database.write(SYSTEM, unit.insert)

        assert type(caught.value) is Unavailable
        assert caught.value.code == "database_unavailable"
        assert unit.attempts == 1
        assert database.figures().failed_queries == 1


@pytest.mark.postgres
async def test_an_append_whose_connection_is_lost_is_not_attempted_again(postgres_url: str) -> None:
    async with guarded_database(postgres_url) as database:
        await database.administer(create)
        unit = Unit(postgres_url, losses=1)

        with pytest.raises(Unavailable) as caught:
            await database.append(unit.look)

        assert type(caught.value) is Unavailable
        assert unit.attempts == 1


@pytest.mark.postgres
async def test_a_commit_that_the_server_refuses_is_attempted_again(postgres_url: str) -> None:
    async with guarded_database(postgres_url) as database:
        switch = "CREATE TABLE failing AS SELECT true AS is_failing"
        grant = "GRANT ALL ON failing TO tenantry_system"
        await database.administer(create, switch, grant, _FAIL_AT_COMMIT)
        unit = Unit()

        with pytest.raises(NothingWritten):
            await database.write(SYSTEM, unit.insert)

        assert unit.attempts == 3
        assert await database.read(SYSTEM, numbers) == []
        # It was the fate of one unit; the server is as well as before.
        assert database.is_ready
        assert database.figures().circuit_breakers.query.failure_count == 0


@pytest.mark.postgres
async def test_a_server_that_is_away_opens_the_breakers_and_closes_them_when_it_is_back(
    own_postgres: OwnPostgres, own_postgres_url: str
) -> None:
    async with guarded_database(own_postgres_url) as database:
        await database.administer(create)
        await asyncio.to_thread(own_postgres.stop)

        async def is_refused() -> bool:
            outcomes = await asyncio.gather(
                *(database.read(SYSTEM, numbers) for _ in range(3)),
                database.append(numbers),
                return_exceptions=True,
            )
            assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
            return all(isinstance(outcome, BreakerOpen) for outcome in outcomes)

        await eventually(is_refused, timeout=40)
        began_at = time.monotonic()
        with pytest.raises(Unavailable):
            await database.append(numbers)
        assert time.monotonic() - began_at < 1.0
        with pytest.raises(Unavailable) as caught:
            await database.ping()
        assert not isinstance(caught.value, BreakerOpen)

        await asyncio.to_thread(own_postgres.start)

        async def works() -> bool:
            outcomes = [
                *await asyncio.gather(database.read(SYSTEM, numbers), return_exceptions=True),
                *await asyncio.gather(database.append(numbers), return_exceptions=True),
            ]
            return outcomes == [[], []]

        await eventually(works, timeout=30)
        breakers = database.figures().circuit_breakers
        assert (breakers.query.state, breakers.bulk.state) == ("closed", "closed")
        assert breakers.query.opened_total >= 1
        assert breakers.bulk.opened_total >= 1


async def test_a_read_that_a_bad_moment_of_the_disk_fails_is_not_noticed(
    tmp_path: Path, disk: FaultyDisk
) -> None:
    url = f"sqlite:///{tmp_path / 'tenantry.db'}?vfs={disk.name}"
    async with guarded_database(url) as database:
        await database.administer(create)
        disk.fail("read", "io", times=1)

        assert await database.read(SYSTEM, numbers) == []
        assert disk.failure_count == 1


async def test_a_commit_that_fails_on_the_disk_is_not_attempted_again(
    tmp_path: Path, disk: FaultyDisk
) -> None:
    url = f"sqlite:///{tmp_path / 'tenantry.db'}?vfs={disk.name}"
    async with guarded_database(url) as database:
        await database.administer(create)
        unit = Unit()
        disk.fail("sync", "io", file="wal", times=1)

        with pytest.raises(Unavailable) as caught:
            await database.write(SYSTEM, unit.insert)

        assert type(caught.value) is Unavailable
        assert unit.attempts == 1

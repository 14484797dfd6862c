"""Faults that are injected happen to who asked for them, and to nobody else."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tenantry.db import Database, NothingWritten, System, Transaction, open_database
from tenantry.testing import FakeClock, Faults, FaultyDatabase, inject, injected
from tests.support.waiting import eventually

SCOPE = System("test")


def one(tx: Transaction) -> int:
    return int(tx.connection.execute("SELECT 1").fetchone()[0])


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest_asyncio.fixture
async def database(sqlite_url: str, clock: FakeClock) -> AsyncIterator[Database]:
    database = FaultyDatabase(open_database(sqlite_url), clock=clock)
    await database.start()
    try:
        yield database
    finally:
        await database.stop()


async def test_without_faults_it_is_the_database(database: Database) -> None:
    assert await database.read(SCOPE, one) == 1
    assert await database.write(SCOPE, one) == 1
    assert await database.append(one) == 1
    assert await database.administer(one) == 1
    await database.ping()
    assert database.is_ready
    assert database.dialect == "sqlite"


async def test_so_many_calls_lose_their_connection_and_the_next_does_not(
    database: Database,
) -> None:
    with inject(lost_calls=2, delay_seconds=0.0) as faults:
        for call in (database.read, database.write):
            with pytest.raises(NothingWritten) as lost:
                await call(SCOPE, one)
            assert lost.value.code == "database_unavailable"
        assert await database.read(SCOPE, one) == 1
    assert faults.call_count == 3


async def test_a_delay_comes_before_each_call(database: Database, clock: FakeClock) -> None:
    with injected(Faults(delay_seconds=60)):
        reading = asyncio.create_task(database.read(SCOPE, one))
        await eventually(lambda: clock.sleeper_count)
        assert not reading.done()
        clock.advance(60)
        assert await reading == 1


async def test_a_fault_meets_nobody_else(database: Database) -> None:
    others = asyncio.Event()

    async def somebody_else() -> int:
        await others.wait()
        return await database.read(SCOPE, one)

    waiting = asyncio.create_task(somebody_else())
    with inject(lost_calls=100, delay_seconds=0.0):
        others.set()
        assert await waiting == 1
        # A batch of the appender is of many.
        assert await database.append(one) == 1
    assert await database.read(SCOPE, one) == 1

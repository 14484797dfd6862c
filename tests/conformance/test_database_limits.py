"""A unit has a limit: what runs for ever is ended, and everybody is told the truth about it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tenantry.base.errors import Invalid
from tenantry.db import (
    Database,
    GuardedDatabase,
    NothingWritten,
    PostgresPoolFigures,
    SqlitePoolFigures,
    Transaction,
    database_breakers,
    open_database,
)
from tests.conformance.spine import TEST, Gate, running_database
from tests.support.waiting import eventually

LIMIT_SECONDS = 0.3

_FOR_EVER = {
    "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
    " SELECT count(*) FROM c",
    "postgres": "SELECT pg_sleep(30)",
}
_WRITE_FOR_EVER = (
    "INSERT INTO numbers WITH RECURSIVE c(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM c)"
    " SELECT n FROM c"
)


def create(tx: Transaction) -> None:
    tx.connection.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
    if tx.dialect == "postgres":
        tx.connection.execute("GRANT ALL ON numbers TO tenantry_tenant, tenantry_system")


def insert(tx: Transaction, n: int) -> int:
    tx.connection.execute(f"INSERT INTO numbers VALUES ({n:d})")
    return n


def numbers(tx: Transaction) -> list[int]:
    return [n for (n,) in tx.connection.execute("SELECT n FROM numbers ORDER BY n")]


def look_for_ever(tx: Transaction) -> None:
    tx.connection.execute(_FOR_EVER[tx.dialect]).fetchall()


def insert_and_look_for_ever(tx: Transaction) -> None:
    insert(tx, 1)
    look_for_ever(tx)


def write_for_ever(tx: Transaction) -> None:
    tx.connection.execute(_WRITE_FOR_EVER)


def take_longer_than_the_limit(tx: Transaction) -> None:
    if tx.dialect == "postgres":
        tx.connection.execute(f"SELECT pg_sleep({LIMIT_SECONDS * 2})")
        return
    # As many steps as take longer on any machine, and then an end.
    tx.connection.execute(
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 8000000)"
        " SELECT count(*) FROM c"
    ).fetchall()


@pytest_asyncio.fixture
async def limited(database_url: str) -> AsyncIterator[Database]:
    async with running_database(database_url, query_timeout_seconds=LIMIT_SECONDS) as database:
        await database.administer(create)
        yield database


@pytest_asyncio.fixture
async def sqlite_limited(sqlite_url: str) -> AsyncIterator[Database]:
    async with running_database(sqlite_url, query_timeout_seconds=LIMIT_SECONDS) as database:
        await database.administer(create)
        yield database


async def test_a_read_that_runs_for_ever_is_ended_and_the_next_one_works(limited: Database) -> None:
    for _ in range(3):
        with pytest.raises(NothingWritten, match=r"unit look_for_ever .* 0\.3 s") as caught:
            await limited.read(TEST, look_for_ever)
        assert caught.value.code == "query_timeout"

    assert await limited.read(TEST, numbers) == []
    assert limited.is_ready


@pytest.mark.parametrize("call", ["write", "append"])
async def test_a_write_that_runs_for_ever_is_ended_and_undone(limited: Database, call: str) -> None:
    mended: list[bool] = []

    def unit(tx: Transaction) -> None:
        tx.on_rollback(lambda: mended.append(True))
        # The appender's connection has no transaction but the statement's own.
        (look_for_ever if call == "append" else insert_and_look_for_ever)(tx)

    with pytest.raises(NothingWritten, match=r"0\.3 s") as caught:
        await (limited.append(unit) if call == "append" else limited.write(TEST, unit))

    assert caught.value.code == "query_timeout"
    assert mended == [True]
    assert limited.is_ready
    assert await limited.write(TEST, insert, 1) == 1
    assert await limited.append(insert, 2) == 2
    assert await limited.read(TEST, numbers) == [1, 2]


async def test_administration_may_take_as_long_as_it_takes(limited: Database) -> None:
    await limited.administer(take_longer_than_the_limit)


async def test_a_limit_ends_with_its_unit(limited: Database) -> None:
    for n in range(3):
        with pytest.raises(NothingWritten):
            await limited.read(TEST, look_for_ever)
        await limited.write(TEST, insert, n)
    assert await limited.read(TEST, numbers) == [0, 1, 2]


@pytest.mark.parametrize("bad", range(3))
async def test_a_write_that_is_ended_takes_its_group_with_it_and_all_are_told_truly(
    sqlite_limited: Database, bad: int
) -> None:
    mended: list[int] = []

    def neighbour(tx: Transaction, n: int) -> int:
        tx.on_rollback(lambda: mended.append(n))
        return insert(tx, n)

    gate = Gate()
    holding = asyncio.create_task(sqlite_limited.write(TEST, gate.pass_through))
    await eventually(gate.entered.is_set)
    group = [
        asyncio.create_task(
            sqlite_limited.write(TEST, write_for_ever)
            if n == bad
            else sqlite_limited.write(TEST, neighbour, n)
        )
        for n in range(3)
    ]
    await asyncio.sleep(0)
    gate.open()
    await holding
    outcomes = await asyncio.gather(*group, return_exceptions=True)

    assert all(isinstance(outcome, NothingWritten) for outcome in outcomes)
    codes = [outcome.code for outcome in outcomes if isinstance(outcome, NothingWritten)]
    assert codes == ["query_timeout" if n == bad else "group_undone" for n in range(3)]
    assert mended == list(reversed(range(bad)))
    assert await sqlite_limited.read(TEST, numbers) == []

    # What certainly was not written may be run again, by a writer that never stopped.
    assert sqlite_limited.is_ready
    await sqlite_limited.write(TEST, insert, 1)
    assert await sqlite_limited.read(TEST, numbers) == [1]


async def test_the_neighbours_of_a_unit_that_never_ends_are_stored_by_another_attempt(
    sqlite_limited: Database,
) -> None:
    query, bulk = database_breakers()
    database = GuardedDatabase(sqlite_limited, query=query, bulk=bulk)
    gate = Gate()
    holding = asyncio.create_task(database.write(TEST, gate.pass_through))
    await eventually(gate.entered.is_set)
    group = [
        asyncio.create_task(database.write(TEST, insert, 1)),
        asyncio.create_task(database.write(TEST, write_for_ever)),
        asyncio.create_task(database.append(insert, 2)),
    ]
    await eventually(lambda: database.figures().pool == _waiting_for_writer(3))
    gate.open()
    await holding
    first, ended, last = await asyncio.gather(*group, return_exceptions=True)

    assert (first, last) == (1, 2)
    assert isinstance(ended, NothingWritten)
    assert await database.read(TEST, numbers) == [1, 2]
    assert database.figures().failed_queries == 1
    assert (query.stats().failure_count, bulk.stats().failure_count) == (1, 0)


def _waiting_for_writer(count: int) -> SqlitePoolFigures:
    return SqlitePoolFigures(readers=2, waiting=0, queue_depth=count)


async def test_a_look_that_is_ended_leaves_its_group_alone(sqlite_limited: Database) -> None:
    gate = Gate()
    holding = asyncio.create_task(sqlite_limited.write(TEST, gate.pass_through))
    await eventually(gate.entered.is_set)
    group = [
        asyncio.create_task(sqlite_limited.write(TEST, insert, 5)),
        asyncio.create_task(sqlite_limited.write(TEST, insert_and_look_for_ever)),
        asyncio.create_task(sqlite_limited.write(TEST, insert, 6)),
    ]
    await asyncio.sleep(0)
    gate.open()
    await holding
    first, ended, last = await asyncio.gather(*group, return_exceptions=True)

    assert (first, last) == (5, 6)
    assert isinstance(ended, NothingWritten)
    assert await sqlite_limited.read(TEST, numbers) == [5, 6]


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_limit_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(Invalid, match="query_timeout_seconds"):
        open_database("sqlite:///x.db", query_timeout_seconds=seconds)


async def test_the_figures_of_the_pool_say_who_waits(database_url: str) -> None:
    options = {"readers": 1, "pool_max": 1}
    async with running_database(database_url, **options) as database:
        gate = Gate()
        units = [asyncio.create_task(database.read(TEST, gate.pass_through))]
        await eventually(gate.entered.is_set)
        units += [asyncio.create_task(database.read(TEST, gate.pass_through)) for _ in range(2)]
        await asyncio.sleep(0)

        assert database.pool_figures().waiting == 2
        gate.open()
        await asyncio.gather(*units)
        assert database.pool_figures().waiting == 0

    closed = database.pool_figures()
    assert closed.waiting == 0


async def test_the_pool_holds_no_more_connections_than_it_may_and_no_fewer_than_it_must(
    postgres_url: str,
) -> None:
    async with running_database(postgres_url, pool_min=2, pool_max=3) as database:

        def size() -> int:
            figures = database.pool_figures()
            assert isinstance(figures, PostgresPoolFigures)
            return figures.size

        await eventually(lambda: size() == 2)
        gate = Gate()
        units = [asyncio.create_task(database.read(TEST, gate.pass_through)) for _ in range(5)]
        await eventually(lambda: size() == 3 and database.pool_figures().waiting == 2)
        gate.open()
        await asyncio.gather(*units)
        assert size() == 3

"""What a unit may rely on, whichever database it runs on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
import pytest_asyncio

from tenantry.base.errors import Invalid, TenantryError, Unavailable
from tenantry.db import Database, Transaction, open_database
from tests.conformance.spine import TEST, Gate, running_database
from tests.support.waiting import eventually


class Refused(Exception):
    """What a unit raises of its own."""


def create(tx: Transaction) -> None:
    tx.connection.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
    if tx.dialect == "postgres":
        tx.connection.execute("GRANT ALL ON numbers TO tenantry_tenant, tenantry_system")


def insert(tx: Transaction, n: int) -> int:
    tx.connection.execute(f"INSERT INTO numbers VALUES ({n:d})")
    return n


def insert_then_fail(tx: Transaction, n: int, error: BaseException) -> None:
    insert(tx, n)
    raise error


def numbers(tx: Transaction) -> list[int]:
    return [n for (n,) in tx.connection.execute("SELECT n FROM numbers ORDER BY n")]


@pytest_asyncio.fixture
async def numbered(database: Database) -> Database:
    """A database with an empty table `numbers`."""
    await database.administer(create)
    return database


@pytest_asyncio.fixture
async def narrow(database_url: str) -> AsyncIterator[Database]:
    """A database on which one unit keeps all others waiting, at most three of them."""
    options = {"readers": 1, "pool_max": 1, "queue_max": 3}
    async with running_database(database_url, **options) as database:
        await database.administer(create)
        yield database


async def test_a_result_comes_only_after_the_commit(database_url: str, numbered: Database) -> None:
    assert await numbered.write(TEST, insert, 7) == 7
    assert _numbers_seen_from_outside(database_url) == [7]


async def test_a_failing_unit_is_undone_and_its_error_passes_through_as_it_is(
    numbered: Database,
) -> None:
    error = Refused("no")
    with pytest.raises(Refused) as caught:
        await numbered.write(TEST, insert_then_fail, 1, error)
    assert caught.value is error
    assert await numbered.read(TEST, numbers) == []


async def test_a_failing_unit_undoes_nothing_of_those_beside_it(numbered: Database) -> None:
    def unit(tx: Transaction, n: int) -> int:
        insert(tx, n)
        if n % 3 == 0:
            raise Refused(n)
        return n

    results = await asyncio.gather(
        *(numbered.write(TEST, unit, n) for n in range(60)), return_exceptions=True
    )

    kept = [n for n in range(60) if n % 3]
    assert [result for result in results if isinstance(result, int)] == kept
    assert sum(isinstance(result, Refused) for result in results) == 20
    assert await numbered.read(TEST, numbers) == kept


async def test_a_statement_the_database_refuses_fails_its_unit_alone(numbered: Database) -> None:
    results = await asyncio.gather(
        *(numbered.write(TEST, insert, n // 2) for n in range(10)), return_exceptions=True
    )
    assert sum(isinstance(result, Exception) for result in results) == 5
    assert await numbered.read(TEST, numbers) == [0, 1, 2, 3, 4]


async def test_a_unit_that_hides_a_failed_statement_stores_all_or_says_that_it_did_not(
    numbered: Database,
) -> None:
    def unit(tx: Transaction) -> None:
        insert(tx, 1)
        with contextlib.suppress(Exception):
            tx.connection.execute("INSERT INTO nowhere VALUES (1)")

    (result,) = await asyncio.gather(numbered.write(TEST, unit), return_exceptions=True)
    assert await numbered.read(TEST, numbers) == ([1] if result is None else [])


async def test_what_a_unit_keeps_in_memory_is_mended_newest_first_when_it_is_undone(
    numbered: Database,
) -> None:
    mended: list[str] = []

    def unit(tx: Transaction, *, is_failing: bool) -> None:
        tx.on_rollback(lambda: mended.append("first"))
        tx.on_rollback(lambda: mended.append("second"))
        if is_failing:
            raise Refused

    await numbered.write(TEST, unit, is_failing=False)
    assert mended == []
    for run in (
        numbered.write(TEST, unit, is_failing=True),
        numbered.append(unit, is_failing=True),
    ):
        with pytest.raises(Refused):
            await run
    assert mended == ["second", "first"] * 2


async def test_a_read_cannot_write(numbered: Database) -> None:
    with pytest.raises((TenantryError, psycopg.errors.ReadOnlySqlTransaction)):
        await numbered.read(TEST, insert, 1)
    assert await numbered.read(TEST, numbers) == []
    # And the connection it came on is as good as before.
    await numbered.write(TEST, insert, 2)


async def test_a_read_is_one_snapshot_while_others_write(numbered: Database) -> None:
    gate = Gate()

    def read_twice(tx: Transaction) -> tuple[list[int], list[int]]:
        before = numbers(tx)
        gate.pass_through(tx)
        return before, numbers(tx)

    reading = asyncio.create_task(numbered.read(TEST, read_twice))
    await eventually(gate.entered.is_set)
    await numbered.write(TEST, insert, 1)
    gate.open()

    assert await reading == ([], [])
    assert await numbered.read(TEST, numbers) == [1]


async def test_a_failing_read_passes_its_error_through(numbered: Database) -> None:
    def unit(_tx: Transaction) -> None:
        raise Refused

    with pytest.raises(Refused):
        await numbered.read(TEST, unit)
    assert await numbered.read(TEST, numbers) == []


async def test_a_unit_cancelled_while_it_is_queued_never_runs(narrow: Database) -> None:
    gate = Gate()
    blocking = asyncio.create_task(narrow.write(TEST, gate.pass_through))
    await eventually(gate.entered.is_set)

    queued = asyncio.create_task(narrow.write(TEST, insert, 1))
    kept = asyncio.create_task(narrow.write(TEST, insert, 2))
    await asyncio.sleep(0)
    queued.cancel()
    await asyncio.gather(queued, return_exceptions=True)
    gate.open()

    await asyncio.gather(blocking, kept)
    assert queued.cancelled()
    assert await narrow.read(TEST, numbers) == [2]


async def test_a_unit_cancelled_while_it_runs_finishes(numbered: Database) -> None:
    gate = Gate()

    def unit(tx: Transaction) -> None:
        gate.pass_through(tx)
        insert(tx, 1)

    running = asyncio.create_task(numbered.write(TEST, unit))
    await eventually(gate.entered.is_set)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    gate.open()

    async def stored() -> bool:
        return await numbered.read(TEST, numbers) == [1]

    await eventually(stored)


@pytest.mark.parametrize("kind", ["read", "write"])
async def test_units_beyond_the_bound_of_the_queue_are_told_when_to_come_again(
    narrow: Database, kind: str
) -> None:
    run: Callable[..., object] = narrow.read if kind == "read" else narrow.write
    gate = Gate()

    async def call(unit: Callable[[Transaction], object]) -> object:
        return await run(TEST, unit)  # type: ignore[misc]  # one name for two methods

    waiting = [asyncio.create_task(call(gate.pass_through))]
    await eventually(gate.entered.is_set)
    waiting += [asyncio.create_task(call(numbers)) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(Unavailable, match="waiting") as caught:
        await asyncio.wait_for(call(numbers), 5)
    assert caught.value.retry_after_seconds > 0
    assert caught.value.code == "database_busy"

    gate.open()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await narrow.read(TEST, numbers) == []


async def test_stop_finishes_what_is_queued_and_refuses_what_comes_after(
    narrow: Database,
) -> None:
    gate = Gate()
    running = asyncio.create_task(narrow.write(TEST, gate.pass_through))
    await eventually(gate.entered.is_set)
    queued = [asyncio.create_task(narrow.write(TEST, insert, n)) for n in (1, 2)]
    await asyncio.sleep(0)

    stopping = asyncio.create_task(narrow.stop())
    await asyncio.sleep(0)
    for run in (
        narrow.write(TEST, insert, 3),
        narrow.append(insert, 3),
        narrow.read(TEST, numbers),
    ):
        with pytest.raises(Unavailable) as caught:
            await run
        assert caught.value.code == "database_closed"
    gate.open()

    await asyncio.gather(running, stopping)
    assert await asyncio.gather(*queued) == [1, 2]
    await narrow.start()
    assert await narrow.read(TEST, numbers) == [1, 2]


async def test_starting_and_stopping_twice_and_out_of_order_is_harmless(database_url: str) -> None:
    database = open_database(database_url)
    await database.stop()
    await database.start()
    await database.start()
    await database.stop()
    await database.stop()
    await asyncio.gather(database.start(), database.stop(), database.start())
    await database.administer(create)
    await database.stop()


async def test_a_database_that_was_not_started_says_so(database_url: str) -> None:
    database = open_database(database_url)
    assert not database.is_ready
    for run in (database.read(TEST, numbers), database.administer(create), database.ping()):
        with pytest.raises(Unavailable, match="not open"):
            await run


async def test_a_database_that_answers_a_ping_is_ready(database: Database) -> None:
    await database.ping()
    assert database.is_ready


async def test_what_waits_for_the_disk_does_not_hold_up_the_event_loop(
    numbered: Database,
) -> None:
    gate = Gate()
    running = asyncio.create_task(numbered.write(TEST, gate.pass_through))
    await eventually(gate.entered.is_set)
    assert await numbered.read(TEST, numbers) == []
    gate.open()
    await running


@pytest.mark.parametrize("url", ["", "mysql://x/y", "sqlite:", "/a/file.db", "postgresql:x"])
def test_a_url_of_no_known_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid, match="DATABASE_URL"):
        open_database(url)


def test_a_refused_url_is_not_shown_with_what_it_hides() -> None:
    with pytest.raises(Invalid) as caught:
        open_database("oracle://scott:tiger@host/db")
    assert "tiger" not in caught.value.message


def _numbers_seen_from_outside(url: str) -> list[int]:
    if url.startswith("sqlite"):
        import apsw  # noqa: PLC0415 - only where this runs on SQLite

        path = url.removeprefix("sqlite:///")
        connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            return [n for (n,) in connection.execute("SELECT n FROM numbers ORDER BY n")]
        finally:
            connection.close()

    with psycopg.connect(url) as session:
        return [n for (n,) in session.execute("SELECT n FROM numbers ORDER BY n")]

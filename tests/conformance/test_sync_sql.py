"""A database as a source: SQLite and a real PostgreSQL, through SQLAlchemy."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tenantry.sync.errors import NetworkError, SyncError, ValidationError
from tenantry.sync.rules import parse_source
from tests.support.source_worlds import SqlWorld
from tests.support.sources import (
    Secrets,
    all_pages,
    all_rows,
    first_page,
    next_page,
    opened,
)
from tests.support.waiting import eventually


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> SqlWorld:
    is_postgres = request.param == "postgres"
    url = request.getfixturevalue("postgres_url") if is_postgres else None
    (tmp_path / "files").mkdir()
    return SqlWorld(tmp_path / "files", url)


@pytest.fixture
def postgres_world(postgres_url: str, tmp_path: Path) -> SqlWorld:
    (tmp_path / "files").mkdir()
    return SqlWorld(tmp_path / "files", postgres_url)


def orders(world: SqlWorld, count: int = 25) -> None:
    world.run("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT, changed INTEGER)")
    values = [(index, f"order {index}", index // 2) for index in range(1, count + 1)]
    world.run("INSERT INTO orders VALUES (?, ?, ?)", values)


async def read(world: SqlWorld, page_size: int = 10, **collection: Any) -> list[dict[str, Any]]:
    source = world.source_of({"name": "orders", **collection}, page_size)
    async with opened(source, reach=world.reach) as reader:
        return await all_rows(reader, source.collections[0])


async def error_of(world: SqlWorld, **collection: Any) -> SyncError:
    with pytest.raises(SyncError) as caught:
        await read(world, **collection)
    return caught.value


async def test_numbers_are_ordered_as_numbers(world: SqlWorld) -> None:
    orders(world)

    rows = await read(world, page_size=3, table="orders", key="id")

    assert [row["id"] for row in rows] == list(range(1, 26))
    assert rows[0] == {"id": 1, "name": "order 1", "changed": 0}


async def test_a_query_is_read_as_a_table_is(world: SqlWorld) -> None:
    orders(world)
    query = "SELECT id, name || ':x 100%' AS name FROM orders WHERE name LIKE '%1%';"

    rows = await read(world, page_size=4, query=query, key="id")

    assert [row["id"] for row in rows] == [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21]
    assert rows[0]["name"] == "order 1:x 100%"


async def test_names_are_what_they_are_whatever_they_hold(world: SqlWorld) -> None:
    world.run('CREATE TABLE "Orders" ("order Id" INTEGER, "select" TEXT)')
    world.run('INSERT INTO "Orders" VALUES (?, ?)', [(index, "x") for index in range(5)])

    rows = await read(world, page_size=2, table="Orders", key="order Id")

    assert [row["order Id"] for row in rows] == [0, 1, 2, 3, 4]


async def test_a_name_of_a_column_is_no_way_in(world: SqlWorld) -> None:
    orders(world)

    error = await error_of(world, table="orders", key='id" FROM orders; DROP TABLE orders; --')

    assert isinstance(error, ValidationError)
    assert len(await read(world, table="orders", key="id")) == 25


async def test_only_what_has_changed_since_is_read(world: SqlWorld) -> None:
    orders(world)
    source = world.source_of(
        {"name": "orders", "table": "orders", "key": "id", "cursor": "changed"}, 3
    )

    async with opened(source, reach=world.reach) as reader:
        pages = await all_pages(reader, source.collections[0], since="9")
        whole = await first_page(reader, source.collections[0])

    assert [row["id"] for page in pages for row in page.rows] == list(range(18, 26))
    assert {page.is_incremental for page in pages} == {True}
    assert not whole.is_incremental


@pytest.mark.parametrize("since", ['"yesterday"', "null", ""])
async def test_a_since_that_is_no_value_of_the_cursor_reads_all(
    since: str, world: SqlWorld
) -> None:
    orders(world)
    source = world.source_of(
        {"name": "orders", "table": "orders", "key": "id", "cursor": "changed"}, 100
    )

    async with opened(source, reach=world.reach) as reader:
        page = await first_page(reader, source.collections[0], since=since)

    assert (len(page.rows), page.is_incremental) == (25, False)


async def test_rows_that_come_and_go_meanwhile_move_no_others(world: SqlWorld) -> None:
    orders(world, 20)
    source = world.source_of({"name": "orders", "table": "orders", "key": "id"}, 5)
    (collection,) = source.collections

    async with opened(source, reach=world.reach) as reader:
        first = await first_page(reader, collection)
        world.run("DELETE FROM orders WHERE id < 4")
        world.run("INSERT INTO orders VALUES (?, ?, ?)", [(0, "before", 0)])
        second = await next_page(reader, collection, first)

    assert [row["id"] for row in second.rows] == [6, 7, 8, 9, 10]


async def test_a_row_without_a_key_is_an_error_and_not_left_out(world: SqlWorld) -> None:
    world.run("CREATE TABLE orders (id TEXT, name TEXT)")
    world.run("INSERT INTO orders VALUES (?, ?)", [("a", "x"), (None, "y"), ("b", "z")])

    error = await error_of(world, page_size=1, table="orders", key="id")

    assert isinstance(error, ValidationError)
    assert error.message == "orders: there are rows without a value of id"


@pytest.mark.parametrize("page_size", [1, 2, 10])
async def test_two_rows_of_one_key_are_an_error_and_not_left_out(
    page_size: int, world: SqlWorld
) -> None:
    world.run("CREATE TABLE orders (id TEXT, name TEXT)")
    world.run("INSERT INTO orders VALUES (?, ?)", [("a", "x"), ("b", "y"), ("b", "z")])

    error = await error_of(world, page_size=page_size, table="orders", key="id")

    assert isinstance(error, ValidationError)
    assert "two rows of the same key" in error.message


async def test_two_columns_of_one_name_are_an_error(postgres_world: SqlWorld) -> None:
    orders(postgres_world)

    error = await error_of(postgres_world, query="SELECT id, name, name FROM orders", key="id")

    assert error.message == "orders: got name twice, wants each column once"


@pytest.mark.parametrize(
    "collection",
    [
        {"table": "nowhere", "key": "id"},
        {"table": "orders", "key": "nothing"},
        {"query": "SELECT nothing FROM orders", "key": "id"},
        {"query": "SELECT FROM WHERE", "key": "id"},
    ],
    ids=str,
)
async def test_what_the_database_does_not_have_is_not_tried_again(
    collection: dict[str, Any], world: SqlWorld
) -> None:
    orders(world)

    error = await error_of(world, **collection)

    assert isinstance(error, ValidationError)
    assert error.message.startswith("orders: ")


async def test_many_collections_are_read_side_by_side(world: SqlWorld) -> None:
    orders(world, 300)
    names = [f"orders{index}" for index in range(12)]
    source = parse_source(
        {
            "type": "sql",
            "url": world.url,
            "page_size": 20,
            "collections": [{"name": name, "table": "orders", "key": "id"} for name in names],
        }
    )

    async with opened(source, reach=world.reach) as reader:
        found = await asyncio.gather(*(all_rows(reader, one) for one in source.collections))

    assert [len(rows) for rows in found] == [300] * 12


async def test_the_url_may_be_a_secret_and_is_told_nowhere(world: SqlWorld) -> None:
    orders(world)
    collections = [
        {"name": "orders", "table": "orders", "key": "id"},
        {"name": "others", "table": "others", "key": "id"},
    ]
    source = parse_source({"type": "sql", "url": "secret:crm-database", "collections": collections})

    secrets = Secrets({"crm-database": world.url})
    async with opened(source, reach=world.reach, secrets=secrets) as reader:
        good, bad = await reader.check()

    assert (good.is_ok, good.row_count, good.total) == (True, 25, 25)
    assert (bad.is_ok, bad.error_type) == (False, "VALIDATION_ERROR")
    assert world.url not in bad.error


async def test_values_of_postgres_are_what_json_can_say(postgres_world: SqlWorld) -> None:
    postgres_world.run(
        """
        CREATE TABLE orders AS SELECT
            '6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid AS id,
            12.3400::numeric(10,4) AS price, 9223372036854775807::bigint AS big,
            1e30::numeric AS huge, 'NaN'::float8 AS odd, true AS good, NULL::text AS nothing,
            '2026-01-02 03:04:05.6+00'::timestamptz AS at, '2026-01-02'::date AS day,
            '03:04:05'::time AS hour, '1 day 2 hours'::interval AS span,
            '\\xdeadbeef'::bytea AS bytes, '{"a":[1,2]}'::jsonb AS doc,
            ARRAY[1,2]::int[] AS numbers, '10.0.0.1'::inet AS address
        """
    )

    (row,) = await read(postgres_world, table="orders", key="id")

    at = row.pop("at")
    assert datetime.fromisoformat(at) == datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
    assert row == {
        "id": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "price": "12.3400",
        "big": 9223372036854775807,
        "huge": "1000000000000000000000000000000",
        "odd": "NaN",
        "good": True,
        "nothing": None,
        "day": "2026-01-02",
        "hour": "03:04:05",
        "span": "P1DT7200S",
        "bytes": "3q2+7w==",
        "doc": {"a": [1, 2]},
        "numbers": [1, 2],
        "address": "10.0.0.1",
    }


async def test_values_of_sqlite_are_what_json_can_say(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    world = SqlWorld(tmp_path / "files", None)
    world.run("CREATE TABLE orders AS SELECT 'a' AS id, 1.5 AS price, x'deadbeef' AS bytes, 1 AS n")

    assert await read(world, table="orders", key="id") == [
        {"id": "a", "price": 1.5, "bytes": "3q2+7w==", "n": 1}
    ]


@pytest.mark.parametrize(
    "kind, values",
    [
        ("uuid", [UUID(int=index) for index in range(1, 8)]),
        ("bigint", [2**40 + index for index in range(7)]),
        ("numeric", [Decimal(index) / 4 for index in range(7)]),
        ("timestamptz", [datetime(2026, 1, 1, 0, 0, index, tzinfo=UTC) for index in range(7)]),
        ("mood", ["low", "ok", "high"]),
        ("text", ["B", "a", "é", "İ", "z", "'", '"']),
    ],
)
async def test_keys_of_any_type_are_followed_page_by_page(
    kind: str, values: list[Any], postgres_world: SqlWorld
) -> None:
    postgres_world.run("CREATE TYPE mood AS ENUM ('low', 'ok', 'high')")
    postgres_world.run(f"CREATE TABLE orders (id {kind})")
    postgres_world.run(
        f"INSERT INTO orders VALUES (?::text::{kind})", [(str(value),) for value in values]
    )

    rows = await read(postgres_world, page_size=2, table="orders", key="id")

    assert len(rows) == len({row["id"] for row in rows}) == len(values)


async def test_changes_since_an_instant_are_read(postgres_world: SqlWorld) -> None:
    postgres_world.run("CREATE TABLE orders (id int, changed timestamptz)")
    postgres_world.run(
        "INSERT INTO orders VALUES (?, ?)",
        [(day, datetime(2026, 1, day, tzinfo=UTC)) for day in range(1, 10)],
    )
    source = postgres_world.source_of(
        {"name": "orders", "table": "orders", "key": "id", "cursor": "changed"}, 2
    )
    (collection,) = source.collections

    async with opened(source, reach=postgres_world.reach) as reader:
        whole = await all_rows(reader, collection)
        highest = json.dumps(max(row["changed"] for row in whole))
        pages = await all_pages(reader, collection, since=highest)

    assert [row["id"] for page in pages for row in page.rows] == [9]


async def test_nothing_can_be_written(postgres_world: SqlWorld) -> None:
    orders(postgres_world)
    postgres_world.run(
        "CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'DELETE FROM orders RETURNING 1'"
    )

    error = await error_of(postgres_world, query="SELECT id, sneak() AS n FROM orders", key="id")

    assert "SQLSTATE 25006" in error.message
    assert len(await read(postgres_world, table="orders", key="id")) == 25


async def test_a_statement_that_takes_too_long_is_ended(postgres_world: SqlWorld) -> None:
    source = parse_source(
        {
            "type": "sql",
            "url": postgres_world.url,
            "timeout_seconds": 0.2,
            "collections": [
                {"name": "orders", "query": "SELECT 1 AS id, pg_sleep(60) AS x", "key": "id"}
            ],
        }
    )

    async with opened(source, reach=postgres_world.reach) as reader:
        with pytest.raises(NetworkError):
            await first_page(reader, source.collections[0])


async def test_a_statement_that_nobody_waits_for_is_ended(postgres_world: SqlWorld) -> None:
    slow = {"name": "orders", "query": "SELECT 1 AS id, pg_sleep(60) AS x", "key": "id"}
    source = postgres_world.source_of(slow)

    async with opened(source, reach=postgres_world.reach) as reader:
        reading = asyncio.create_task(first_page(reader, source.collections[0]))
        await eventually(lambda: sleeping_in(postgres_world))
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

        await eventually(lambda: not sleeping_in(postgres_world))


def sleeping_in(world: SqlWorld) -> bool:
    asleep = world.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    return bool(asleep)


async def test_a_statement_of_sqlite_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    world = SqlWorld(tmp_path / "files", None)
    world.run("CREATE TABLE orders (id INTEGER)")
    endless = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n"
    source = parse_source(
        {
            "type": "sql",
            "url": world.url,
            "timeout_seconds": 0.2,
            "collections": [{"name": "orders", "query": endless, "key": "id"}],
        }
    )

    async with opened(source, reach=world.reach) as reader:
        with pytest.raises(NetworkError, match=r"no answer within 0\.2 s"):
            await first_page(reader, source.collections[0])

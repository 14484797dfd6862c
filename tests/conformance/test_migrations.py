"""Migrations on both databases, and that the two end up with the same tables."""

import asyncio
import importlib
from pathlib import Path

import pytest

from tenantry.base import SystemClock
from tenantry.base.errors import Conflict
from tenantry.db import Database, Transaction, migrate, migration_status, open_database
from tests.conformance.spine import TEST, running_database

# In the package its name is the function's.
MODULE = importlib.import_module("tenantry.db.migrate")
FOLDER = Path(str(MODULE.__file__)).parent / "migrations"

CLOCK = SystemClock()
NEWEST = max(int(file.name[:4]) for file in (FOLDER / "sqlite").iterdir())


def applied(tx: Transaction) -> list[int]:
    rows = tx.connection.execute("SELECT number FROM schema_migrations ORDER BY number")
    return [number for (number,) in rows]


def columns(tx: Transaction) -> dict[str, list[str]]:
    """Return the columns of each table, as the dialect's own catalogue has them."""
    if tx.dialect == "sqlite":
        query = (
            "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c "
            "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid"
        )
    else:
        query = (
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        )
    found: dict[str, list[str]] = {}
    for table, column in tx.connection.execute(query):
        found.setdefault(table, []).append(column)
    return found


def not_null(tx: Transaction) -> set[tuple[str, str]]:
    """Return the columns that refuse NULL."""
    if tx.dialect == "sqlite":
        query = (
            "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c "
            "WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND (c.[notnull] OR c.pk > 0)"
        )
    else:
        query = (
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND is_nullable = 'NO'"
        )
    return {(table, column) for table, column in tx.connection.execute(query)}


async def test_a_new_database_is_brought_up_to_date_and_a_second_time_nothing_is_done(
    database_url: str,
) -> None:
    database = open_database(database_url)
    await database.start()
    assert (await migration_status(database)).applied == ()
    assert not (await migration_status(database)).is_current

    before = await migrate(database, clock=CLOCK)
    assert before.pending == tuple(range(1, NEWEST + 1))

    again = await migrate(database, clock=CLOCK)
    assert again.is_current
    assert again.applied == before.pending
    assert await database.administer(applied) == list(before.pending)
    await database.stop()


async def test_asking_for_the_status_changes_nothing(database_url: str) -> None:
    database = open_database(database_url)
    await database.start()
    await migration_status(database)
    assert await database.administer(columns) == {}
    await database.stop()


async def test_a_file_changed_after_it_ran_is_refused(database: Database) -> None:
    def change(tx: Transaction) -> None:
        tx.connection.execute("UPDATE schema_migrations SET checksum = 'other' WHERE number = 1")

    await database.administer(change)
    for run in (migrate(database, clock=CLOCK), migration_status(database)):
        with pytest.raises(Conflict, match="migration 1 was changed") as caught:
            await run
        assert caught.value.code == "migration_changed"


async def test_a_schema_newer_than_the_program_is_refused_with_both_numbers(
    database: Database,
) -> None:
    def add(tx: Transaction) -> None:
        tx.connection.execute(
            "INSERT INTO schema_migrations VALUES (9999, 'from_the_future', 'x', 1)"
        )

    await database.administer(add)
    for run in (migrate(database, clock=CLOCK), migration_status(database)):
        with pytest.raises(Conflict, match=f"9999.*{NEWEST}") as caught:
            await run
        assert caught.value.code == "schema_newer"


async def test_a_migration_that_fails_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = MODULE._migrations  # noqa: SLF001 - the files are part of the package
    sql = "CREATE TABLE half (n INTEGER); SELECT nonsense;"
    broken = MODULE.Migration(number=NEWEST + 1, name="broken", sql=sql)
    monkeypatch.setattr(MODULE, "_migrations", lambda dialect: [*known(dialect), broken])

    with pytest.raises(Exception, match="nonsense"):
        await migrate(database, clock=CLOCK)
    assert "half" not in await database.administer(columns)
    assert (await migration_status(database)).pending == (NEWEST + 1,)


async def test_nodes_that_migrate_together_apply_everything_exactly_once(
    postgres_url: str,
) -> None:
    nodes = [open_database(postgres_url) for _ in range(4)]
    await asyncio.gather(*(node.start() for node in nodes))

    await asyncio.gather(*(migrate(node, clock=CLOCK) for node in nodes))

    assert await nodes[0].administer(applied) == list(range(1, NEWEST + 1))
    assert await nodes[3].read(TEST, _head_rows) == 1
    await asyncio.gather(*(node.stop() for node in nodes))


async def test_both_databases_end_with_the_same_tables_and_columns(
    sqlite_url: str, postgres_url: str
) -> None:
    async with running_database(sqlite_url) as sqlite, running_database(postgres_url) as postgres:
        assert await sqlite.administer(columns) == await postgres.administer(columns)
        assert await sqlite.administer(not_null) == await postgres.administer(not_null)


def test_both_dialects_have_the_same_migrations() -> None:
    names = [sorted(file.name for file in path.iterdir()) for path in FOLDER.iterdir()]
    assert names[0] == names[1]
    assert [int(name[:4]) for name in names[0]] == list(range(1, NEWEST + 1))


def _head_rows(tx: Transaction) -> int:
    (count,) = next(iter(tx.connection.execute("SELECT count(*) FROM log_head")))
    return int(count)

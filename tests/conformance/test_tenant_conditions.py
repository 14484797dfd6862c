"""Every statement on a tenant's rows says whose it means: on SQLite nothing else does."""

import shutil
from collections import Counter
from collections.abc import AsyncIterator
from typing import NamedTuple

import apsw
import pytest
import pytest_asyncio

from tests.support.nodes import running_node
from tests.support.statements import Statement, all_statements, uses_of_system
from tests.support.system_scope import SHARED_TABLES, STATEMENTS, USES
from tests.support.two_tenants import (
    ACME,
    GLOBEX,
    TABLES,
    Bindings,
    Dump,
    Outcome,
    Rows,
    dump,
    fill,
    keep_acme_alone,
)

OF_TENANTS = [each for each in all_statements("sqlite") if each.touches(TABLES)]
CONDITIONAL = [each for each in OF_TENANTS if each.has_condition]


class Files(NamedTuple):
    """A database that holds rows of both tenants, and one that never held any but acme's."""

    both: apsw.Connection
    acme: apsw.Connection


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def files(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Files]:
    folder = tmp_path_factory.mktemp("conditions")
    path = folder / "tenantry.db"
    async with running_node(url=f"sqlite:///{path}", folder=folder) as node:
        await fill(node)
    shutil.copy(path, folder / "acme.db")
    both, acme = apsw.Connection(str(path)), apsw.Connection(str(folder / "acme.db"))
    for connection in (both, acme):
        # What is told to be restored is undone, so the log's own triggers are none of our business.
        for (name,) in list(connection.execute(_TRIGGERS)):
            connection.execute(f"DROP TRIGGER {name}")
    keep_acme_alone(acme)
    yield Files(both, acme)
    both.close()
    acme.close()


_TRIGGERS = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"


def test_the_lists_name_what_there_is(files: Files) -> None:
    tables = {table for (table,) in files.both.execute(_TABLES)}
    assert tables == {*TABLES, *SHARED_TABLES}
    of_tenants = {
        table
        for table in tables
        if any(row[1] == "tenant_id" for row in files.both.execute(f"PRAGMA table_info({table})"))
    }
    assert of_tenants == set(TABLES) - {"users"}


_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


def test_whatever_sees_every_tenants_rows_is_listed_with_the_reason() -> None:
    found = {
        statement.name
        for statement in (*all_statements("sqlite"), *all_statements("postgres"))
        if statement.touches(TABLES) and not _says_whose(statement)
    }
    assert found == STATEMENTS.keys()
    assert all(STATEMENTS.values())


def test_whatever_runs_as_the_system_is_listed_with_the_reason() -> None:
    assert uses_of_system() == USES.keys()
    assert all(USES.values())


@pytest.mark.parametrize("statement", CONDITIONAL, ids=lambda statement: statement.name)
def test_a_statement_reaches_only_the_rows_of_the_tenant_it_names(
    files: Files, statement: Statement
) -> None:
    has_reached = False
    for bound in Bindings(files.both).of(statement, GLOBEX):
        hers = bound | {"tenant_id": ACME}
        alone = _run(files.acme, statement.sql, hers)
        found = _run(files.both, statement.sql, hers)
        everybody = _run(files.both, statement.unconditional, hers)
        assert not alone.failed
        has_reached |= everybody != found
        assert found == alone
    assert has_reached


def _says_whose(statement: Statement) -> bool:
    return statement.has_condition or statement.is_insert_of_tenant


def _run(connection: apsw.Connection, sql: str, bound: dict[str, object]) -> Outcome:
    """Return the rows, and what is there afterwards and was not before, or the other way round."""
    before = dump(connection)
    connection.execute("SAVEPOINT before_it")
    found: Rows | str
    try:
        try:
            found = Counter(connection.execute(sql, bound).fetchall())
        except apsw.ConstraintError:
            found = "ConstraintError"
        return Outcome(found, _changes(before, dump(connection)))
    finally:
        connection.execute("ROLLBACK TO before_it")
        connection.execute("RELEASE before_it")


def _changes(before: Dump, after: Dump) -> Dump:
    return {
        table: (after[table] - before[table]) + (before[table] - after[table]) for table in TABLES
    }

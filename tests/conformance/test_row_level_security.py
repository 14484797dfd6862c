"""Whose rows a statement can reach: on PostgreSQL the database itself sees to it."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import Any, TypeAlias

import psycopg
import pytest
import pytest_asyncio

from tenantry.db import Database, Tenant, Transaction, open_database
from tests.support.nodes import running_node
from tests.support.postgres import Postgres, ordinary_login
from tests.support.statements import Statement, all_statements
from tests.support.system_scope import SHARED_GRANTS, SHARED_TABLES
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

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgres]

Connection: TypeAlias = psycopg.Connection[Any]

OF_TENANTS = [each for each in all_statements("postgres") if each.touches(TABLES)]
VIOLATIONS = {"ForeignKeyViolation", "UniqueViolation"}
CONDITIONAL = [each for each in OF_TENANTS if each.has_condition]


class Undone(Exception):
    """A unit is undone, having said what it found."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("undone")
        self.outcome = outcome


@pytest.fixture(scope="module", params=["superuser", "ordinary"])
def urls(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[tuple[str, str]]:
    """The URL that the server is given, and that of the superuser."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres.fresh_database())
        if request.param == "superuser":
            yield url, url
        else:
            yield stack.enter_context(ordinary_login(url)), url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(
    urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Database]:
    """A database with rows of acme and globex in every table."""
    folder = tmp_path_factory.mktemp("node")
    async with running_node(url=urls[0], folder=folder) as node:
        await fill(node)
    found = open_database(urls[0])
    await found.start()
    yield found
    await found.stop()


@pytest.fixture(scope="module")
def superuser(urls: tuple[str, str], database: Database) -> Iterator[Connection]:
    """A connection that no policy binds, for what should come out."""
    assert database.dialect == "postgres"
    with psycopg.connect(urls[1], autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("statement", OF_TENANTS, ids=lambda statement: statement.name)
async def test_a_statement_without_its_condition_reaches_only_the_tenants_rows(
    database: Database, superuser: Connection, statement: Statement
) -> None:
    """As the system, on a database that never had anybody else, it would do just the same."""
    sql, has_reached = statement.unconditional, False
    before, acme_before = dump(superuser), acme_alone(superuser, "SELECT 1", {}).after
    theirs = {table: before[table] - acme_before[table] for table in TABLES}

    for tenant_id in (ACME, GLOBEX):
        for bound in Bindings(superuser).of(statement, tenant_id):
            alone = acme_alone(superuser, sql, bound)
            found = await in_scope_of_acme(database, sql, bound)
            everybody = as_system(superuser, sql, bound)
            assert not everybody.failed or everybody.rows in VIOLATIONS
            has_reached |= everybody.rows != alone.rows or everybody.after != {
                table: alone.after[table] + theirs[table] for table in TABLES
            }

            assert found.after == {
                table: theirs[table] + (acme_before if found.failed else alone.after)[table]
                for table in TABLES
            }
            if not found.is_refused:
                assert found.rows == alone.rows

    # Otherwise it says nothing that it did not reach them.
    assert has_reached or not statement.has_condition


@pytest.mark.parametrize("statement", CONDITIONAL, ids=lambda statement: statement.name)
async def test_a_statement_with_its_condition_needs_no_policy(
    superuser: Connection, statement: Statement
) -> None:
    for bound in Bindings(superuser).of(statement, GLOBEX):
        hers = bound | {"tenant_id": ACME}
        alone = acme_alone(superuser, statement.sql, hers)
        found = as_system(superuser, statement.sql, hers)
        assert (found.rows, changes(superuser, found)) == (
            alone.rows,
            changes(superuser, alone, acme_only=True),
        )


@pytest.mark.parametrize(
    "statement",
    [each for each in OF_TENANTS if each.verb == "INSERT" or "append_events" in each.name],
    ids=lambda statement: statement.name,
)
async def test_no_unit_of_a_tenant_stores_rows_of_another(
    database: Database, superuser: Connection, statement: Statement
) -> None:
    for bound in Bindings(superuser).of(statement, GLOBEX):
        found = await in_scope_of_acme(database, statement.sql, bound)
        assert found.is_refused
        assert found.after == dump(superuser)


async def test_every_table_of_tenants_has_a_policy_that_its_owner_cannot_pass_by(
    superuser: Connection,
) -> None:
    found = superuser.execute(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS ("
        "  SELECT FROM pg_policies AS p WHERE p.tablename = c.relname"
        "  AND p.roles = '{tenantry_tenant}' AND p.permissive = 'PERMISSIVE'"
        ") FROM pg_class AS c WHERE c.relkind IN ('r', 'p')"
        " AND c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    guarded = {table for table, is_guarded in found if is_guarded}
    assert guarded == set(TABLES)
    assert {table for table, _ in found} - guarded == SHARED_TABLES.keys() - {"users"}

    named = superuser.execute(
        "SELECT table_name FROM information_schema.columns"
        " WHERE column_name = 'tenant_id' AND table_schema = 'public'"
    ).fetchall()
    assert {table for (table,) in named} == set(TABLES) - {"users"}


async def test_no_policy_of_a_tenant_holds_for_more_than_its_rows(superuser: Connection) -> None:
    found = superuser.execute(
        "SELECT tablename, qual, with_check FROM pg_policies WHERE 'tenantry_system' <> ALL (roles)"
    ).fetchall()
    own = "(tenant_id = current_setting('tenantry.tenant_id'::text, true))"
    assert {(table, qual, check) for table, qual, check in found if table != "users"} == {
        (table, own, None) for table in TABLES if table != "users"
    }


async def test_what_belongs_to_nobody_is_closed_to_a_tenants_unit(superuser: Connection) -> None:
    granted = superuser.execute(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee IN ('tenantry_tenant', 'PUBLIC') AND table_schema = 'public'"
    ).fetchall()
    assert {each for each in granted if each[0] in SHARED_TABLES} == SHARED_GRANTS.keys()


@pytest.mark.parametrize(
    "hash_of",
    ["password_hash FROM users", "secret_hash FROM sessions", "secret_hash FROM api_keys"],
)
async def test_a_unit_of_a_tenant_reads_no_hash(database: Database, hash_of: str) -> None:
    assert (await in_scope_of_acme(database, f"SELECT {hash_of}", {})).is_refused
    every = f"SELECT * FROM {hash_of.partition('FROM ')[2]}"
    assert (await in_scope_of_acme(database, every, {})).is_refused


async def test_a_tenant_sees_of_people_those_who_are_its_users(database: Database) -> None:
    found = await in_scope_of_acme(database, "SELECT email FROM users", {})
    assert found.rows == Counter([("ann@acme.example",), ("sam@both.example",)])
    both = "SELECT tenant_id FROM members WHERE user_id IN (SELECT user_id FROM users)"
    assert (await in_scope_of_acme(database, both, {})).rows == Counter({("acme",): 2})


async def in_scope_of_acme(database: Database, sql: str, bound: dict[str, Any]) -> Outcome:
    """Run a statement in a unit of acme's, and undo it."""

    def unit(tx: Transaction) -> None:
        raise Undone(outcome_of(tx.connection, sql, bound))

    with pytest.raises(Undone) as undone:
        await database.write(Tenant(ACME), unit)
    return undone.value.outcome


def as_system(connection: Connection, sql: str, bound: dict[str, Any]) -> Outcome:
    """Run a statement that may see every row, and undo it."""
    with connection.transaction(force_rollback=True):
        return _as_system(connection, sql, bound)


def acme_alone(connection: Connection, sql: str, bound: dict[str, Any]) -> Outcome:
    """Run a statement as if there were nobody but acme, and undo it."""
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        keep_acme_alone(connection)
        connection.execute("SET LOCAL session_replication_role = origin")
        return _as_system(connection, sql, bound)


def changes(connection: Connection, outcome: Outcome, *, acme_only: bool = False) -> Dump:
    """Return what is there in the end and was not, or not so, before."""
    before = acme_alone(connection, "SELECT 1", {}).after if acme_only else dump(connection)
    return {
        table: (outcome.after[table] - before[table]) + (before[table] - outcome.after[table])
        for table in TABLES
    }


def _as_system(connection: Connection, sql: str, bound: dict[str, Any]) -> Outcome:
    connection.execute("SET LOCAL ROLE tenantry_system")
    return outcome_of(connection, sql, bound)


def outcome_of(connection: Connection, sql: str, bound: dict[str, Any]) -> Outcome:
    """Run a statement, and look at every row as the system."""
    connection.execute("SAVEPOINT before_it")
    found: Rows | str
    try:
        # How long it waited is another figure each time.
        cursor = connection.execute(sql.replace(", lock_wait_us\n", "\n").encode(), bound)
        found = Counter(map(_comparable, cursor.fetchall() if cursor.description else ()))
    except psycopg.Error as error:
        connection.execute("ROLLBACK TO before_it")
        found = type(error).__name__
    connection.execute("SET LOCAL ROLE tenantry_system")
    return Outcome(found, dump(connection))


def _comparable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)

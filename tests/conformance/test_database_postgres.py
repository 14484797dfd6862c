"""What only PostgreSQL needs: scopes that hold for a superuser, and connections that come back."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio

from tenantry.base.errors import Denied, Unavailable
from tenantry.db import Database, System, Tenant, Transaction, migrate, open_database
from tenantry.testing import FakeClock
from tests.conformance.spine import TEST, append, request, running_database, running_log
from tests.support.waiting import eventually

COUNT = "SELECT count(*) FROM events"


def count_events(tx: Transaction) -> int:
    return int(tx.connection.execute(COUNT).fetchone()[0])


def tenants_seen(tx: Transaction) -> set[str]:
    return {tenant for (tenant,) in tx.connection.execute("SELECT tenant_id FROM events")}


def insert_row_of(tx: Transaction, tenant_id: str) -> None:
    tx.connection.execute(
        "INSERT INTO appends VALUES (%s, 'key', '', 1, 1, 9223372036854775807)", (tenant_id,)
    )


@pytest_asyncio.fixture
async def shared(postgres_url: str) -> AsyncIterator[Database]:
    """A database with two events of acme and one of globex."""
    async with running_log(postgres_url) as log:
        for tenant in ("acme", "globex", "acme"):
            await append(log, request(tenant=tenant))
    async with running_database(postgres_url) as database:
        yield database


async def test_a_unit_of_a_tenant_sees_only_its_rows_even_without_a_where(
    shared: Database,
) -> None:
    assert await shared.read(Tenant("acme"), count_events) == 2
    assert await shared.write(Tenant("globex"), count_events) == 1
    assert await shared.read(Tenant("nobody"), count_events) == 0
    assert await shared.read(Tenant(""), count_events) == 0
    assert await shared.read(System("test"), tenants_seen) == {"acme", "globex"}


async def test_a_unit_of_a_tenant_cannot_write_anothers_rows(shared: Database) -> None:
    await shared.write(Tenant("acme"), insert_row_of, "acme")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await shared.write(Tenant("acme"), insert_row_of, "globex")


async def test_a_tenants_name_is_a_value_and_never_a_statement(shared: Database) -> None:
    name = "acme'; RESET ROLE; SET tenantry.tenant_id = 'globex"
    assert await shared.read(Tenant(name), count_events) == 0


async def test_no_scope_outlives_its_unit(postgres_url: str) -> None:
    def who(tx: Transaction) -> tuple[object, object]:
        row = tx.connection.execute(
            "SELECT current_user, current_setting('tenantry.tenant_id', true)"
        ).fetchone()
        return row[0], row[1] or None

    async with running_database(postgres_url, pool_min=1, pool_max=1) as database:
        assert await database.read(Tenant("acme"), who) == ("tenantry_tenant", "acme")
        assert await database.read(System("test"), who) == ("tenantry_system", None)
        assert await database.append(who) == ("tenantry_system", None)
        assert await database.administer(who) == ("postgres", None)


@pytest.mark.usefixtures("shared")
async def test_where_the_scope_was_forgotten_there_is_nothing_to_see(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as session:
        assert session.execute(COUNT).fetchone() == (3,)  # the superuser ignores every policy
        session.execute("SET ROLE tenantry_tenant")
        assert session.execute(COUNT).fetchone() == (0,)


@pytest.mark.parametrize("role", ["tenantry_tenant", "tenantry_system"])
@pytest.mark.usefixtures("shared")
def test_the_roles_of_units_can_do_nothing_else(postgres_url: str, role: str) -> None:
    with psycopg.connect(postgres_url) as session:
        assert session.execute(
            "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles "
            "WHERE rolname = %s",
            (role,),
        ).fetchone() == (False, False, False, False)
        session.execute(f"SET ROLE {role}")
        for refused in ("UPDATE events SET version = 9", "DELETE FROM events", "TRUNCATE events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), session.transaction():
                session.execute(refused)


async def test_a_transaction_that_failed_in_secret_is_not_reported_as_stored(
    shared: Database,
) -> None:
    mended: list[bool] = []

    def unit(tx: Transaction) -> None:
        tx.on_rollback(lambda: mended.append(True))
        insert_row_of(tx, "acme")
        try:
            insert_row_of(tx, "acme")
        except psycopg.errors.UniqueViolation:
            return

    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        await shared.write(TEST, unit)
    assert mended == [True]


async def test_connections_that_were_ended_are_replaced_and_no_unit_is_lost(
    postgres_url: str, shared: Database
) -> None:
    await asyncio.gather(*(shared.read(TEST, count_events) for _ in range(20)))
    await shared.append(count_events)
    _end_all_connections(postgres_url)

    # Nothing of a unit has run when its connection turns out to be dead, so it goes to the next.
    assert await asyncio.gather(*(shared.read(TEST, count_events) for _ in range(20))) == [3] * 20

    async def appender_works() -> bool:
        try:
            return await shared.append(count_events) == 3
        except Unavailable:
            return False

    await eventually(appender_works)


async def test_a_server_that_is_away_is_unavailable_and_the_database_comes_back_with_it(
    postgres_url: str, shared: Database
) -> None:
    await shared.ping()
    ready = [shared.is_ready]

    def unit(tx: Transaction) -> None:
        _end_all_connections(postgres_url)
        count_events(tx)

    with pytest.raises(Unavailable):
        await shared.write(TEST, unit)
    ready.append(shared.is_ready)

    await shared.ping()
    assert [*ready, shared.is_ready] == [True, False, True]


def _end_all_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_a_commit_is_durable_even_where_the_server_says_otherwise(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        database = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{database}" SET synchronous_commit = off')

    def setting(tx: Transaction) -> str:
        return str(tx.connection.execute("SHOW synchronous_commit").fetchone()[0])

    database_ = open_database(postgres_url)
    await database_.start()
    try:
        await migrate(database_, clock=FakeClock())
        assert await database_.write(System("test"), setting) == "on"
        assert await database_.append(setting) == "on"
    finally:
        await database_.stop()


async def test_a_user_without_the_right_to_migrate_is_told_so(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        name = f"plain_{connection.info.dbname}"
        connection.execute(f'CREATE ROLE "{name}" LOGIN')

    host = postgres_url.partition("@")[2]
    database = open_database(f"postgresql://{name}@{host}")
    await database.start()
    try:
        with pytest.raises(Denied, match="lacks a right: permission denied"):
            await migrate(database, clock=FakeClock())
    finally:
        await database.stop()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f'DROP ROLE "{name}"')

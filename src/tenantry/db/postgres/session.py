"""Connections and the statements that open a unit on one."""

import contextlib
import select
from collections.abc import Iterator

import psycopg
from psycopg import sql

from tenantry.base.errors import TenantryError
from tenantry.db.database import Scope, System, Tenant, Transaction
from tenantry.db.job import as_unavailable

Connection = psycopg.Connection[tuple[object, ...]]

# What PostgreSQL says when the server, the network or the disk is at fault and not the statement.
LOST: tuple[type[Exception], ...] = (psycopg.OperationalError, psycopg.InterfaceError)

CONNECT_TIMEOUT_SECONDS = 5
MIGRATION_LOCK = 0x7E_0001
"""Advisory lock of whoever migrates; the append lock, 0x7E0002, is taken inside `append_events`."""

# A peer that vanished without a word is noticed within about 15 s.
_KEEPALIVE = {
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "application_name": "tenantry",
}

_BEGIN_READ = sql.SQL("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
# Named, since a server may have another default: `append_events` must see what was committed
# while it waited for the lock.
_BEGIN_WRITE = sql.SQL("BEGIN ISOLATION LEVEL READ COMMITTED")
_TENANT_ROLE = sql.SQL("; SET LOCAL ROLE tenantry_tenant; SET LOCAL tenantry.tenant_id = {}")
_SYSTEM_ROLE = sql.SQL("; SET LOCAL ROLE tenantry_system")


def connection_options() -> dict[str, object]:
    """Options of every connection; units open and end their transactions themselves."""
    return {"autocommit": True, **_KEEPALIVE}


def connect(url: str) -> Connection:
    """Open a connection outside the pool; raises `Unavailable`."""
    try:
        return psycopg.Connection.connect(url, autocommit=True, **_KEEPALIVE)  # type: ignore[arg-type]  # the stub wants one type for all options
    except LOST as error:
        raise as_unavailable(error, what="the database cannot be reached") from error


def is_lost(connection: Connection) -> bool:
    """Whether an idle connection has been closed, from either side; costs no round trip."""
    if connection.closed:
        return True
    # Nobody has asked the server anything, so what there is to read is its good-bye.
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def begin(connection: Connection, scope: Scope | None, *, is_read: bool) -> Transaction:
    """Begin a transaction in `scope`; None means as the schema's owner."""
    connection.execute(_opening(scope, is_read=is_read), prepare=False)
    return Transaction(
        connection=connection, dialect="postgres", scope=scope or System("schema owner")
    )


@contextlib.contextmanager
def committing(tx: Transaction) -> Iterator[None]:
    """Commit at the end of the block, or undo all of it where the block or the commit fails."""
    try:
        yield
        _commit(tx.connection)
    except BaseException:
        tx.undo()
        with contextlib.suppress(*LOST):
            tx.connection.execute("ROLLBACK")
        raise


def _commit(connection: Connection) -> None:
    # PostgreSQL answers the COMMIT of a transaction that failed with a ROLLBACK, silently: so a
    # unit that went on after a failed statement would be told that it was stored.
    if connection.execute("COMMIT").statusmessage != "COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("a statement of this unit had failed")


def told(error: BaseException) -> BaseException:
    """Turn a lost connection or a full disk into `Unavailable`; anything else is the caller's."""
    if isinstance(error, TenantryError) or not isinstance(error, LOST):
        return error
    return as_unavailable(error, what="the database cannot do this now")


def _opening(scope: Scope | None, *, is_read: bool) -> sql.Composed:
    """Begin, take the role and set the tenant, in one round trip."""
    begin_sql = _BEGIN_READ if is_read else _BEGIN_WRITE
    if scope is None:
        return sql.Composed([begin_sql])
    if isinstance(scope, Tenant):
        return sql.Composed([begin_sql, _TENANT_ROLE.format(sql.Literal(scope.id))])
    return sql.Composed([begin_sql, _SYSTEM_ROLE])

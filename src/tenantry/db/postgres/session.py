"""Connections and the statements that open a unit on one."""

import contextlib
import select
from collections.abc import Iterator

import psycopg
from psycopg import sql

from tenantry.base.errors import Denied, TenantryError, Unavailable
from tenantry.db.database import Scope, System, Tenant, Transaction
from tenantry.db.errors import as_contended, as_nothing_written, timed_out
from tenantry.db.job import Job, as_unavailable

Connection = psycopg.Connection[tuple[object, ...]]

# What PostgreSQL says when the server, the network or the disk is at fault and not the statement.
LOST: tuple[type[Exception], ...] = (psycopg.OperationalError, psycopg.InterfaceError)

# What the server says of one transaction, while it is as well as can be.
_OF_ONE_UNIT: tuple[type[Exception], ...] = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
)

CONNECT_TIMEOUT_SECONDS = 5
# `pg_has_role(…, 'SET')`, and roles that are granted but not inherited.
_OLDEST_SERVER = 160_000
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


class InDoubt(psycopg.OperationalError):
    """The connection was lost while a commit was on its way: it may have been done."""


def prepare(connection: Connection) -> None:
    """Make a new connection fit for units; raises `Unavailable` for a server that cannot be."""
    if connection.info.server_version < _OLDEST_SERVER:
        raise Unavailable(
            f"PostgreSQL {connection.info.server_version // 10_000} is too old, 16 is the oldest "
            "that Tenantry works with",
            code="postgres_too_old",
        )
    # A commit that is not on the disk must not be acknowledged, whatever the server's default;
    # what is stricter than that is left as it is.
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )


def limit_statements(connection: Connection, *, seconds: float) -> None:
    """Let the server end what takes longer; a commit is not a statement in this sense."""
    connection.execute(
        "SELECT set_config('statement_timeout', %s, false)", (str(max(1, round(seconds * 1000))),)
    )


def connection_options() -> dict[str, object]:
    """Options of every connection; units open and end their transactions themselves."""
    return {"autocommit": True, **_KEEPALIVE}


def connect(url: str) -> Connection:
    """Open a connection outside the pool; raises `Unavailable`, mostly a `NothingWritten`."""
    try:
        connection = psycopg.Connection.connect(url, **connection_options())  # type: ignore[arg-type]  # the stub wants one type for all options
    except LOST as error:
        raise as_nothing_written(error, what="the database cannot be reached") from error

    try:
        prepare(connection)
    except BaseException:  # whatever ends this, nobody else will close it
        connection.close()
        raise
    return connection


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
    except BaseException:  # whatever ends the block, it ends in one of two ways
        tx.undo()
        with contextlib.suppress(*LOST):
            tx.connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def in_doubt() -> Iterator[None]:
    """Raise `InDoubt` where the connection is lost in the block, which commits.

    An error that the server has reported, and goes on after, is an answer: it was not done.
    """
    try:
        yield
    except LOST as error:
        if isinstance(error, psycopg.Error) and error.diag.severity_nonlocalized == "ERROR":
            raise
        raise InDoubt from error


def _commit(connection: Connection) -> None:
    # PostgreSQL answers the COMMIT of a transaction that failed with a ROLLBACK, silently: so a
    # unit that went on after a failed statement would be told that it was stored.
    with in_doubt():
        answer = connection.execute("COMMIT").statusmessage
    if answer != "COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("a statement of this unit had failed")


def says_lost(error: BaseException) -> bool:
    """Whether `error` says that the server is away or unwell, and not only of one unit's fate."""
    return isinstance(error, LOST) and not isinstance(error, _OF_ONE_UNIT)


def told(error: BaseException, job: Job, *, timeout_seconds: float) -> BaseException:
    """Turn what the server, not the statement, is to blame for into our kinds of error.

    A lost connection or a full disk is `NothingWritten`, and `Unavailable` where that is in doubt;
    a missing right is `Denied` with the server's words; anything else is the caller's.
    """
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        denied = Denied(
            f"the database user lacks a right: {error.diag.message_primary}; "
            "docs/howto/use-postgresql.md has the statements that grant it",
            code="database_denied",
        )
        denied.__cause__ = error
        return denied
    if isinstance(error, TenantryError) or not isinstance(error, LOST):
        return error
    if isinstance(error, InDoubt):
        return as_unavailable(error.__cause__ or error, what="the database was lost in the commit")
    if isinstance(error, psycopg.errors.QueryCanceled):
        return timed_out(job.name, timeout_seconds, cause=error)
    if isinstance(error, _OF_ONE_UNIT):
        return as_contended(error, what="the database cannot do this now")
    return as_nothing_written(error, what="the database cannot do this now")


def _opening(scope: Scope | None, *, is_read: bool) -> sql.Composed:
    """Begin, take the role and set the tenant, in one round trip."""
    begin_sql = _BEGIN_READ if is_read else _BEGIN_WRITE
    if scope is None:
        return sql.Composed([begin_sql])
    if isinstance(scope, Tenant):
        return sql.Composed([begin_sql, _TENANT_ROLE.format(sql.Literal(scope.id))])
    return sql.Composed([begin_sql, _SYSTEM_ROLE])

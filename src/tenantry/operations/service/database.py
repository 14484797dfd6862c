"""Where the database stands, and bringing its schema up to date."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenantry.base import Clock
from tenantry.base.instant import format_instant
from tenantry.db import Database, System, migrate, migration_status, open_database
from tenantry.eventlog import Head
from tenantry.operations import store
from tenantry.operations.model import DatabaseStatus, LogHead
from tenantry.settings import Settings

_SYSTEM = System("database status")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database of `settings` for one command, and nothing else.

    Raises `Unavailable` where it cannot be reached, or is in use by a server (`database_in_use`).
    """
    database = database_of(settings)
    await database.start()
    try:
        yield database
    finally:
        await database.stop()


def database_of(settings: Settings) -> Database:
    """Return the database that `settings` name, not started yet; its folder is made."""
    if settings.database_url.startswith("sqlite:"):
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return database_named_by(settings)


def database_named_by(settings: Settings) -> Database:
    """Return the same, and make nothing."""
    return open_database(
        settings.database_url,
        pool_min=settings.db_pool_min,
        pool_max=settings.db_pool_max,
        readers=settings.db_readers,
        queue_max=settings.db_queue_max,
        query_timeout_seconds=settings.db_query_timeout_ms / 1000,
    )


async def database_status(database: Database) -> DatabaseStatus:
    """Say which migrations are applied and pending and where the log ends, changing nothing.

    Raises `Unavailable`, and `Conflict` where the schema is newer than this program.
    """
    status = await migration_status(database)
    return DatabaseStatus(
        dialect=database.dialect,
        is_current=status.is_current,
        migrations_applied=status.applied,
        migrations_pending=status.pending,
        head=described(await read_head(database)) if status.applied else None,
    )


async def migrate_database(database: Database, *, clock: Clock) -> DatabaseStatus:
    """Apply what is pending and return where the database stands after that."""
    await migrate(database, clock=clock)
    return await database_status(database)


async def read_head(database: Database) -> Head:
    """Return the end of the log."""
    return await database.read(_SYSTEM, store.read_head)


def described(head: Head) -> LogHead:
    """Return `head` as an operator reads it."""
    return LogHead(
        position=head.position,
        hash=head.hash.hex(),
        recorded_at=format_instant(head.recorded_at) if head.position else None,
        expect=f"{head.position}:{head.hash.hex()}",
    )

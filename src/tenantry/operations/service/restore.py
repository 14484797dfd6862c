"""Putting a backup into an empty database."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tenantry.base import Clock
from tenantry.base.instant import format_instant
from tenantry.db import Database, System, Transaction, migrate, migration_status
from tenantry.eventlog import verify
from tenantry.operations import store
from tenantry.operations.errors import BackupTooNew, DatabaseNotEmpty
from tenantry.operations.model import (
    BackupHeader,
    BackupTrailer,
    EventPage,
    RestoreReport,
)
from tenantry.operations.service.archive import read_archive
from tenantry.telemetry import span

RestoreProgress = Callable[[str, int, int], None]
"""Told what is being done (`check`, `write`, `verify`), how far it is and how much there is.

It is called from other threads too.
"""

_SYSTEM = System("restore")


async def restore(
    database: Database, file: Path, *, clock: Clock, progress: RestoreProgress | None = None
) -> RestoreReport:
    """Restore the backup `file` into `database`, which must be empty, and verify the log.

    The whole file is checked before anything is written, and everything is written in one
    transaction: what breaks off in the middle leaves an empty database. Raises `BackupDamaged`,
    `BackupTooNew`, `DatabaseNotEmpty` and `Unavailable`.
    """
    tell = progress or _tell_nobody
    with span("tenantry.operations.restore", file=file.name):
        header, trailer = await asyncio.to_thread(check_backup, file, progress=tell)
        await _prepare(database, header, file, clock=clock)
        # As an administration, which may take longer than any other unit.
        await database.administer(_write, file, header, tell)
        report = await verify(database, progress=lambda done, total: tell("verify", done, total))

    return RestoreReport(
        event_count=trailer.event_count,
        append_count=trailer.append_count,
        data_key_count=trailer.data_key_count,
        user_count=trailer.user_count,
        member_count=trailer.member_count,
        api_key_count=trailer.api_key_count,
        head_position=report.head_position,
        head_hash=report.head_hash,
        created_at=format_instant(header.created_at),
        fault_position=report.fault.position if report.fault else None,
        problem=report.fault.problem if report.fault else None,
    )


def check_backup(
    file: Path, *, progress: RestoreProgress | None = None
) -> tuple[BackupHeader, BackupTrailer]:
    """Read `file` to its end and return what it says of itself; blocks.

    Raises `BackupDamaged` and `BackupTooNew`.
    """
    tell = progress or _tell_nobody
    header: BackupHeader | None = None
    trailer: BackupTrailer | None = None
    for record in read_archive(file):
        if isinstance(record, BackupHeader):
            header = record
        elif isinstance(record, BackupTrailer):
            trailer = record
        elif isinstance(record, EventPage) and header is not None and record.rows:
            tell("check", record.rows[-1][0], header.position)
    assert header is not None  # noqa: S101 - the reader yields both, or raises
    assert trailer is not None  # noqa: S101 - as above
    return header, trailer


async def _prepare(database: Database, header: BackupHeader, file: Path, *, clock: Clock) -> None:
    """Bring the schema up to date and refuse what could not be restored into it."""
    status = await migration_status(database)
    if status.applied and not await database.read(_SYSTEM, store.is_empty):
        raise _not_empty()

    newest = max((*status.applied, *status.pending))
    if max(header.migrations, default=0) > newest:
        raise BackupTooNew(
            f"{file.name} has schema {max(header.migrations)}, written by tenantry "
            f"{header.program_version}; this program knows schemas up to {newest}"
        )
    await migrate(database, clock=clock)


def _write(tx: Transaction, file: Path, header: BackupHeader, tell: RestoreProgress) -> None:
    # The file is read inside the unit, which keeps the database's one writer for itself: nobody
    # else uses an empty database, and one transaction is what makes it all or nothing.
    store.act_as_system(tx)
    store.lock_log(tx)
    if not store.is_empty(tx) or store.has_data_keys(tx):
        raise _not_empty()

    for record in read_archive(file):
        if isinstance(record, BackupHeader | BackupTrailer):
            continue
        store.write_page(tx, record)
        if isinstance(record, EventPage) and record.rows:
            tell("write", record.rows[-1][0], header.position)


def _not_empty() -> DatabaseNotEmpty:
    return DatabaseNotEmpty("a backup is restored into an empty database, and this one is not")


def _tell_nobody(_stage: str, _done: int, _total: int) -> None:
    """Do nothing."""

"""Taking a backup while the server works."""

import asyncio
from collections.abc import AsyncIterator, Callable

from tenantry import __version__
from tenantry.base import Clock
from tenantry.db import Database, MigrationStatus, System, Transaction, migration_status
from tenantry.operations import store
from tenantry.operations.model import (
    FORMAT,
    AppendPage,
    BackupHeader,
    BackupPage,
    EventPage,
)
from tenantry.operations.service.archive import ArchiveWriter
from tenantry.telemetry import span

Progress = Callable[[int, int], None]

_SYSTEM = System("backup")


class Backup:
    """A backup of everything up to the position at which the log stood when it was begun.

    Events never change, so reading them page by page afterwards sees the state of that moment, and
    every write that was acknowledged before is in it. Checkpoints and snapshots are not: a stored
    projection's checkpoint without its rows would say that the rows are there. Both are rebuilt.
    Data keys, people, memberships and API keys do change and go, so they are those of that moment:
    `opening` holds them, packed. Sessions are in no backup: nobody is logged in where it is
    restored.
    """

    def __init__(
        self,
        *,
        database: Database,
        header: BackupHeader,
        opening: list[bytes],
        writer: ArchiveWriter,
    ) -> None:
        self.header = header
        self._database = database
        self._opening = opening
        self._writer = writer

    async def stream(self, *, progress: Progress | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes of the file, once; `progress` is told (events done, all of them).

        Raises `Unavailable`; what was yielded is no backup then, and has no trailer.
        """
        with span("tenantry.operations.backup", position=self.header.position):
            for chunk in self._opening:
                yield chunk
            # Encoding and compressing would hold up every request of the server.
            async for page in self._events(progress):
                yield await asyncio.to_thread(self._writer.page, page)
            async for page in self._appends():
                yield await asyncio.to_thread(self._writer.page, page)
            yield await asyncio.to_thread(self._writer.trailer)

    async def _events(self, progress: Progress | None) -> AsyncIterator[BackupPage]:
        position, until = 0, self.header.position
        while rows := await self._database.read(_SYSTEM, store.read_events, position, until):
            yield EventPage(rows)
            position = rows[-1][0]
            if progress is not None:
                progress(position, until)

    async def _appends(self) -> AsyncIterator[BackupPage]:
        after, until = ("", ""), self.header.position
        while rows := await self._database.read(_SYSTEM, store.read_appends, after, until):
            yield AppendPage(rows)
            after = rows[-1][0], rows[-1][1]


async def begin_backup(database: Database, *, clock: Clock) -> Backup:
    """Fix what a backup taken now holds; raises `Unavailable`."""
    status = await migration_status(database)
    header, opening, writer = await database.read(_SYSTEM, _open, status, clock.now_us())
    return Backup(database=database, header=header, opening=opening, writer=writer)


def _open(
    tx: Transaction, status: MigrationStatus, now_us: int
) -> tuple[BackupHeader, list[bytes], ArchiveWriter]:
    """Write the beginning of the file: all that a later unit would see otherwise.

    It is packed at once, page by page: as rows it would not fit where there are very many people.
    """
    head = store.read_head(tx)
    header = BackupHeader(
        format=FORMAT,
        program_version=__version__,
        migrations=status.applied,
        position=head.position,
        hash=head.hash,
        created_at=now_us,
    )
    writer = ArchiveWriter()
    opening = [writer.header(header), *map(writer.page, store.read_changing(tx))]
    return header, opening, writer

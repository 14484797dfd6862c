"""Taking a backup while the server works."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

from tenantry import __version__
from tenantry.base import Clock
from tenantry.db import Database, System, migration_status
from tenantry.operations import store
from tenantry.operations.model import FORMAT, BackupHeader, DataKeyRow
from tenantry.operations.service.archive import ArchiveWriter
from tenantry.telemetry import span

Progress = Callable[[int, int], None]

_SYSTEM = System("backup")


class Backup:
    """A backup of everything up to the position at which the log stood when it was begun.

    Events never change, so reading them page by page afterwards sees the state of that moment, and
    every write that was acknowledged before is in it. Checkpoints and snapshots are not: a stored
    projection's checkpoint without its rows would say that the rows are there. Both are rebuilt.
    Data keys do change and go, so `data_keys` are all those of that moment, wrapped.
    """

    def __init__(
        self, *, database: Database, header: BackupHeader, data_keys: list[DataKeyRow]
    ) -> None:
        self.header = header
        self._database = database
        self._data_keys = data_keys

    async def stream(self, *, progress: Progress | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes of the file; `progress` is told (events done, all of them).

        Raises `Unavailable`; what was yielded is no backup then, and has no trailer.
        """
        with span("tenantry.operations.backup", position=self.header.position):
            # Encoding and compressing would hold up every request of the server.
            writer = ArchiveWriter()
            yield await asyncio.to_thread(writer.header, self.header)
            for page in _pages(self._data_keys):
                yield await asyncio.to_thread(writer.data_keys, page)
            async for chunk in self._events(writer, progress):
                yield chunk
            async for chunk in self._appends(writer):
                yield chunk
            yield await asyncio.to_thread(writer.trailer)

    async def _events(
        self, writer: ArchiveWriter, progress: Progress | None
    ) -> AsyncIterator[bytes]:
        position, until = 0, self.header.position
        while rows := await self._database.read(_SYSTEM, store.read_events, position, until):
            yield await asyncio.to_thread(writer.events, rows)
            position = rows[-1][0]
            if progress is not None:
                progress(position, until)

    async def _appends(self, writer: ArchiveWriter) -> AsyncIterator[bytes]:
        after, until = ("", ""), self.header.position
        while rows := await self._database.read(_SYSTEM, store.read_appends, after, until):
            yield await asyncio.to_thread(writer.appends, rows)
            after = rows[-1][0], rows[-1][1]


async def begin_backup(database: Database, *, clock: Clock) -> Backup:
    """Fix what a backup taken now holds; raises `Unavailable`."""
    status = await migration_status(database)
    head, data_keys = await database.read(_SYSTEM, store.read_head_and_data_keys)
    header = BackupHeader(
        format=FORMAT,
        program_version=__version__,
        migrations=status.applied,
        position=head.position,
        hash=head.hash,
        created_at=clock.now_us(),
    )
    return Backup(database=database, header=header, data_keys=data_keys)


def _pages(rows: list[DataKeyRow]) -> Iterator[list[DataKeyRow]]:
    for start in range(0, len(rows), store.PAGE_ROWS):
        yield rows[start : start + store.PAGE_ROWS]

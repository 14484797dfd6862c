"""A folder of files, each of them a collection, read page by page."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO, Final

from tenantry.sync.errors import ValidationError
from tenantry.sync.model import (
    Collection,
    CollectionCheck,
    FilesSource,
    Position,
    SourcePage,
    Unchanged,
)
from tenantry.sync.remote.checking import check_collections
from tenantry.sync.remote.files.lines import csv_page, jsonl_page
from tenantry.sync.remote.files.position import (
    Place,
    etag_of,
    place_at,
    token_of,
    version_of,
)
from tenantry.sync.remote.folder import open_within
from tenantry.sync.remote.reach import Reach
from tenantry.sync.remote.rows import check_rows

if TYPE_CHECKING:
    from tenantry.sync.remote.files.parquet import ParquetRows

_THREADS: Final = 4


class FilesReader:
    """The `OpenSource` of a `FilesSource`; files are read on threads of its own.

    A file that nobody has written to since the etag was given is unchanged, without a look into it.
    """

    def __init__(self, *, source: FilesSource, tenant_id: str, reach: Reach) -> None:
        self._source = source
        self._tenant_id = tenant_id
        self._reach = reach
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sync-files")
        self._parquet: dict[str, ParquetRows] = {}

    async def fetch(self, collection: Collection, position: Position) -> SourcePage | Unchanged:
        """Return the page at `position`, or that nothing of the collection has changed."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._page, collection, position)

    async def check(self) -> tuple[CollectionCheck, ...]:
        """Ask for the first page of every collection."""
        return await check_collections(self._source.collections, self.fetch)

    async def close(self) -> None:
        """Close what is open, once nobody reads from it any more."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        while self._parquet:
            self._parquet.popitem()[1].close()

    def _page(self, collection: Collection, position: Position) -> SourcePage | Unchanged:
        path = f"{self._source.path}/{collection.file}"
        file = open_within(self._reach, self._tenant_id, path)
        try:
            version = version_of(file)
            etag = etag_of(version, path, collection)
            if position.token is None and position.etag == etag:
                return Unchanged()

            place = place_at(position, version, collection)
            # The etag of the first page stays the pass's own, also where it begins again.
            told = etag if position.token is None else None
            if path.endswith(".parquet"):
                return self._parquet_page(file, collection, place, told)
            return self._lines_page(file, collection, place, told)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ValidationError(f"{collection.name}: {collection.file}: {reason}") from None
        finally:
            if not self._is_kept(file):
                file.close()

    def _lines_page(
        self, file: BinaryIO, collection: Collection, place: Place, etag: str | None
    ) -> SourcePage:
        where = f"{collection.name}: {collection.file}"
        read = csv_page if (collection.file or "").endswith(".csv") else jsonl_page
        page = read(file, place, count=self._source.page_size, where=where)
        following = Place(
            version=place.version, at=page.at, line=page.line, restarts=place.restarts
        )
        return SourcePage(
            rows=check_rows(page.rows, collection, where=f"{where}, after line {place.line}"),
            next_token=None if page.is_last else token_of(following),
            etag=etag,
        )

    def _parquet_page(
        self, file: BinaryIO, collection: Collection, place: Place, etag: str | None
    ) -> SourcePage:
        where = f"{collection.name}: {collection.file}"
        rows = self._parquet_rows(file, collection, place, where)
        page = rows.take(self._source.page_size)
        following = Place(version=place.version, at=rows.at, restarts=place.restarts)
        return SourcePage(
            rows=check_rows(page, collection, where=f"{where}, after row {place.at}"),
            next_token=None if rows.at >= rows.total or not page else token_of(following),
            total=rows.total,
            etag=etag,
        )

    def _parquet_rows(
        self, file: BinaryIO, collection: Collection, place: Place, where: str
    ) -> "ParquetRows":
        """Return the rows from a place on: those that are being read already, or a new reading."""
        kept = self._parquet.get(collection.name)
        if kept is not None and (kept.version, kept.at) == (place.version, place.at):
            return kept
        if kept is not None:
            kept.close()
        try:
            from tenantry.sync.remote.files.parquet import ParquetRows  # noqa: PLC0415 - optional
        except ImportError:
            told = "reading Parquet needs pyarrow: install tenantry[sources]"
            raise ValidationError(f"{where}: {told}") from None
        rows = ParquetRows(
            file,
            version=place.version,
            at=place.at,
            count=self._source.page_size,
            where=where,
        )
        self._parquet[collection.name] = rows
        return rows

    def _is_kept(self, file: BinaryIO) -> bool:
        return any(rows.is_of(file) for rows in self._parquet.values())

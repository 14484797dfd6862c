"""The engine: one collection brought up to date, page by page, each written under the lease."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from tenantry.base import Clock
from tenantry.db import Database, Tenant, Transaction
from tenantry.scheduling import LeaseLost, Leases
from tenantry.sync import rules, store
from tenantry.sync.errors import ValidationError
from tenantry.sync.model import (
    Collection,
    CollectionCounts,
    CollectionState,
    SourcePage,
    Unchanged,
)
from tenantry.sync.remote import OpenSource
from tenantry.sync.service.pages import Gathered, Opening, Overtaken, PageWriter, begin_in
from tenantry.sync.service.reading import Ahead, Reader, ReadPage
from tenantry.sync.service.under import Under
from tenantry.telemetry import emit, get_logger, span

MAX_PAGES: Final = 1_000_000

_LOGGER: Final = get_logger("tenantry.sync")

Heartbeat = Callable[[str, int], None]
"""Told the collection and how many rows of it are written."""


class _Moved(Exception):
    """The collection changed while it was read; the error is what it is when that goes on."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(error.message)
        self.error = error


class Engine:
    """Brings collections of tenants up to date.

    What `check_of` returns for a collection says what is wrong with a row of it.
    """

    def __init__(
        self,
        *,
        database: Database,
        leases: Leases,
        clock: Clock,
        check_of: Callable[[Collection], rules.CheckRow | None],
    ) -> None:
        self._database = database
        self._leases = leases
        self._clock = clock
        self._check_of = check_of
        self._writer = PageWriter(database=database, leases=leases, clock=clock)

    def begin_ahead(
        self,
        under: Under,
        source: OpenSource,
        collection: Collection,
        *,
        known: CollectionState | None,
    ) -> Ahead | None:
        """Begin to read a collection before its turn; None where something has to be seen first."""
        begun = self._next_pass(under, collection, known)
        if _builds_on_what_is_here(begun):
            return None
        reading = self._reader(source, collection).read(begun.position, number=1)
        return Ahead(begun, asyncio.create_task(reading, name=f"sync {collection.name}"))

    async def bring_up_to_date(
        self,
        under: Under,
        source: OpenSource,
        collection: Collection,
        heartbeat: Heartbeat,
        *,
        known: CollectionState | None,
        ahead: Ahead | None = None,
    ) -> CollectionCounts:
        """Read what is new of a collection, or go on where somebody had to stop.

        `known` is how far it was a moment ago, and `ahead` what `begin_ahead` has made of that.
        Where it is so no more, it is looked at again.

        Raises a `SyncError`, `LeaseLost` where the run has been superseded, and `Unavailable` of
        the database. What moved while it was read, is read once more.
        """
        with span("tenantry.sync.collection", collection=collection.name) as reading:
            try:
                counts = await self._read_to_the_end(
                    under, source, collection, heartbeat, known=known, ahead=ahead
                )
            except LeaseLost:
                # Whoever has taken the lease tells what becomes of it.
                raise
            except Exception:  # whatever it was, it is counted and goes on its way
                reading.set(outcome="failed")
                raise
            reading.set(outcome="unchanged" if counts.is_unchanged else "read")
        _tell(collection, counts)
        return counts

    async def _read_to_the_end(
        self,
        under: Under,
        source: OpenSource,
        collection: Collection,
        heartbeat: Heartbeat,
        *,
        known: CollectionState | None,
        ahead: Ahead | None,
    ) -> CollectionCounts:
        try:
            try:
                ahead = ahead or self.begin_ahead(under, source, collection, known=known)
                if ahead is not None:
                    return await self._read(
                        under,
                        source,
                        collection,
                        heartbeat,
                        begun=ahead.begun,
                        first=await ahead.page,
                        opening=Opening(ahead.begun.state, known),
                    )
            except Overtaken:
                # An attempt that was given up was not yet over: what it has begun is looked at.
                pass
            return await self._read_now(under, source, collection, heartbeat, is_anew=False)
        except _Moved as moved:
            emit("tenantry.sync.read_again", collection=collection.name)
            _LOGGER.info(
                "Collection moved while it was read, and is read again",
                collection=collection.name,
                reason=moved.error.message,
            )
        try:
            return await self._read_now(under, source, collection, heartbeat, is_anew=True)
        except _Moved as again:
            raise again.error from None

    async def _read_now(
        self,
        under: Under,
        source: OpenSource,
        collection: Collection,
        heartbeat: Heartbeat,
        *,
        is_anew: bool,
    ) -> CollectionCounts:
        """Begin a pass, or go on with one, before anything is asked of the source."""
        begun, hashes = await self._database.write(
            Tenant(under.tenant_id), self._begin, under, collection, is_anew
        )
        first = await self._reader(source, collection).read(
            begun.position, number=begun.state.page + 1
        )
        return await self._read(
            under, source, collection, heartbeat, begun=begun, first=first, hashes=hashes
        )

    async def _read(
        self,
        under: Under,
        source: OpenSource,
        collection: Collection,
        heartbeat: Heartbeat,
        *,
        begun: rules.Pass,
        first: ReadPage | Unchanged,
        opening: Opening | None = None,
        hashes: frozenset[int] = frozenset(),
    ) -> CollectionCounts:
        if isinstance(first, Unchanged):
            # What has changed since is as it was: of what is gone, that says nothing.
            is_whole = begun.position.since is None
            counts = await self._writer.keep_unchanged(
                under, begun.state, opening=opening, is_whole=is_whole
            )
            if counts is not None:
                return counts
            # Rows are missing here that the source still has: its word does not help.
            return await self._read_now(under, source, collection, heartbeat, is_anew=True)

        page = first.page
        gathered = Gathered(state=begun.state, hashes=set(hashes), opening=opening)
        if not begun.is_resumed:
            gathered.state = msgspec.structs.replace(
                begun.state, is_whole=not page.is_incremental, total=page.total, etag=page.etag
            )
        else:
            # The first page's word on the whole was heard by who is gone.
            gathered.state = msgspec.structs.replace(begun.state, etag=None)
        await self._follow(under, source, collection, first, gathered=gathered, heartbeat=heartbeat)
        return gathered.counts()

    async def _follow(
        self,
        under: Under,
        source: OpenSource,
        collection: Collection,
        read: ReadPage,
        *,
        gathered: Gathered,
        heartbeat: Heartbeat,
    ) -> None:
        """Write page after page; the next one is read while this one is written."""
        reader = self._reader(source, collection)
        while True:
            page, prepared = read.page, read.prepared
            async with reader.reading_on(page, number=gathered.state.page + 1) as upcoming:
                gathered.take(prepared)
                if page.next_token is None:
                    self._check(collection, page, gathered)
                    await self._writer.write_last(under, collection, prepared, gathered)
                    heartbeat(collection.name, gathered.row_count)
                    return
                if gathered.page_count >= MAX_PAGES:
                    raise ValidationError(f"{collection.name}: more than {MAX_PAGES} pages")
                await self._writer.write(under, collection, prepared, gathered, page.next_token)
                heartbeat(collection.name, gathered.row_count)
                read = await upcoming()
            if read.page.next_token == page.next_token:
                raise ValidationError(
                    f"{collection.name}: page {gathered.state.page + 1} says that it comes next",
                    details={"collection": collection.name},
                )

    def _reader(self, source: OpenSource, collection: Collection) -> Reader:
        return Reader(source, collection, self._check_of(collection))

    def _check(self, collection: Collection, page: SourcePage, gathered: Gathered) -> None:
        """Raise `_Moved` unless the pass has met what the source says there is to tell."""
        first = gathered.state.total
        try:
            rules.check_total(
                collection,
                total=first if page.total is None else page.total,
                seen=len(gathered.hashes),
            )
            rules.check_steady(collection, first=first, last=page.total)
        except ValidationError as error:
            raise _Moved(error) from error

    def _begin(
        self,
        tx: Transaction,
        under: Under,
        collection: Collection,
        is_anew: bool,  # noqa: FBT001 - a unit takes what it is handed
    ) -> tuple[rules.Pass, frozenset[int]]:
        self._leases.check_in(tx, under.lease)
        known = store.find_collection(tx, under.tenant_id, collection.name)
        if known is not None and known.since is not None and known.status == "completed":
            # What is missing here would not be among the changes.
            live = store.count_rows(tx, under.tenant_id, collection.name)
            is_anew = is_anew or live != known.row_count
        begun = self._next_pass(under, collection, known, is_anew=is_anew)
        begin_in(tx, Opening(begun.state, known))
        if begun.is_resumed:
            packed = store.pages_of(tx, begun.state)
            store.tell(
                tx,
                under.run,
                "collection_resumed",
                at=self._clock.now_us(),
                collection=collection.name,
                page=begun.state.page,
            )
            return begun, frozenset().union(*map(rules.unpack_hashes, packed))
        return begun, frozenset()

    def _next_pass(
        self,
        under: Under,
        collection: Collection,
        known: CollectionState | None,
        *,
        is_anew: bool = False,
    ) -> rules.Pass:
        return rules.next_pass(
            collection,
            known,
            tenant_id=under.tenant_id,
            correlation_id=under.run.correlation_id,
            source=under.source,
            now=self._clock.now_us(),
            is_anew=is_anew,
        )


def _builds_on_what_is_here(begun: rules.Pass) -> bool:
    """Whether it has to be seen, before anything is asked for, that what was stored is there."""
    return begun.is_resumed or begun.position.since is not None


def _tell(collection: Collection, counts: CollectionCounts) -> None:
    if counts.is_unchanged:
        _LOGGER.debug("Collection unchanged", collection=collection.name, rows=counts.rows)
        return
    _LOGGER.info(
        "Collection synchronised",
        collection=collection.name,
        rows=counts.rows,
        written=counts.written,
        deactivated=counts.deactivated,
        pages=counts.pages,
    )

"""Pages to rows: each with its progress in one transaction, which the lease and the pass allow."""

import msgspec

from tenantry.base import Clock
from tenantry.db import Database, Tenant, Transaction
from tenantry.scheduling import LeaseLost, Leases
from tenantry.sync import rules, store
from tenantry.sync.model import Collection, CollectionCounts, CollectionState
from tenantry.sync.service.under import Under
from tenantry.telemetry import emit


class Opening(msgspec.Struct, frozen=True):
    """A pass that is still to begin: in the transaction of its first page, if nobody was before."""

    state: CollectionState
    known: CollectionState | None

    @property
    def has_pages(self) -> bool:
        """Whether a former pass was not completed, and has left what it had met."""
        known = self.known
        is_first = self.state.page == 0
        return is_first and known is not None and known.page > 0 and known.status != "completed"


class Gathered:
    """What a pass has come to so far; `opening` is None once it has begun."""

    def __init__(
        self, *, state: CollectionState, hashes: set[int], opening: Opening | None = None
    ) -> None:
        self.state = state
        self.opening = opening
        self.hashes = hashes
        self.since: str | None = state.since
        self.page_count = 0
        self.row_count = 0
        self.written_count = 0
        self.deactivated_count = 0
        self.live_count = 0

    def take(self, prepared: rules.Prepared) -> None:
        """Count a page in that is about to be written."""
        self.hashes |= prepared.hashes
        self.since = rules.later_since(self.since, prepared.since)
        self.page_count += 1
        self.row_count += len(prepared.rows)

    def turn(self, written: int, *, token: str | None) -> None:
        """Note that the page is written."""
        self.written_count += written
        self.opening = None
        self.state = msgspec.structs.replace(self.state, page=self.state.page + 1, token=token)

    def counts(self) -> CollectionCounts:
        """Return what it came to."""
        return CollectionCounts(
            rows=self.live_count,
            written=self.written_count,
            deactivated=self.deactivated_count,
            pages=self.page_count,
        )


class PageWriter:
    """Writes pages; raises `LeaseLost` for whoever has been superseded without noticing."""

    def __init__(self, *, database: Database, leases: Leases, clock: Clock) -> None:
        self._database = database
        self._leases = leases
        self._clock = clock

    async def write(
        self,
        under: Under,
        collection: Collection,
        prepared: rules.Prepared,
        gathered: Gathered,
        token: str,
    ) -> None:
        """Write a page that others follow, and where to read on."""
        encoded = store.encoded_rows(prepared.rows)
        keys = rules.pack_hashes(prepared.hashes)
        state = gathered.state

        def unit(tx: Transaction) -> int:
            written = self._store(tx, under, gathered, prepared=prepared, encoded=encoded)
            if not store.turn_page(tx, state, token=token):
                raise _overtaken(state)
            store.keep_page(tx, state, keys)
            return written

        written = await self._database.write(Tenant(under.tenant_id), unit)
        gathered.turn(written, token=token)
        _told(collection, gathered, len(prepared.rows), written)

    async def write_last(
        self,
        under: Under,
        collection: Collection,
        prepared: rules.Prepared,
        gathered: Gathered,
    ) -> None:
        """Write the last page, deactivate what the pass has not met, and complete it."""
        encoded = store.encoded_rows(prepared.rows)
        state = gathered.state
        finds_absent = state.is_whole and collection.deletes == "deactivate"

        def unit(tx: Transaction) -> tuple[int, int, bool]:
            written = self._store(tx, under, gathered, prepared=prepared, encoded=encoded)
            live = store.count_rows(tx, under.tenant_id, collection.name)
            if finds_absent and live != len(gathered.hashes):
                if not store.turn_page(tx, state, token=None):
                    raise _overtaken(state)
                return written, live, False
            self._complete(tx, under, gathered, live)
            return written, live, True

        written, live, is_complete = await self._database.write(Tenant(under.tenant_id), unit)
        gathered.turn(written, token=None)
        gathered.live_count = live
        if not is_complete:
            await self._deactivate(under, collection, gathered)
        _told(collection, gathered, len(prepared.rows), written)

    async def keep_unchanged(
        self,
        under: Under,
        state: CollectionState,
        *,
        opening: Opening | None,
        is_whole: bool,
    ) -> CollectionCounts | None:
        """Complete a pass in which the source had nothing new; None where rows are missing here.

        `is_whole` says that the source was asked for everything, and not for changes alone.
        """

        def unit(tx: Transaction) -> int | None:
            self._leases.check_in(tx, under.lease)
            live = store.count_rows(tx, under.tenant_id, state.collection)
            begin_in(tx, opening)
            if live != state.row_count:
                return None
            now = self._clock.now_us()
            whole_at = now if is_whole else state.whole_at
            complete = msgspec.structs.replace(state, whole_at=whole_at, synced_at=now)
            if not store.complete_pass(tx, complete):
                raise _overtaken(state)
            store.tell(tx, under.run, "collection_unchanged", at=now, collection=state.collection)
            return live

        live = await self._database.write(Tenant(under.tenant_id), unit)
        return None if live is None else CollectionCounts(rows=live, is_unchanged=True)

    def _store(
        self,
        tx: Transaction,
        under: Under,
        gathered: Gathered,
        *,
        prepared: rules.Prepared,
        encoded: str,
    ) -> int:
        self._leases.check_in(tx, under.lease)
        state = gathered.state
        if gathered.opening is not None:
            begin_in(tx, gathered.opening)
        elif not store.hold_pass(tx, state):
            raise _overtaken(state)
        now = self._clock.now_us()
        written = (
            store.store_rows(tx, under.tenant_id, state.collection, encoded, at=now)
            if prepared.rows
            else 0
        )
        store.tell(
            tx,
            under.run,
            "page_committed",
            at=now,
            collection=state.collection,
            page=state.page + 1,
            rows=len(prepared.rows),
            written=written,
        )
        return written

    async def _deactivate(self, under: Under, collection: Collection, gathered: Gathered) -> None:
        """Mark what is here and was not met; nobody else writes to the collection meanwhile."""
        keys = await self._database.read(
            Tenant(under.tenant_id), store.live_keys, under.tenant_id, collection.name
        )
        absent = [key for key in keys if rules.hash_of(key) not in gathered.hashes]

        def unit(tx: Transaction) -> int:
            self._leases.check_in(tx, under.lease)
            now = self._clock.now_us()
            gone = store.deactivate_rows(tx, under.tenant_id, collection.name, absent, at=now)
            self._complete(tx, under, gathered, len(keys) - gone)
            store.tell(
                tx,
                under.run,
                "rows_deactivated",
                at=now,
                collection=collection.name,
                rows=gone,
            )
            return gone

        gone = await self._database.write(Tenant(under.tenant_id), unit)
        gathered.deactivated_count = gone
        emit("tenantry.sync.rows_deactivated", collection=collection.name, row_count=gone)
        gathered.live_count = len(keys) - gone

    def _complete(self, tx: Transaction, under: Under, gathered: Gathered, live: int) -> None:
        now = self._clock.now_us()
        state = gathered.state
        complete = msgspec.structs.replace(
            state,
            since=gathered.since,
            row_count=live,
            whole_at=now if state.is_whole else state.whole_at,
            synced_at=now,
        )
        if not store.complete_pass(tx, complete):
            raise _overtaken(state)
        store.tell(
            tx, under.run, "collection_completed", at=now, collection=state.collection, rows=live
        )


def _told(collection: Collection, gathered: Gathered, rows: int, written: int) -> None:
    emit(
        "tenantry.sync.page_committed",
        collection=collection.name,
        page=gathered.state.page,
        row_count=rows,
        written_count=written,
    )


class Overtaken(LeaseLost):
    """Another attempt has begun a pass of its own meanwhile, under the same lease or another."""


def begin_in(tx: Transaction, opening: Opening | None) -> None:
    """Begin a pass where that is still to be done; raises `Overtaken`."""
    if opening is None:
        return
    known_pass_id = 0 if opening.known is None else opening.known.pass_id
    if not store.begin_pass(tx, opening.state, known_pass_id=known_pass_id):
        raise Overtaken(f"{opening.state.collection}: another has begun a pass of its own")
    if opening.has_pages:
        store.forget_pages(tx, opening.state.tenant_id, opening.state.collection)


def _overtaken(state: CollectionState) -> LeaseLost:
    return LeaseLost(f"{state.collection}: another run has gone on with it")

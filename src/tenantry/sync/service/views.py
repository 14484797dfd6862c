"""What is shown of one tenant's sync."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid, NotFound
from tenantry.base.instant import format_instant
from tenantry.base.principal import ALL
from tenantry.db import Database, System, Tenant, Transaction
from tenantry.scheduling import Held, Leases
from tenantry.sync import rules, store
from tenantry.sync.errors import NoSource, SyncError
from tenantry.sync.model import (
    Collection,
    CollectionCheck,
    CollectionState,
    CollectionView,
    HappenedView,
    Progress,
    RowPage,
    Run,
    RunPage,
    RunView,
    TenantPage,
    TenantPhase,
    TenantStatus,
    TenantSync,
    Timeline,
)
from tenantry.sync.service.keeping import Keeping, Standing, standing_in
from tenantry.sync.service.permissions import OPERATE, READ, ROWS, RUN
from tenantry.sync.service.results import failed_of, method_of
from tenantry.sync.service.sources import SyncSources

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000
MOST_TOLD: Final = 10_000
"""Entries of a timeline."""

_PLACE: Final = re.compile(r"[0-9]{1,18}:[!-~]{1,128}")
_STATUSES: Final = ("not_started", "in_progress", "completed", "failed")
_ALL: Final = System("figures of every tenant's sync")

WorkflowHistory = Callable[[str, str | None], Awaitable[Sequence[HappenedView]]]
"""What a workflow's own history tells; empty where it cannot be asked."""


class SyncViews:
    """Reads; every method authorises first."""

    def __init__(
        self,
        *,
        database: Database,
        keeping: Keeping,
        sources: SyncSources,
        leases: Leases,
        history: WorkflowHistory | None,
        clock: Clock,
        max_age_seconds: float,
    ) -> None:
        self._database = database
        self._keeping = keeping
        self._sources = sources
        self._leases = leases
        self._history = history
        self._clock = clock
        self._max_age_us = int(max_age_seconds * 1_000_000)

    async def status(self, principal: Principal, tenant_id: str) -> TenantSync:
        """Return how a tenant's sync stands."""
        principal.authorise(tenant_id, READ)
        standing, is_held = await self._standing(tenant_id)
        return self._status(tenant_id, standing, is_held=is_held)

    async def all(
        self,
        principal: Principal,
        tenant_id: str | None,
        *,
        status: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> TenantPage:
        """Return how the syncs of all tenants stand, or of one; of those alone that stand so."""
        authorise_scope(principal, tenant_id)
        _check_limit(limit)
        if status is not None and status not in _STATUSES:
            raise Invalid(field="status", got=status[:64], wants=" | ".join(_STATUSES))
        if tenant_id is not None:
            found = await self.status(principal, tenant_id)
            return TenantPage(tenants=(found,) if status in (None, found.status) else ())

        after = "" if cursor is None else _text_of(cursor)
        shown: list[TenantSync] = []
        while len(shown) <= limit:
            page = await self._database.read(_ALL, store.tenants_behind, after, limit + 1)
            for each in page:
                found = await self.status(principal, each)
                if status in (None, found.status):
                    shown.append(found)
            if len(page) <= limit:
                break
            after = page[-1]
        following = _cursor_of(shown[limit - 1].tenant_id) if len(shown) > limit else None
        return TenantPage(tenants=tuple(shown[:limit]), next_cursor=following)

    async def progress(self, principal: Principal, tenant_id: str) -> Progress:
        """Return how far a tenant's sync is, collection by collection."""
        principal.authorise(tenant_id, READ)
        standing, is_held = await self._standing(tenant_id)
        status = self._status(tenant_id, standing, is_held=is_held)
        views = self._views(tenant_id, standing)
        synced = sum(view.status == "completed" for view in views)
        return Progress(
            tenant_id=tenant_id,
            status=status.status,
            phase=status.phase,
            progress=status.progress,
            synced_collections=synced,
            total_collections=len(views),
            collections=views,
            message=f"{synced} of {len(views)} collections are up to date",
        )

    async def collections(self, principal: Principal, tenant_id: str) -> tuple[CollectionView, ...]:
        """Return how a tenant's collections stand."""
        principal.authorise(tenant_id, READ)
        standing, _ = await self._standing(tenant_id)
        return self._views(tenant_id, standing)

    async def rows(
        self,
        principal: Principal,
        tenant_id: str,
        collection: str,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> RowPage:
        """Return rows of a collection by key; raises `NotFound` where there is no such collection.

        What the source has no more is among them, marked as deleted.
        """
        principal.authorise(tenant_id, ROWS)
        _check_limit(limit)
        after = "" if cursor is None else _text_of(cursor)

        def unit(tx: Transaction) -> list[Any] | None:
            found = store.rows_behind(tx, tenant_id, collection, after, limit + 1)
            if found or store.find_collection(tx, tenant_id, collection) is not None:
                return list(found)
            return None

        if "\x00" in collection:
            raise _no_collection(tenant_id, collection)
        found = await self._database.read(Tenant(tenant_id), unit)
        if found is None:
            raise _no_collection(tenant_id, collection)
        page = tuple(found[:limit])
        following = _cursor_of(page[-1].key) if len(found) > limit else None
        return RowPage(rows=page, next_cursor=following)

    async def runs(
        self,
        principal: Principal,
        tenant_id: str | None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> RunPage:
        """Return runs of a tenant, newest first; of all of them where none is named."""
        authorise_scope(principal, tenant_id)
        _check_limit(limit)
        before = store.NEWEST if cursor is None else _place_of(cursor)
        scope = _ALL if tenant_id is None else Tenant(tenant_id)
        found = await self._database.read(scope, store.runs_before, tenant_id, before, limit + 1)
        page = found[:limit]
        following = None
        if len(found) > limit:
            following = f"{page[-1].started_at}:{page[-1].correlation_id}"
        return RunPage(runs=tuple(map(run_view, page)), next_cursor=following)

    async def timeline(self, principal: Principal, correlation_id: str) -> Timeline:
        """Return a run and all that happened in it; raises `NotFound`, and `Denied`.

        Where Temporal carried it out and can be asked, its own events are among them.
        """
        tenant_id = rules.tenant_of(correlation_id)
        if not tenant_id:
            raise _no_run(correlation_id)
        # The name says whose run it is, so that a refusal tells nobody anything.
        principal.authorise(tenant_id, READ)
        run = await self._keeping.find(tenant_id, correlation_id)
        if run is None:
            raise _no_run(correlation_id)
        entries = await self._database.read(
            Tenant(tenant_id), store.timeline_of, tenant_id, correlation_id, MOST_TOLD
        )
        told = [
            HappenedView(
                at=format_instant(each.at),
                source="sync",
                kind=each.kind,
                collection=each.collection,
                details=each.details,
            )
            for each in entries
        ]
        if run.workflow_id is not None and self._history is not None:
            told += await self._history(run.workflow_id, run.workflow_run_id)
            told.sort(key=lambda each: each.at)
        return Timeline(run=run_view(run), timeline=tuple(told))

    async def check_source(
        self, principal: Principal, tenant_id: str
    ) -> tuple[CollectionCheck, ...]:
        """Ask a tenant's source for the first page of each collection, and say how that went.

        Raises `NotFound` where there is none, and a `SyncError` where it cannot be opened.
        """
        principal.authorise(tenant_id, RUN)
        configured = self._sources.find(tenant_id)
        if configured is None:
            raise NoSource(tenant_id)
        source = await self._sources.open_to_look(
            tenant_id, configured, correlation_id="sync-check"
        )
        try:
            return await source.check()
        finally:
            await source.close()

    async def _standing(self, tenant_id: str) -> tuple[Standing, bool]:
        """Return how a tenant stands, and whether somebody holds its lease, at the same moment.

        A run that ends between two reads would be called stuck.
        """

        def unit(tx: Transaction) -> tuple[Standing, Held | None]:
            held = self._leases.present_in(tx, rules.lease_name(tenant_id))
            return standing_in(tx, tenant_id), held

        standing, held = await self._database.read(Tenant(tenant_id), unit)
        return standing, held is not None and held.expires_at > self._clock.now_us()

    def _declared(self, tenant_id: str) -> tuple[Sequence[Collection], str | None]:
        try:
            configured = self._sources.find(tenant_id)
        except SyncError:
            # What is stored is no source: a run says so, and this says how things stand.
            return (), ""
        if configured is None:
            return (), None
        return configured.declared.collections, configured.digest

    def _status(self, tenant_id: str, standing: Standing, *, is_held: bool) -> TenantSync:
        state, run = standing.state, standing.run
        _, digest = self._declared(tenant_id)
        if state is None or run is None:
            return TenantSync(
                tenant_id=tenant_id,
                status="not_started",
                needs_sync=True,
                has_source=digest is not None,
            )
        now = self._clock.now_us()
        fresh = rules.standing_of(state, source=digest or "", max_age_us=self._max_age_us, now=now)
        failed = failed_of(standing.collections)
        views = self._views(tenant_id, standing)
        synced = sum(view.status == "completed" for view in views)
        return TenantSync(
            tenant_id=tenant_id,
            status=_status_of(run),
            phase=_phase_of(run, is_ready=state.ready_at > 0),
            needs_sync=fresh != "fresh",
            is_stuck=run.status == "running" and not is_held,
            sync_method=run.method if not run.is_fallback else "direct",
            fallback_used=run.is_fallback,
            has_source=digest is not None,
            correlation_id=run.correlation_id,
            attempt_count=state.attempts,
            started_at=format_instant(run.started_at),
            essential_completed_at=_instant(run.essential_at),
            completed_at=_instant(run.finished_at if run.status == "completed" else None),
            last_attempt_at=format_instant(run.started_at),
            next_attempt_at=_instant(state.retry_at or None),
            ready_at=_instant(state.ready_at or None),
            age_seconds=round((now - state.ready_at) / 1e6, 3) if state.ready_at else None,
            progress=round(100 * synced / len(views)) if views else 0,
            triggered_by=run.triggered_by,
            trigger_source=run.trigger_source,
            error=run.error,
            error_type=run.error_type,
            has_failed_collections=bool(failed),
            failed_collections=failed,
        )

    def _views(self, tenant_id: str, standing: Standing) -> tuple[CollectionView, ...]:
        states = {each.collection: each for each in standing.collections}
        declared, _ = self._declared(tenant_id)
        return tuple(_collection_view(each, states.get(each.name)) for each in declared)


def run_view(run: Run) -> RunView:
    """Return a run as it is shown."""
    return RunView(
        tenant_id=run.tenant_id,
        correlation_id=run.correlation_id,
        status=run.status,
        phase=run.phase,
        kind=run.kind,
        sync_method=method_of(run),
        reason=run.reason,
        trigger_source=run.trigger_source,
        triggered_by=run.triggered_by,
        fallback_used=run.is_fallback,
        temporal_error=run.temporal_error,
        workflow_id=run.workflow_id,
        run_id=run.workflow_run_id,
        error=run.error,
        error_type=run.error_type,
        started_at=format_instant(run.started_at),
        essential_at=_instant(run.essential_at),
        finished_at=_instant(run.finished_at),
        duration=_between(run.started_at, run.finished_at),
        essential_duration=_between(run.started_at, run.essential_at),
    )


def authorise_scope(principal: Principal, tenant_id: str | None) -> None:
    """Raise `Denied` unless `principal` may see the sync of a tenant, or, for None, of all."""
    if tenant_id is None:
        principal.authorise(ALL, OPERATE)
    else:
        principal.authorise(tenant_id, READ)


def _collection_view(collection: Collection, state: CollectionState | None) -> CollectionView:
    if state is None:
        return CollectionView(collection=collection.name, phase=collection.phase, status="pending")
    return CollectionView(
        collection=collection.name,
        phase=collection.phase,
        status=state.status,
        record_count=state.row_count,
        page=state.page,
        last_sync_at=_instant(state.synced_at or None),
        error=state.error,
        error_type=state.error_type,
        next_attempt_at=_instant(state.retry_at or None),
    )


def _status_of(run: Run) -> TenantStatus:
    match run.status:
        case "running":
            return "in_progress"
        case "completed":
            return "completed"
        case "failed" | "superseded":
            return "failed"


def _phase_of(run: Run, *, is_ready: bool) -> TenantPhase:
    if run.status == "completed":
        return "completed"
    return "dependent" if is_ready else "independent"


def _instant(microseconds: int | None) -> str | None:
    return None if microseconds is None else format_instant(microseconds)


def _between(since: int, until: int | None) -> float | None:
    return None if until is None else round((until - since) / 1_000, 3)


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(field="limit", got=limit, wants=f"a whole number from 1 to {MAX_LIMIT}")


def _cursor_of(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _text_of(cursor: str) -> str:
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        text = urlsafe_b64decode(padded).decode()
    except ValueError:
        raise Invalid(
            field="cursor", got=cursor[:64], wants="a next_cursor of an earlier answer"
        ) from None
    # No key has a NUL, and no database takes one.
    return text.partition("\x00")[0]


def _place_of(cursor: str) -> tuple[int, str]:
    started_at, _, correlation_id = cursor.partition(":")
    if not _PLACE.fullmatch(cursor):
        raise Invalid(field="cursor", got=cursor[:64], wants="a next_cursor of an earlier answer")
    return int(started_at), correlation_id


def _no_collection(tenant_id: str, collection: str) -> NotFound:
    return NotFound(
        f"tenant {tenant_id} has no collection {collection[:128]!r}",
        details={"collection": collection[:128]},
    )


def _no_run(correlation_id: str) -> NotFound:
    return NotFound(
        f"there is no run {correlation_id[:128]!r}",
        details={"correlationId": correlation_id[:128]},
    )

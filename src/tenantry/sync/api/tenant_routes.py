"""The routes of one tenant's sync."""

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.sync.api.questions import (
    TAG,
    AnyRequest,
    Cursor,
    Limit,
    name_run,
    read_limit,
)
from tenantry.sync.model import (
    CollectionCheck,
    CollectionView,
    Decision,
    Progress,
    SyncedRow,
    SyncResult,
    TenantSync,
    Unlocked,
)
from tenantry.sync.service import DEFAULT_LIMIT, Deciding, Syncing, SyncUpkeep, SyncViews
from tenantry.web import ActingPrincipal, Envelope, enveloped

_PATH = "/api/sync/tenants/{tenant:str}"


class Collections(msgspec.Struct, frozen=True):
    """The collections of a tenant's source."""

    collections: tuple[CollectionView, ...]


class Rows(msgspec.Struct, frozen=True):
    """Some rows of a collection, by key."""

    rows: tuple[SyncedRow, ...]


class Checks(msgspec.Struct, frozen=True):
    """What a source has answered, collection by collection."""

    checks: tuple[CollectionCheck, ...]


def tenant_handlers(
    syncing: Syncing, views: SyncViews, upkeep: SyncUpkeep, deciding: Deciding, *, clock: Clock
) -> list[ControllerRouterHandler]:
    """Return the routes."""
    return [
        *_running_handlers(syncing, upkeep, clock=clock),
        *_reading_handlers(views, deciding, clock=clock),
    ]


def _running_handlers(
    syncing: Syncing, upkeep: SyncUpkeep, *, clock: Clock
) -> list[ControllerRouterHandler]:

    async def synced(
        request: AnyRequest, principal: ActingPrincipal, tenant: str, *, is_forced: bool
    ) -> Envelope[SyncResult]:
        result = await syncing.trigger(principal, tenant.lower(), is_forced=is_forced)
        name_run(request, result.correlation_id)
        return enveloped(result, clock=clock)

    @post(f"{_PATH}/trigger", tags=[TAG], status_code=200)
    async def trigger_sync(
        request: AnyRequest, principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Envelope[SyncResult]:
        """Sync a tenant where that is due, and answer when its essential data are there."""
        return await synced(request, principal, tenant, is_forced=False)

    @post(f"{_PATH}/force", tags=[TAG], status_code=200)
    async def force_sync(
        request: AnyRequest, principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Envelope[SyncResult]:
        """Sync a tenant now, in the place of any run that is under way."""
        return await synced(request, principal, tenant, is_forced=True)

    @delete(f"{_PATH}/lock", tags=[TAG], status_code=200)
    async def release_lock(principal: ActingPrincipal, tenant: FromPath[str]) -> Envelope[Unlocked]:
        """Take a tenant's lease from the run that has it, which writes nothing more."""
        return enveloped(await upkeep.unlock(principal, tenant.lower()), clock=clock)

    return [trigger_sync, force_sync, release_lock]


def _reading_handlers(
    views: SyncViews, deciding: Deciding, *, clock: Clock
) -> list[ControllerRouterHandler]:
    @get(f"{_PATH}/status", tags=[TAG])
    async def get_sync_status(
        request: AnyRequest, principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Envelope[TenantSync]:
        """Say how a tenant's sync stands."""
        found = await views.status(principal, tenant.lower())
        name_run(request, found.correlation_id)
        return enveloped(found, clock=clock)

    @get(f"{_PATH}/progress", tags=[TAG])
    async def get_sync_progress(
        principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Envelope[Progress]:
        """Say how far a tenant's sync is, collection by collection."""
        return enveloped(await views.progress(principal, tenant.lower()), clock=clock)

    @get(f"{_PATH}/method", tags=[TAG], sync_to_thread=False)
    def explain_method(principal: ActingPrincipal, tenant: FromPath[str]) -> Envelope[Decision]:
        """Say which method a sync would take now, and why."""
        return enveloped(deciding.explain(principal, tenant.lower()), clock=clock)

    @get(f"{_PATH}/collections", tags=[TAG])
    async def list_collections(
        principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Envelope[Collections]:
        """Say how the collections of a tenant's source stand."""
        found = await views.collections(principal, tenant.lower())
        return enveloped(Collections(found), clock=clock)

    @get(f"{_PATH}/collections/{{collection:str}}", tags=[TAG])
    async def read_rows(
        principal: ActingPrincipal,
        tenant: FromPath[str],
        collection: FromPath[str],
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[Rows]:
        """Return rows of a collection by key; what the source has no more is marked as deleted."""
        page = await views.rows(
            principal,
            tenant.lower(),
            collection,
            limit=read_limit(limit, default=DEFAULT_LIMIT),
            cursor=cursor,
        )
        return enveloped(Rows(page.rows), clock=clock, next_cursor=page.next_cursor)

    @post(f"{_PATH}/check", tags=[TAG], status_code=200)
    async def check_source(principal: ActingPrincipal, tenant: FromPath[str]) -> Envelope[Checks]:
        """Ask a tenant's source for a first page of each collection, and keep nothing of it."""
        found = await views.check_source(principal, tenant.lower())
        return enveloped(Checks(found), clock=clock)

    return [
        get_sync_status,
        get_sync_progress,
        explain_method,
        list_collections,
        read_rows,
        check_source,
    ]

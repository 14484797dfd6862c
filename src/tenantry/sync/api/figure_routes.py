"""The routes that tell of all runs together, and of single ones."""

from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.sync.api.questions import (
    TAG,
    AnyRequest,
    Cursor,
    Limit,
    Status,
    read_limit,
    scope_of,
)
from tenantry.sync.model import (
    Cleanup,
    MethodStats,
    RunView,
    SyncHealth,
    SyncMetrics,
    TenantFigures,
    TenantSync,
    Timeline,
)
from tenantry.sync.service import DEFAULT_LIMIT, SyncFigures, SyncUpkeep, SyncViews
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, enveloped

_STATUSES: Final = {"healthy": 200, "degraded": 200, "unhealthy": 503}


class Runs(msgspec.Struct, frozen=True):
    """Some runs, newest first."""

    runs: tuple[RunView, ...]


class Tenants(msgspec.Struct, frozen=True):
    """How the syncs of tenants stand."""

    tenants: tuple[TenantSync, ...]


def figure_handlers(
    figures: SyncFigures, views: SyncViews, upkeep: SyncUpkeep, *, clock: Clock
) -> list[ControllerRouterHandler]:
    """Return the routes; root gets the figures of all tenants, unless it names one."""

    @get("/api/sync/metrics", tags=[TAG])
    async def get_sync_metrics(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[SyncMetrics]:
        """Return what the stored runs of the last day say, with percentiles."""
        scope = scope_of(request, principal, tenant_id)
        return enveloped(await figures.metrics(principal, scope), clock=clock)

    @get("/api/sync/health", tags=[TAG])
    async def get_sync_health(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Response[Envelope[SyncHealth]]:
        """Say whether syncs go well: 503 where more than 20 % fail, or more than five are stuck."""
        scope = scope_of(request, principal, tenant_id)
        found = await figures.health(principal, scope)
        answer: Any = enveloped(found, clock=clock)
        return Response(answer, status_code=_STATUSES[found.status])

    @get("/api/sync/method-stats", tags=[TAG])
    async def get_method_stats(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[MethodStats]:
        """Say how the methods have done in the last day."""
        scope = scope_of(request, principal, tenant_id)
        return enveloped(await figures.method_stats(principal, scope), clock=clock)

    @get("/api/sync/statistics", tags=[TAG])
    async def get_sync_statistics(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[TenantFigures]:
        """Say how many tenants stand how."""
        scope = scope_of(request, principal, tenant_id)
        return enveloped(await figures.statistics(principal, scope), clock=clock)

    @get("/api/sync/all", tags=[TAG])
    async def list_syncs(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        status: Status = None,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[Tenants]:
        """List how the syncs of tenants stand, by tenant."""
        page = await views.all(
            principal,
            scope_of(request, principal, tenant_id),
            status=status,
            limit=read_limit(limit, default=DEFAULT_LIMIT),
            cursor=cursor,
        )
        return enveloped(Tenants(page.tenants), clock=clock, next_cursor=page.next_cursor)

    @get("/api/sync/runs", tags=[TAG])
    async def list_runs(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[Runs]:
        """List runs, newest first."""
        page = await views.runs(
            principal,
            scope_of(request, principal, tenant_id),
            limit=read_limit(limit, default=DEFAULT_LIMIT),
            cursor=cursor,
        )
        return enveloped(Runs(page.runs), clock=clock, next_cursor=page.next_cursor)

    @get("/api/sync/runs/{correlation:str}", tags=[TAG])
    async def get_timeline(
        principal: ActingPrincipal, correlation: FromPath[str]
    ) -> Envelope[Timeline]:
        """Return a run and all that happened in it."""
        return enveloped(await views.timeline(principal, correlation), clock=clock)

    @post("/api/sync/cleanup", tags=[TAG], status_code=200)
    async def clean_up(principal: ActingPrincipal) -> Envelope[Cleanup]:
        """Go on with runs that nobody carries out any more."""
        return enveloped(await upkeep.clean_up(principal), clock=clock)

    return [
        get_sync_metrics,
        get_sync_health,
        get_method_stats,
        get_sync_statistics,
        list_syncs,
        list_runs,
        get_timeline,
        clean_up,
    ]

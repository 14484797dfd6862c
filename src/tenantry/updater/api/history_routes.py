"""The routes that tell what updaters did, and whether they do well."""

from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.updater.api.questions import (
    DEFAULT_LIMIT,
    PATH,
    TAG,
    Count,
    Cursor,
    Limit,
    read_count,
)
from tenantry.updater.model import (
    FiringView,
    HealthView,
    LogLineView,
    MetricsView,
    RunDetail,
    UpdaterRunView,
)
from tenantry.updater.service import UpdaterViews
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, enveloped

_STATUSES: Final = {"healthy": 200, "degraded": 200, "unhealthy": 503}


class UpdaterLogs(msgspec.Struct, frozen=True):
    """Some lines, newest first, of all nodes."""

    logs: tuple[LogLineView, ...]
    count: int


class UpdaterRuns(msgspec.Struct, frozen=True):
    """Some runs, newest first."""

    runs: tuple[UpdaterRunView, ...]


class Firings(msgspec.Struct, frozen=True):
    """Some fire times, newest first: those that ran, and those that did not and why."""

    firings: tuple[FiringView, ...]


def history_handlers(views: UpdaterViews, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @get(f"{PATH}/logs", tags=[TAG])
    async def get_updater_logs(
        principal: ActingPrincipal, tenant_id: ActingTenant, *, count: Count = None
    ) -> Envelope[UpdaterLogs]:
        """Return the newest lines of what happened, on whichever node."""
        wanted = read_count(count, field="count", default=DEFAULT_LIMIT)
        lines = tuple(await views.logs(principal, tenant_id, wanted))
        return enveloped(UpdaterLogs(lines, len(lines)), clock=clock)

    @get(f"{PATH}/metrics", tags=[TAG])
    async def get_updater_metrics(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[MetricsView]:
        """Return the figures of the tenant's updaters."""
        return enveloped(await views.metrics(principal, tenant_id), clock=clock)

    @get(f"{PATH}/health", tags=[TAG])
    async def get_updater_health(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Response[Envelope[HealthView]]:
        """Say whether updaters do what they should: 503 where none runs them though one should."""
        found = await views.health(principal, tenant_id)
        answer: Any = enveloped(found, clock=clock)
        return Response(answer, status_code=_STATUSES[found.status])

    @get(f"{PATH}/runs", tags=[TAG])
    async def list_updater_runs(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[UpdaterRuns]:
        """List runs, newest first."""
        page, following = await views.runs(
            principal,
            tenant_id,
            limit=read_count(limit, field="limit", default=DEFAULT_LIMIT),
            cursor=cursor,
        )
        return enveloped(UpdaterRuns(tuple(page)), clock=clock, next_cursor=following)

    @get(f"{PATH}/runs/{{run:str}}", tags=[TAG])
    async def get_updater_run(
        principal: ActingPrincipal, tenant_id: ActingTenant, run: FromPath[str]
    ) -> Envelope[RunDetail]:
        """Return a run with every change it has made."""
        return enveloped(await views.run(principal, tenant_id, run), clock=clock)

    @get(f"{PATH}/firings", tags=[TAG])
    async def list_firings(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[Firings]:
        """List fire times, newest first, with the reason of each that did not run."""
        page, following = await views.firings(
            principal,
            tenant_id,
            limit=read_count(limit, field="limit", default=DEFAULT_LIMIT),
            cursor=cursor,
        )
        return enveloped(Firings(tuple(page)), clock=clock, next_cursor=following)

    return [
        get_updater_logs,
        get_updater_metrics,
        get_updater_health,
        list_updater_runs,
        get_updater_run,
        list_firings,
    ]

"""The routes by which updaters are run and configured."""

import msgspec
from litestar import get, post, put
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.updater.api.questions import (
    MAX_LIMIT,
    PATH,
    TAG,
    AnyRequest,
    BackfillOrder,
    Change,
    Count,
    Execution,
    Question,
    Start,
    read_count,
)
from tenantry.updater.model import (
    BackfillView,
    ConfigView,
    ExecutionView,
    Explained,
    StatusView,
    UndoView,
)
from tenantry.updater.service import (
    Backfilling,
    Control,
    Executing,
    Explaining,
    Undoing,
    UpdaterViews,
)
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, body_as, enveloped


class Told(msgspec.Struct, frozen=True):
    """That it is done, in words."""

    message: str


class Preview(msgspec.Struct, frozen=True):
    """What enabled schedules will do, by schedule key."""

    schedules: dict[str, Explained]


def running_handlers(
    *,
    control: Control,
    executing: Executing,
    undoing: Undoing,
    backfilling: Backfilling,
    explaining: Explaining,
    views: UpdaterViews,
    clock: Clock,
) -> list[ControllerRouterHandler]:
    """Return the routes."""
    return [
        *_control_handlers(control, explaining, views, clock=clock),
        *_execution_handlers(executing, undoing, backfilling, clock=clock),
    ]


def _control_handlers(
    control: Control, explaining: Explaining, views: UpdaterViews, *, clock: Clock
) -> list[ControllerRouterHandler]:

    @get(f"{PATH}/status", tags=[TAG])
    async def get_updater_status(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[StatusView]:
        """Say how the tenant's updaters stand, and when each runs next."""
        return enveloped(await views.status(principal, tenant_id), clock=clock)

    @post(f"{PATH}/start", tags=[TAG], status_code=200)
    async def start_updaters(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Told]:
        """Have the tenant's updaters run by their schedules, on whichever node."""
        order = body_as(await request.body(), Start)
        await control.start(
            principal, tenant_id, is_dry_run=order.dry_run, log_level=order.log_level
        )
        return enveloped(Told("Database updater started"), clock=clock)

    @post(f"{PATH}/stop", tags=[TAG], status_code=200)
    async def stop_updaters(principal: ActingPrincipal, tenant_id: ActingTenant) -> Envelope[Told]:
        """Have them run no more."""
        await control.stop(principal, tenant_id)
        return enveloped(Told("Database updater stopped"), clock=clock)

    @get(f"{PATH}/config", tags=[TAG])
    async def get_updater_config(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[ConfigView]:
        """Return the configuration, and what its schedules mean."""
        return enveloped(explaining.config(principal, tenant_id), clock=clock)

    @put(f"{PATH}/config", tags=[TAG])
    async def change_updater_config(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[ConfigView]:
        """Merge something into the configuration, once the whole has been found right."""
        wanted = body_as(await request.body(), Change)
        return enveloped(await control.configure(principal, tenant_id, wanted.config), clock=clock)

    @post(f"{PATH}/explain", tags=[TAG], status_code=200)
    async def explain_expression(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Explained]:
        """Say what a cron expression means: in words, runs and rows."""
        question = body_as(await request.body(), Question)
        found = explaining.explain(
            principal,
            tenant_id,
            expression=question.expression,
            timezone=question.timezone,
            after=question.after,
            count=question.count,
            updater=question.updater,
            intent=question.intent,
        )
        return enveloped(found, clock=clock)

    @get(f"{PATH}/preview", tags=[TAG])
    async def preview_schedules(
        principal: ActingPrincipal, tenant_id: ActingTenant, *, count: Count = None
    ) -> Envelope[Preview]:
        """Return what the enabled schedules will do next."""
        wanted = read_count(count, field="count", default=10, most=MAX_LIMIT)
        return enveloped(Preview(explaining.preview(principal, tenant_id, wanted)), clock=clock)

    return [
        get_updater_status,
        start_updaters,
        stop_updaters,
        get_updater_config,
        change_updater_config,
        explain_expression,
        preview_schedules,
    ]


def _execution_handlers(
    executing: Executing, undoing: Undoing, backfilling: Backfilling, *, clock: Clock
) -> list[ControllerRouterHandler]:

    @post(f"{PATH}/execute/{{updater:str}}", tags=[TAG], status_code=200)
    async def execute_updater(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        updater: FromPath[str],
    ) -> Envelope[ExecutionView]:
        """Run an updater now; with the token of a dry run exactly what that has shown."""
        order = body_as(await request.body(), Execution)
        if order.dry_run:
            shown = await executing.dry_run(principal, tenant_id, updater)
        else:
            shown = await executing.execute(principal, tenant_id, updater, token=order.token)
        return enveloped(shown, clock=clock)

    @post(f"{PATH}/dry-run/{{updater:str}}", tags=[TAG], status_code=200)
    async def dry_run_updater(
        principal: ActingPrincipal, tenant_id: ActingTenant, updater: FromPath[str]
    ) -> Envelope[ExecutionView]:
        """Return the rows that a run would write now, and the token to have exactly these."""
        return enveloped(await executing.dry_run(principal, tenant_id, updater), clock=clock)

    @post(f"{PATH}/undo/{{run:str}}", tags=[TAG], status_code=200)
    async def undo_run(
        principal: ActingPrincipal, tenant_id: ActingTenant, run: FromPath[str]
    ) -> Envelope[UndoView]:
        """Undo a run, or every run there is: `all`."""
        return enveloped(await undoing.undo(principal, tenant_id, run), clock=clock)

    @post(f"{PATH}/backfill", tags=[TAG], status_code=202)
    async def begin_backfill(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[BackfillView]:
        """Give the tenant a history, as if its updaters had run for so many days."""
        order = body_as(await request.body(), BackfillOrder)
        return enveloped(await backfilling.begin(principal, tenant_id, order.days), clock=clock)

    @get(f"{PATH}/backfill", tags=[TAG])
    async def get_backfill(
        principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[BackfillView]:
        """Say how far a history is."""
        return enveloped(await backfilling.progress(principal, tenant_id), clock=clock)

    return [execute_updater, dry_run_updater, undo_run, begin_backfill, get_backfill]

"""The routes of strategies: runs that find users, within the service's limits."""

from typing import Any

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.base.codec import check_depth
from tenantry.base.errors import Invalid
from tenantry.collector.api.questions import (
    DEFAULT_LIMIT,
    PATH,
    TAG,
    AnyRequest,
    Cursor,
    DryRun,
    Limit,
    read_count,
    read_dry_run,
)
from tenantry.collector.model import FoundView, StrategyPlan, StrategyRunView
from tenantry.collector.service import Strategies
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, enveloped


class StrategyRuns(msgspec.Struct, frozen=True):
    """Some runs, newest first."""

    runs: tuple[StrategyRunView, ...]


class FoundUsers(msgspec.Struct, frozen=True):
    """Some of what a run has found, in the order in which it was."""

    users: tuple[FoundView, ...]


def strategy_handlers(strategies: Strategies, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @post(f"{PATH}/strategies/{{name:str}}", tags=[TAG], status_code=202)
    async def start_strategy(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        name: FromPath[str],
        *,
        dry_run: DryRun = None,
    ) -> Response[Envelope[StrategyRunView] | Envelope[StrategyPlan]]:
        """Queue a run, or say what it would be and cost."""
        params = _params(await request.body())
        answer: Any
        if read_dry_run(dry_run):
            plan = strategies.plan(principal, tenant_id, name, params)
            answer = enveloped(plan, clock=clock)
            return Response(answer, status_code=200)
        run = await strategies.start(principal, tenant_id, name, params)
        answer = enveloped(run, clock=clock)
        return Response(answer, status_code=202)

    @get(f"{PATH}/strategies", tags=[TAG])
    async def list_strategy_runs(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[StrategyRuns]:
        """List runs, newest first."""
        wanted = read_count(limit, default=DEFAULT_LIMIT)
        page = await strategies.list(principal, tenant_id, limit=wanted, cursor=cursor)
        return enveloped(StrategyRuns(page.items), clock=clock, next_cursor=page.cursor)

    @get(f"{PATH}/strategies/runs/{{run:str}}", tags=[TAG])
    async def get_strategy_run(
        principal: ActingPrincipal, tenant_id: ActingTenant, run: FromPath[str]
    ) -> Envelope[StrategyRunView]:
        """Say how far a run is."""
        return enveloped(await strategies.status(principal, tenant_id, run), clock=clock)

    @get(f"{PATH}/strategies/runs/{{run:str}}/users", tags=[TAG])
    async def list_found_users(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        run: FromPath[str],
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[FoundUsers]:
        """List what a run has found."""
        wanted = read_count(limit, default=DEFAULT_LIMIT)
        page = await strategies.users(principal, tenant_id, run, limit=wanted, cursor=cursor)
        return enveloped(FoundUsers(page.items), clock=clock, next_cursor=page.cursor)

    @delete(f"{PATH}/strategies/runs/{{run:str}}", tags=[TAG], status_code=200)
    async def cancel_strategy_run(
        principal: ActingPrincipal, tenant_id: ActingTenant, run: FromPath[str]
    ) -> Envelope[StrategyRunView]:
        """End a run, which keeps what it has found."""
        return enveloped(await strategies.cancel(principal, tenant_id, run), clock=clock)

    return [
        start_strategy,
        list_strategy_runs,
        get_strategy_run,
        list_found_users,
        cancel_strategy_run,
    ]


def _params(body: bytes) -> dict[str, Any]:
    """Read the parameters of a strategy, which are all its own to judge; raises `Invalid`."""
    check_depth(body)
    try:
        return msgspec.json.decode(body.strip() or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        wants = "a JSON object of parameters"
        raise Invalid(f"body: {error}; wants {wants}", field="body", wants=wants) from error

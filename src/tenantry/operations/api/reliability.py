"""The routes of health, circuit breakers, limits and the database's figures."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry import __version__
from tenantry.base import Clock
from tenantry.base.codec import encode_json
from tenantry.operations.api.document.reliability import HealthAnswer
from tenantry.operations.api.moment import moment_headers
from tenantry.operations.model import OVERRIDES, BreakerAction, BreakerOrder, BreakerStatus
from tenantry.operations.service import BreakerControl, DatabaseFigures, Health
from tenantry.reliability import HEALTH_JSON
from tenantry.web import (
    PUBLIC,
    ActingPrincipal,
    ActingTenant,
    Envelope,
    RequestLimits,
    Standing,
    body_as,
    enveloped,
    headers_of,
    idempotency_key_of,
    prefers,
    present_meta,
)

TAG: Final = "reliability"


class OrderRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a breaker is forced, and for how many seconds; without them, for good."""

    reason: str | None = None
    seconds: float | None = None


def health_handlers(health: Health, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the route that says how everything is."""

    @get("/health", opt=PUBLIC, tags=[TAG])
    async def overview(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Say how this node and all it depends on are: healthy, degraded, or unhealthy (503).

        `Accept: application/health+json` asks for the form of draft-inadarei-api-health-check-06.
        """
        report = await health.overview()
        if prefers(headers_of(request.scope).get(b"accept"), HEALTH_JSON):
            body, media_type = report.health_json(version=__version__), HEALTH_JSON
        else:
            is_success = report.overall != "unhealthy"
            answer = HealthAnswer(success=is_success, data=report, meta=present_meta(clock))
            body, media_type = encode_json(answer), "application/json"
        status = report.http_status
        return Response(
            body, status_code=status, media_type=media_type, headers=moment_headers(status)
        )

    return [overview]


def reliability_handlers(
    control: BreakerControl, limits: RequestLimits, *, clock: Clock
) -> list[ControllerRouterHandler]:
    """Return the routes of breakers, limits and the database's figures."""

    @get("/api/reliability/breakers", tags=[TAG], sync_to_thread=False)
    def breakers(principal: ActingPrincipal) -> Envelope[list[BreakerStatus]]:
        """Return every circuit breaker of this node."""
        return enveloped(control.list(principal), clock=clock)

    @get("/api/reliability/database", tags=[TAG], sync_to_thread=False)
    def database_figures(principal: ActingPrincipal) -> Envelope[DatabaseFigures]:
        """Say how many units this node has run in its database, how fast, and how they ended."""
        return enveloped(control.database_figures(principal), clock=clock)

    @get("/api/reliability/limits", tags=[TAG], sync_to_thread=False)
    def standings(principal: ActingPrincipal, tenant_id: ActingTenant) -> Envelope[list[Standing]]:
        """Say how many requests whoever asks has left, by limit."""
        return enveloped(limits.standings(principal, tenant_id), clock=clock)

    orders = [_order_handler(control, action, clock=clock) for action in OVERRIDES]
    return [breakers, database_figures, standings, *orders]


def _order_handler(
    control: BreakerControl, action: BreakerAction, *, clock: Clock
) -> ControllerRouterHandler:
    async def order(
        request: Request[Any, Any, Any],
        principal: ActingPrincipal,
        name: FromPath[str],
    ) -> Envelope[BreakerStatus]:
        asked = body_as(await request.body(), OrderRequest)
        status = await control.order(
            principal,
            BreakerOrder(
                breaker=name, action=action, seconds=asked.seconds, reason=asked.reason or ""
            ),
            idempotency_key=idempotency_key_of(headers_of(request.scope)),
        )
        return enveloped(status, clock=clock)

    order.__doc__ = _MEANINGS[action]
    order.__name__ = action.replace("-", "_")
    path = f"/api/reliability/breakers/{{name:str}}/{action}"
    return post(path, tags=[TAG], status_code=200)(order)


_MEANINGS: Final[dict[BreakerAction, str]] = {
    "force-open": "Have a breaker refuse every call, on every node.",
    "force-closed": "Have a breaker let every call through and judge none, on every node.",
    "disable": "Have a breaker go on judging and refuse nobody, on every node.",
    "reset": "Close a breaker on every node, without any override, and forget what it has seen.",
}

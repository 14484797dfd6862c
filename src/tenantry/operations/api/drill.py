"""The routes of drills: each breaks one thing on purpose, for `tenantry drill` to look at."""

from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, post
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.operations.model import (
    DrillBegun,
    DrillCall,
    DrillRead,
    Mechanism,
    ReadEvidence,
    WorkerEvidence,
)
from tenantry.operations.service import Drill
from tenantry.reliability.health_report import Health as HealthStatus
from tenantry.web import ActingPrincipal, Envelope, body_as, enveloped

TAG: Final = "drill"


class BeginRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which mechanism to take out of order, so that the drill is seen to fail."""

    sabotaged: Mechanism | None = None


class HealthRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the health check of drills is to say."""

    status: HealthStatus


class WorkerRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether to kill the worker before it is looked at."""

    kill: bool = False


Asked: TypeAlias = Request[Any, Any, Any]


def drill_handlers(drill: Drill, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes of drills."""

    @post("/api/drill/begin", tags=[TAG], status_code=200)
    async def begin_drill(request: Asked, principal: ActingPrincipal) -> Envelope[DrillBegun]:
        """Begin a drill on this node; it stands in the event log, and ends after two minutes."""
        asked = body_as(await request.body(), BeginRequest)
        return enveloped(await drill.begin(principal, sabotaged=asked.sabotaged), clock=clock)

    @post("/api/drill/end", tags=[TAG], status_code=200, sync_to_thread=False)
    def end_drill(principal: ActingPrincipal) -> Envelope[None]:
        """End the drill, and leave everything as it was."""
        drill.end(principal)
        return enveloped(None, clock=clock)

    @post("/api/drill/read", tags=[TAG], status_code=200)
    async def drill_read(request: Asked, principal: ActingPrincipal) -> Envelope[ReadEvidence]:
        """Read the log's end, with faults in the database that meet this request alone."""
        asked = body_as(await request.body(), DrillRead)
        return enveloped(await drill.read(principal, asked), clock=clock)

    @post("/api/drill/call", tags=[TAG], status_code=200)
    async def drill_call(request: Asked, principal: ActingPrincipal) -> Envelope[None]:
        """Make a call through the circuit breaker `drill`, which may be made to fail."""
        await drill.call(principal, body_as(await request.body(), DrillCall))
        return enveloped(None, clock=clock)

    @post("/api/drill/limited", tags=[TAG], status_code=200, sync_to_thread=False)
    def drill_limited(principal: ActingPrincipal) -> Envelope[None]:
        """Do nothing, ten times in two seconds at most."""
        drill.limited(principal)
        return enveloped(None, clock=clock)

    @post("/api/drill/health", tags=[TAG], status_code=200)
    async def drill_health(request: Asked, principal: ActingPrincipal) -> Envelope[None]:
        """Have the health check `drill` say that it is healthy, or degraded."""
        asked = body_as(await request.body(), HealthRequest)
        drill.set_health(principal, asked.status)
        return enveloped(None, clock=clock)

    @post("/api/drill/worker", tags=[TAG], status_code=200)
    async def drill_worker(request: Asked, principal: ActingPrincipal) -> Envelope[WorkerEvidence]:
        """Say how a worker is, having killed it first where `kill` asks for that."""
        asked = body_as(await request.body(), WorkerRequest)
        return enveloped(drill.worker(principal, kill=asked.kill), clock=clock)

    return [
        begin_drill,
        end_drill,
        drill_read,
        drill_call,
        drill_limited,
        drill_health,
        drill_worker,
    ]

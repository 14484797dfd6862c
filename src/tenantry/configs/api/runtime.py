"""The routes of what runs behind the settings: the update worker and the projection."""

from typing import Annotated, Any

import msgspec
from litestar import Router, get, post
from litestar.params import Parameter

from tenantry.base import Clock
from tenantry.configs.model import WorkerStats
from tenantry.configs.service import ConfigRuntime
from tenantry.eventlog import RebuildReport
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, enveloped

TAG = "configs"

Summary = Annotated[bool, Parameter(description="Leave the settings themselves out.")]


def runtime_handlers(runtime: ConfigRuntime, *, clock: Clock) -> list[Router]:
    """Return the router of `/api/config`."""

    @get("/worker")
    async def worker_stats(principal: ActingPrincipal) -> Envelope[WorkerStats]:
        """Say what the update worker has handled since it was started."""
        return enveloped(runtime.worker_stats(principal), clock=clock)

    @post("/worker/restart", status_code=200)
    async def restart_worker(principal: ActingPrincipal) -> Envelope[WorkerStats]:
        """Stop and start the update worker."""
        return enveloped(await runtime.restart_worker(principal), clock=clock)

    @post("/worker/test", status_code=200)
    async def test_worker(principal: ActingPrincipal) -> Envelope[WorkerStats]:
        """Send the worker a change that is not stored, to see it in the log."""
        return enveloped(runtime.test_worker(principal), clock=clock)

    @get("/projection")
    async def projection(
        principal: ActingPrincipal, tenant_id: ActingTenant, *, summary: Summary = False
    ) -> Envelope[dict[str, Any]]:
        """Say where the projection stands and, but for a summary, what it holds for this tenant."""
        report = await runtime.projection(principal, configs_of=None if summary else tenant_id)
        return enveloped(msgspec.to_builtins(report), clock=clock)

    @post("/projection/rebuild", status_code=200)
    async def rebuild_projection(principal: ActingPrincipal) -> Envelope[RebuildReport]:
        """Build the tree anew beside the live one, compare the two and swap."""
        return enveloped(await runtime.rebuild_projection(principal), clock=clock)

    @post("/projection/reconnect", status_code=200)
    async def reconnect_projection(principal: ActingPrincipal) -> Envelope[dict[str, Any]]:
        """Look at the log now rather than at the next hint."""
        report = await runtime.reconnect_projection(principal)
        return enveloped(msgspec.to_builtins(report), clock=clock)

    return [
        Router(
            path="/api/config",
            route_handlers=[
                worker_stats,
                restart_worker,
                test_worker,
                projection,
                rebuild_projection,
                reconnect_projection,
            ],
            tags=[TAG],
        )
    ]

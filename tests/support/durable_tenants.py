"""Tenants whose syncs go through Temporal, for tests in which something of that fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tenantry.execution.dev_server import DevServer
from tenantry.sync import SyncResult
from tests.support.access_http import MASTER_KEY
from tests.support.durable import durable_node
from tests.support.nodes import Node
from tests.support.syncs import THINGS, SyncedTenant, synced_tenant, things
from tests.support.waiting import eventually

FELL_BACK = "[error] Temporal sync failed, falling back to direct"
EXTRAS = {"name": "extras", "phase": "background", "key": "id", "path": "/tenants/{tenant}/extras"}
SOURCE: dict[str, Any] = {"collections": [dict(THINGS), EXTRAS], "page_size": 10}
ROWS = {"things": things(35), "extras": things(25)}


@asynccontextmanager
async def synced(
    *, url: str, folder: Path, temporal: DevServer, **settings: Any
) -> AsyncIterator[SyncedTenant]:
    """Run a node, and yield a tenant of it that was never synchronised."""
    async with (
        durable_node(url=url, folder=folder, temporal=temporal, **settings) as node,
        synced_tenant(node, "acme", ROWS, source=SOURCE) as tenant,
    ):
        yield tenant


async def assert_complete(tenant: SyncedTenant) -> None:
    """Fail unless exactly the rows of the upstream are there, each once, and nobody is at it."""
    await tenant.settled()
    for collection in ("things", "extras"):
        of_upstream = {row["id"]: row for row in tenant.shelf.rows(collection)}
        assert await tenant.live(collection) == of_upstream, collection
        assert len(await tenant.stored(collection)) == len(of_upstream)
        assert (await tenant.state(collection))["status"] == "completed"
    status = await tenant.status()
    assert (status["status"], status["needsSync"]) == ("completed", False), status


def assert_fell_back(result: SyncResult, why: str) -> None:
    """Fail unless a sync was done directly, after Temporal had failed for this reason."""
    assert result.success
    assert (result.sync_method, result.fallback_used) == ("direct_fallback", True)
    assert result.temporal_error is not None
    assert result.temporal_error.startswith(f"{why}: "), result.temporal_error


def ensuring(tenant: SyncedTenant, *, is_forced: bool = False) -> "asyncio.Task[SyncResult]":
    """Ask for a tenant's data, as a login does, and go on meanwhile."""
    return asyncio.create_task(tenant.ensure(is_forced=is_forced))


@asynccontextmanager
async def two_nodes(
    url: str, folder: Path, temporal: DevServer, *, one: dict[str, Any] | None = None
) -> AsyncIterator[tuple[Node, Node]]:
    """Run two nodes on one database that share a Temporal."""
    folders = folder / "one", folder / "other"
    for each in folders:
        each.mkdir()
    async with (
        durable_node(
            url=url, folder=folders[0], temporal=temporal, MASTER_KEY=MASTER_KEY, **(one or {})
        ) as first,
        durable_node(
            url=url, folder=folders[1], temporal=temporal, MASTER_KEY=MASTER_KEY, method=None
        ) as second,
    ):
        yield first, second


async def knows_source(node: Node, tenant_id: str) -> None:
    """Wait until a node has heard where a tenant's data come from."""

    async def knows() -> bool:
        return "sync:source" in await node.configs(tenant_id).tree()

    await eventually(knows)


async def all_tables(tenant: SyncedTenant) -> dict[str, Any]:
    """Return all that a page would change."""
    return {
        name: sorted(await tenant.table(name), key=repr)
        for name in ("synced_rows", "sync_collections", "sync_pages", "sync_tenants", "sync_runs")
    }

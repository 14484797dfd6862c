"""What is waited for, and what nobody goes on trying."""

import asyncio

import pytest

from tenantry.testing import Faults, injected
from tenantry.testing.upstream import Status, seeded
from tests.support.nodes import ROOT, Node
from tests.support.syncs import only_things, synced_tenant, things

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_source_that_asks_for_more_time_than_a_login_has_is_told_at_once(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        tenant.upstream.fail("things", Status(429, retry_after=600), times=None)

        async with asyncio.timeout(10):
            answer = await tenant.try_login()

        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "SYNC_NETWORK_ERROR"
        assert int(answer.headers["Retry-After"]) >= 600
        assert len(tenant.upstream.asked("things")) == 1


async def test_who_has_no_source_any_more_is_not_tried_for_ever(sync_node: Node, acme: str) -> None:
    async with synced_tenant(sync_node, acme, seeded({"users": 1}, tenant_id=acme)) as tenant:
        tenant.upstream.fail("creditConfigs", Status(403), times=None)
        await tenant.ensure()
        await tenant.settled()
        runs = len(await tenant.runs())
        await tenant.root.told("DELETE", "/config/sync:source", X_Tenant_ID=acme)

        for _ in range(2):
            sync_node.clock.advance(3_600)
            await sync_node.app.sync_parts.upkeep.sweep()

        assert len(await tenant.runs()) == runs
        due = (await tenant.state("creditConfigs"))["retry_at"]
        assert due > sync_node.clock.now_us() + 1_000 * 86_400_000_000


async def test_how_a_tenant_stands_is_read_at_one_moment(sync_node: Node, acme: str) -> None:
    """A run that ends between two reads would be called stuck, with a lease that nobody holds."""
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        await tenant.sync()

        with injected(Faults()) as faults:
            await sync_node.app.sync_parts.views.status(ROOT, acme)

        assert faults.call_count == 1

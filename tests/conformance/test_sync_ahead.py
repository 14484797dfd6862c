"""What depends on other collections is read beside them, and stored behind them."""

import asyncio

import pytest

from tenantry.sync.errors import SyncError
from tenantry.testing.upstream import Held, Status, seeded
from tests.support.nodes import Node
from tests.support.syncs import synced_tenant
from tests.support.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]


async def test_what_depends_on_others_is_read_beside_them_and_stored_behind_them(
    sync_node: Node, acme: str
) -> None:
    rows = seeded({"users": 30, "roles": 3, "roleAssignments": 40}, tenant_id=acme)
    async with synced_tenant(sync_node, acme, rows) as tenant:
        users = tenant.upstream.fail("users", Held())
        assignments = tenant.upstream.fail("roleAssignments", Held())
        syncing = asyncio.create_task(tenant.sync())

        await asyncio.gather(users.reached(), assignments.reached())
        assignments.release()
        await eventually(lambda: tenant.upstream.asked("roleAssignments", status=200))
        assert await tenant.live("roleAssignments") == {}
        users.release()
        await syncing

        assert tenant.upstream.pages("roleAssignments") == [1]
        stored = {name: await tenant.stored(name) for name in ("users", "roleAssignments")}
        assert [len(each) for each in stored.values()] == [30, 40]
        assert max(row["synced_at"] for row in stored["users"]) <= min(
            row["synced_at"] for row in stored["roleAssignments"]
        )


async def test_what_was_read_ahead_of_a_failure_is_not_stored_and_keeps_nobody_waiting(
    sync_node: Node, acme: str
) -> None:
    rows = seeded({"users": 30, "roles": 3, "roleAssignments": 40}, tenant_id=acme)
    async with synced_tenant(sync_node, acme, rows) as tenant:
        tenant.upstream.fail("users", Status(403), times=None)
        held = tenant.upstream.fail("roleAssignments", Held(), times=None)

        error = await tenant.try_sync()

        assert isinstance(error, SyncError)
        assert error.type == "AUTH_ERROR"
        tenant.upstream.mend()
        held.release()
        assert await tenant.live("roleAssignments") == {}
        await tenant.sync()
        assert len(await tenant.live("roleAssignments")) == 40


async def test_what_cannot_be_read_ahead_is_told_in_its_turn(sync_node: Node, acme: str) -> None:
    rows = seeded({"users": 30, "roles": 3, "roleAssignments": 40}, tenant_id=acme)
    async with synced_tenant(sync_node, acme, rows) as tenant:
        tenant.upstream.fail("roleAssignments", Status(403), times=None)

        error = await tenant.try_sync()

        assert isinstance(error, SyncError)
        assert error.type == "AUTH_ERROR"
        assert len(await tenant.live("users")) == 30
        assert (await tenant.state("users"))["status"] == "completed"
        assert (await tenant.state("roleAssignments"))["status"] == "failed"

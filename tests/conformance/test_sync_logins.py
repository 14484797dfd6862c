"""What logins and routes tell of syncs, and whom; and what is left of a tenant that is no more."""

import asyncio
from pathlib import Path

import pytest

from tenantry.testing.upstream import Held, Status, seeded
from tests.support.access_http import code_of, data_of
from tests.support.nodes import Node, recorded_journal, running_node
from tests.support.syncs import (
    TABLES,
    RunningClock,
    only_things,
    synced_tenant,
    things,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

MAX_AGE = 901


async def test_nobody_is_let_in_without_data_and_no_session_stays(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        tenant.upstream.fail("things", Status(403), times=None)

        answer = await tenant.try_login()

        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1
        error = answer.json()["error"]
        assert error["code"] == "SYNC_AUTH_ERROR"
        correlation_id = error["details"]["correlationId"]
        assert answer.headers["X-Correlation-ID"] == correlation_id
        assert error["message"].endswith(f"[{correlation_id}]")
        assert error["details"]["tenantId"] == acme
        assert error["details"]["retryable"] is False
        assert error["details"]["duration"] >= 0
        assert await tenant.table("sessions") == []

        tenant.upstream.mend()
        answer = await tenant.try_login()
        assert answer.status_code == 200
        assert answer.headers["X-Correlation-ID"] == data_of(answer)["sync"]["correlationId"]
        assert len(await tenant.table("sessions")) == 1


async def test_older_data_are_better_than_none(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        tenant.upstream.fail("things", Status(403), times=None)
        sync_node.clock.advance(MAX_AGE)

        for _ in range(3):
            sync = data_of(await tenant.try_login())["sync"]
            assert sync["stale"] is True
            await tenant.settled()

        # One has tried, and for a while nobody tries again.
        assert [run["status"] for run in await tenant.runs()] == ["completed", "failed"]


async def test_a_tenant_without_a_source_is_let_in_as_ever(sync_node: Node, acme: str) -> None:
    async with synced_tenant(sync_node, acme, {}) as tenant:
        await tenant.root.told("DELETE", "/config/sync:source", X_Tenant_ID=acme)

        logged_in = data_of(await tenant.try_login())

        assert logged_in["sync"] is None
        status = await tenant.status()
        assert (status["status"], status["needsSync"]) == ("not_started", True)
        trigger = await tenant.root.ask("POST", f"/api/sync/tenants/{acme}/trigger")
        assert trigger.status_code == 404
        assert code_of(trigger) == "no_source"


async def test_an_erased_tenant_leaves_nothing_and_no_run_brings_it_back(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(35)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        held = tenant.upstream.fail("things", Held(), page=2)
        under_way = asyncio.create_task(tenant.ensure(is_forced=True))
        await held.reached()

        await tenant.root.told("DELETE", f"/api/tenants/{acme}?confirm={acme}")
        held.release()
        await asyncio.wait({under_way})

        for table in TABLES:
            assert await tenant.table(table) == [], table
        assert under_way.exception() is not None
        # The sweeper leaves it alone too.
        sync_node.clock.advance(60)
        await sync_node.app.sync_parts.upkeep.sweep()
        for table in TABLES:
            assert await tenant.table(table) == [], table


async def test_a_suspended_tenant_is_not_asked_for_at_its_source(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        await tenant.root.told("POST", f"/api/tenants/{acme}/suspend")

        answer = await tenant.try_login()

        assert answer.status_code == 403
        assert tenant.upstream.requests == []


async def test_without_a_source_there_is_nothing_to_fetch(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(1)}, source=only_things()
    ) as tenant:
        await tenant.root.told("DELETE", "/config/sync:source", X_Tenant_ID=acme)

        answer = await tenant.root.ask("POST", f"/api/sync/tenants/{acme}/trigger")

        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (404, "no_source")
        assert error["details"]["tenantId"] == acme


async def test_of_an_unknown_tenant_strangers_hear_nothing(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(1)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        async with synced_tenant(sync_node, f"{acme}-b", {}) as other:
            await other.root.told("DELETE", "/config/sync:source", X_Tenant_ID=other.tenant_id)
            stranger = await other.log_in()
            (run,) = await tenant.runs()
            for method, path in (
                ("GET", f"tenants/{acme}/status"),
                ("GET", f"tenants/{acme}/progress"),
                ("GET", f"tenants/{acme}/method"),
                ("GET", f"tenants/{acme}/collections"),
                ("GET", f"tenants/{acme}/collections/things"),
                ("POST", f"tenants/{acme}/trigger"),
                ("POST", f"tenants/{acme}/force"),
                ("POST", f"tenants/{acme}/check"),
                ("DELETE", f"tenants/{acme}/lock"),
                ("GET", f"runs/{run['correlation_id']}"),
                ("POST", "cleanup"),
            ):
                status = await stranger.status(method, f"/api/sync/{path}")
                assert status in (403, 404), (method, path, status)
            for path in ("runs", "all", "metrics", "statistics", "method-stats"):
                told = await stranger.told("GET", f"/api/sync/{path}")
                assert acme + '"' not in str(told).replace("'", '"'), path


async def test_every_question_about_a_sync_has_an_answer(sync_node: Node, acme: str) -> None:
    """Defect S8: status, progress and statistics raise, and there is never a lock to release."""
    async with synced_tenant(sync_node, acme, seeded({"users": 3}, tenant_id=acme)) as tenant:
        path = f"/api/sync/tenants/{acme}"
        held = tenant.upstream.fail("users", Held())
        first = asyncio.create_task(tenant.ensure())
        await held.reached()

        status = await tenant.status()
        assert (status["status"], status["syncMethod"]) == ("in_progress", "direct")
        assert status["isStuck"] is False
        progress = await tenant.root.told("GET", f"{path}/progress")
        assert (progress["status"], progress["totalCollections"]) == ("in_progress", 8)
        named = {"X_Tenant_ID": acme}
        health = await tenant.root.told("GET", "/api/sync/health", **named)
        assert (health["activeSyncs"], health["stuckSyncs"]) == (1, 0)
        assert (await tenant.root.told("DELETE", f"{path}/lock"))["released"] is True
        held.release()
        await first
        await tenant.settled()

        assert (await tenant.status())["status"] == "completed"
        progress = await tenant.root.told("GET", f"{path}/progress")
        assert (progress["progress"], progress["syncedCollections"]) == (100, 8)
        statistics = await tenant.root.told("GET", "/api/sync/statistics", **named)
        assert (statistics["totalTenants"], statistics["completedTenants"]) == (1, 1)
        health = await tenant.root.told("GET", "/api/sync/health", **named)
        assert (health["status"], health["activeSyncs"]) == ("healthy", 0)
        told = await tenant.root.told("GET", "/api/sync/all", **named)
        assert [each["tenantId"] for each in told["tenants"]] == [acme]


async def test_nobody_is_let_in_without_their_roles(sync_node: Node, acme: str) -> None:
    """Defect S9: without role assignments a login goes on, and keys cross tenants."""
    async with synced_tenant(sync_node, acme, seeded({"users": 3}, tenant_id=acme)) as tenant:
        tenant.upstream.fail("roleAssignments", Status(403), times=None)

        assert (await tenant.try_login()).status_code == 503
        status = await tenant.status()
        assert (status["phase"], status["readyAt"]) == ("independent", None)
        tenant.upstream.mend()
        assert (await tenant.try_login()).status_code == 200


async def test_the_same_keys_of_two_tenants_are_two_rows(sync_node: Node, acme: str) -> None:
    """Defect S9: of one key there is one row, whosever it is."""
    mine, theirs = things(3, of="mine"), things(3, of="theirs")
    async with (
        synced_tenant(sync_node, acme, {"things": mine}, source=only_things()) as one,
        synced_tenant(sync_node, f"{acme}-b", {"things": theirs}, source=only_things()) as other,
    ):
        await asyncio.gather(one.sync(), other.sync())
        other.shelf.remove("things")
        await other.sync()

        assert {row["of"] for row in (await one.live("things")).values()} == {"mine"}
        assert len(await one.live("things")) == 3
        assert await other.live("things") == {}


async def test_figures_outlive_the_process_and_have_percentiles(
    database_url: str, tmp_path: Path, acme: str
) -> None:
    """Defect S11: metrics are one process's averages, and logs of tenants mix."""
    async with (
        running_node(url=database_url, folder=tmp_path, clock=RunningClock()) as node,
        synced_tenant(node, acme, {"things": things(3)}, source=only_things()) as tenant,
    ):
        for _ in range(3):
            await tenant.sync()
        tenant.upstream.fail("things", Status(404), times=None)
        assert await tenant.try_sync() is not None
        before = (await tenant.root.told("GET", "/api/sync/metrics"))["orchestration"]

        await node.restart()

        metrics = await tenant.root.told("GET", "/api/sync/metrics")
        after = metrics["orchestration"]
        assert after == before
        assert (after["totalSyncs"], after["failureRate"]) == (4, 25.0)
        assert after["errorTypes"] == {"VALIDATION_ERROR": 1}
        essential = after["durations"]["essential"]
        assert essential["count"] == 3
        assert 0 < essential["p50"] <= essential["p95"] <= essential["p99"]
        assert metrics["collections"]["things"]["failed"] == 1
        stats = await tenant.root.told("GET", "/api/sync/method-stats")
        assert (stats["totalSyncs"], stats["directSyncs"], stats["temporalSyncs"]) == (4, 4, 0)
        assert stats["successRate"] == {"direct": 75.0, "temporal": None}


async def test_every_line_of_a_run_names_the_run_and_its_tenant(sync_node: Node, acme: str) -> None:
    """Defect S11: lines of tenants that are synced at once cannot be told apart."""
    with recorded_journal() as journal:
        async with (
            synced_tenant(sync_node, acme, {"things": things(25)}, source=only_things()) as one,
            synced_tenant(
                sync_node, f"{acme}-b", {"things": things(25)}, source=only_things()
            ) as other,
        ):
            results = await asyncio.gather(one.sync(), other.sync())
        lines = [line for line in journal.lines if line.get("logger") == "tenantry.sync"]

    for result in results:
        own = [line for line in lines if line.get("tenant_id") == result.tenant_id]
        assert {line["correlation_id"] for line in own} == {result.correlation_id}
        assert any(line["event"].startswith("Sync method: direct (") for line in own)
    # The node is shared: others' runs may end meanwhile, and their lines say whose they are.
    for line in lines:
        assert line["correlation_id"].startswith(f"sync-{line['tenant_id']}-")


async def test_data_that_are_not_kept_fresh_are_not_called_so(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        assert (await tenant.status())["needsSync"] is False
        sync_node.clock.advance(MAX_AGE)
        assert (await tenant.status())["needsSync"] is True

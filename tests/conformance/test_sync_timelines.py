"""One timeline of a run: decision, lease, workflow, pages, in the order in which they were."""

import asyncio
import time
from pathlib import Path

import pytest

from tenantry.testing.upstream import Held, Status
from tests.support.callers import Caller
from tests.support.durable import Workflows, durable_node, in_memory
from tests.support.syncs import SyncedTenant, only_things, synced_tenant, things

ROWS = {"things": things(25)}


async def told_of(tenant: SyncedTenant, correlation_id: str | None) -> list[dict[str, object]]:
    """Return the timeline as the route tells it, which must be in order."""
    told = await Caller(tenant.node).told("GET", f"/api/sync/runs/{correlation_id}")
    timeline: list[dict[str, object]] = told["timeline"]
    instants = [str(each["at"]) for each in timeline]
    assert instants == sorted(instants)
    return timeline


def kinds_of(timeline: list[dict[str, object]], source: str) -> list[str]:
    return [str(each["kind"]) for each in timeline if each["source"] == source]


async def test_a_timeline_has_the_workflows_own_events_among_ours(
    tmp_path: Path, database_url: str
) -> None:
    with in_memory() as temporal:
        async with (
            durable_node(url=database_url, folder=tmp_path, temporal=temporal) as node,
            synced_tenant(node, "acme", ROWS, source=only_things()) as tenant,
        ):
            result = await tenant.sync()
            await (await Workflows.of(temporal)).ended("acme")
            timeline = await told_of(tenant, result.correlation_id)

            assert kinds_of(timeline, "sync") == [
                "started",
                "lease_taken",
                "workflow_started",
                "page_committed",
                "page_committed",
                "page_committed",
                "collection_completed",
                "essential_completed",
                "run_completed",
            ]
            kinds = kinds_of(timeline, "workflow")
            assert kinds[0] == "workflow_execution_started"
            assert kinds[-1] == "workflow_execution_completed"
            steps = [
                each["details"] for each in timeline if each["kind"] == "activity_task_completed"
            ]
            assert steps == [{"detail": "sync.finish"}]
            order = [str(each["kind"]) for each in timeline]
            assert order.index("lease_taken") < order.index("workflow_execution_started")
            assert order.index("run_completed") < order.index("workflow_execution_completed")
            decision = timeline[0]["details"]
            assert isinstance(decision, dict)
            assert decision["decision"]["method"] == "temporal"

            # It is ours to tell also where the server is away: without its part, and says so.
            await asyncio.to_thread(temporal.stop)
            began = time.monotonic()
            without = await told_of(tenant, result.correlation_id)
            assert time.monotonic() - began < 3
            assert kinds_of(without, "sync") == kinds_of(timeline, "sync")
            assert kinds_of(without, "workflow") == ["history_unavailable"]


async def test_a_fallback_is_seen_in_its_place(tmp_path: Path, sqlite_url: str) -> None:
    with in_memory() as temporal:
        async with (
            durable_node(
                url=sqlite_url, folder=tmp_path, temporal=temporal, TEMPORAL_AUTH_TIMEOUT_MS=300
            ) as node,
            synced_tenant(node, "acme", ROWS, source=only_things()) as tenant,
        ):
            held = tenant.upstream.fail("things", Held(), page=2)
            result = await tenant.sync()
            held.release()
            await (await Workflows.of(temporal)).ended("acme")

            timeline = await told_of(tenant, result.correlation_id)
            kinds = kinds_of(timeline, "sync")
            assert kinds.index("workflow_started") < kinds.index("fallback")
            assert kinds.index("fallback") < kinds.index("collection_resumed")
            (fallback,) = [each for each in timeline if each["kind"] == "fallback"]
            assert isinstance(fallback["details"], dict)
            assert str(fallback["details"]["reason"]).startswith("timeout: ")
            assert fallback["details"]["token"] == 2
            assert "workflow_execution_cancel_requested" in kinds_of(timeline, "workflow")


async def test_a_failure_is_told_with_its_type_on_both_sides(
    tmp_path: Path, sqlite_url: str
) -> None:
    with in_memory() as temporal:
        async with (
            durable_node(url=sqlite_url, folder=tmp_path, temporal=temporal) as node,
            synced_tenant(node, "acme", ROWS, source=only_things()) as tenant,
        ):
            tenant.upstream.fail("things", Status(401), times=None)
            await tenant.try_sync()
            (run,) = await tenant.runs()
            await (await Workflows.of(temporal)).ended("acme")

            timeline = await told_of(tenant, run["correlation_id"])
            assert kinds_of(timeline, "sync")[-1] == "run_failed"
            failures = [
                each["details"]
                for each in timeline
                if each["kind"] in ("marker_recorded", "workflow_execution_failed")
            ]
            assert failures == [
                {"detail": "sync.essential attempt 1 AUTH_ERROR"},
                {"detail": "AUTH_ERROR"},
            ]


@pytest.mark.parametrize("method", ["direct", "temporal"])
async def test_a_run_without_a_workflow_has_a_timeline_too(
    tmp_path: Path, sqlite_url: str, method: str
) -> None:
    """Be it that none was wanted, or that there was nobody to begin one."""
    async with (
        durable_node(url=sqlite_url, folder=tmp_path, temporal=in_memory(), method=method) as node,
        synced_tenant(node, "acme", ROWS, source=only_things()) as tenant,
    ):
        result = await tenant.sync()

        timeline = await told_of(tenant, result.correlation_id)
        assert kinds_of(timeline, "workflow") == []
        assert ("fallback" in kinds_of(timeline, "sync")) == (method == "temporal")
        assert kinds_of(timeline, "sync")[-1] == "run_completed"

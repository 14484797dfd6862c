"""Syncs through a Temporal where workers, steps or time fail: they end well, and never twice."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from tenantry.execution.dev_server import DevServer
from tenantry.testing.upstream import Held, Reset, Status
from tests.support.access_http import MASTER_KEY
from tests.support.durable import Workflows, durable_node, in_memory
from tests.support.durable_tenants import (
    FELL_BACK,
    ROWS,
    SOURCE,
    all_tables,
    assert_complete,
    assert_fell_back,
    ensuring,
    knows_source,
    synced,
    two_nodes,
)
from tests.support.nodes import Journal, recorded_journal
from tests.support.server import ServerProcess
from tests.support.syncs import synced_tenant
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def temporal() -> Iterator[DevServer]:
    """A server that runs."""
    with in_memory() as server:
        yield server


@pytest.fixture
def journal() -> Iterator[Journal]:
    with recorded_journal() as journal:
        yield journal


async def test_without_any_worker_a_login_falls_back_and_the_late_workflow_writes_nothing(
    tmp_path: Path, sqlite_url: str, temporal: DevServer
) -> None:
    """Defect S5: the original's workflow runs later, beside what has taken its place."""
    workflows = await Workflows.of(temporal)
    (tmp_path / "web").mkdir()
    async with synced(
        url=sqlite_url, folder=tmp_path / "web", temporal=temporal, ROLES="web"
    ) as tenant:
        result = await tenant.ensure()
        assert_fell_back(result, "no_worker")
        await assert_complete(tenant)
        before = await all_tables(tenant)
        (run,) = await workflows.all("acme")
        await eventually(lambda: _is_cancel_requested(workflows, run))

    async with durable_node(url=sqlite_url, folder=tmp_path / "web", temporal=temporal) as node:
        again = tenant.on(node)
        assert await workflows.ended("acme") == ["CANCELED"]
        # Also where nobody could tell it to stop.
        late = await _begin_again(temporal, workflows, run)
        assert await _ended(temporal, late) == ("SUPERSEDED", False)
        assert await all_tables(again) == before


async def test_work_for_a_worker_elsewhere_is_waited_for(
    tmp_path: Path, postgres_url: str, temporal: DevServer
) -> None:
    async with (
        two_nodes(postgres_url, tmp_path, temporal, one={"ROLES": "web"}) as (web, other),
        synced_tenant(web, "acme", ROWS, source=SOURCE) as tenant,
    ):
        result = await tenant.ensure()

        assert (result.sync_method, result.fallback_used) == ("temporal", False)
        await assert_complete(tenant)
        await assert_complete(tenant.on(other))


async def test_a_time_out_fences_and_cancels_the_workflow(
    tmp_path: Path, database_url: str, temporal: DevServer, journal: Journal
) -> None:
    """Defect S5: the original's fallback neither stops nor fences the workflow."""
    workflows = await Workflows.of(temporal)
    async with synced(
        url=database_url, folder=tmp_path, temporal=temporal, TEMPORAL_AUTH_TIMEOUT_MS=400
    ) as tenant:
        held = tenant.upstream.fail("things", Held(), page=2)
        login = ensuring(tenant)
        await held.reached()

        assert_fell_back(await login, "timeout")
        assert journal.events().count(FELL_BACK) == 1
        await assert_complete(tenant)
        before = await all_tables(tenant)
        # Were the page written that the workflow waits for, it would show.
        tenant.shelf.change("things", "thing-000015", name="later")
        held.release()

        assert await workflows.ended("acme") in (["CANCELED"], ["FAILED"])
        assert await all_tables(tenant) == before
        assert (await tenant.sync()).success
        await assert_complete(tenant)


async def test_a_forced_run_takes_the_place_of_a_workflow(
    tmp_path: Path, database_url: str, temporal: DevServer, journal: Journal
) -> None:
    workflows = await Workflows.of(temporal)
    async with synced(url=database_url, folder=tmp_path, temporal=temporal) as tenant:
        held = tenant.upstream.fail("things", Held(), page=2)
        first = ensuring(tenant)
        await held.reached()
        # What is superseded while it writes ends by itself, before it is ended.
        await eventually(lambda: tenant.stored("things"))

        forced = await tenant.ensure(is_forced=True)
        assert (forced.sync_method, forced.fallback_used) == ("temporal", False)
        # Who has waited for the first one gets the data of the second.
        assert (await first).success
        await assert_complete(tenant)
        before = await all_tables(tenant)
        tenant.shelf.change("things", "thing-000015", name="later")
        held.release()

        assert await workflows.ended("acme", count=2) == ["TERMINATED", "COMPLETED"]
        assert [run["status"] for run in await tenant.runs()] == ["superseded", "completed"]
        assert await all_tables(tenant) == before
        # Nothing has failed, and nobody has gone another way.
        assert FELL_BACK not in journal.events()


async def test_a_lock_that_is_released_ends_the_workflow_and_the_login_goes_on(
    tmp_path: Path, sqlite_url: str, temporal: DevServer
) -> None:
    async with synced(url=sqlite_url, folder=tmp_path, temporal=temporal) as tenant:
        held = tenant.upstream.fail("things", Held(), page=2)
        login = ensuring(tenant)
        await held.reached()

        unlocked = await tenant.root.told("DELETE", "/api/sync/tenants/acme/lock")
        assert unlocked["released"] is True
        held.release()

        assert (await login).success
        await assert_complete(tenant)


async def test_fifty_logins_on_each_of_two_nodes_are_one_workflow(
    tmp_path: Path, postgres_url: str, temporal: DevServer
) -> None:
    """Defect S4: the original starts a workflow for each login."""
    workflows = await Workflows.of(temporal)
    async with (
        two_nodes(postgres_url, tmp_path, temporal) as (one, other),
        synced_tenant(one, "acme", ROWS, source=SOURCE) as tenant,
    ):
        await knows_source(other, "acme")
        both = tenant, tenant.on(other)

        answers = await asyncio.gather(*(each.try_login() for each in both for _ in range(50)))

        assert {answer.status_code for answer in answers} == {200}
        ids = {answer.json()["data"]["sync"]["correlationId"] for answer in answers}
        assert len(ids) == 1
        await assert_complete(tenant)
        assert len(await tenant.runs()) == 1
        assert await workflows.ended("acme") == ["COMPLETED"]
        assert tenant.upstream.pages("things") == [1, 2, 3, 4]


async def test_a_node_that_stops_leaves_its_workflow_to_another(
    tmp_path: Path, postgres_url: str, temporal: DevServer
) -> None:
    workflows = await Workflows.of(temporal)
    async with (
        two_nodes(postgres_url, tmp_path, temporal) as (one, other),
        synced_tenant(one, "acme", ROWS, source=SOURCE) as tenant,
    ):
        await knows_source(other, "acme")
        held = tenant.upstream.fail("extras", Held(), page=2)
        assert (await tenant.ensure()).sync_method == "temporal"
        await held.reached()
        await one.stop()
        held.release()

        await assert_complete(tenant.on(other))
        # Nobody had to begin anew.
        assert [run["status"] for run in await tenant.on(other).runs()] == ["completed"]
        assert await workflows.ended("acme") == ["COMPLETED"]


async def test_runs_whose_place_another_has_taken_are_forgotten(
    tmp_path: Path, sqlite_url: str, temporal: DevServer
) -> None:
    async with synced(url=sqlite_url, folder=tmp_path, temporal=temporal) as tenant:
        for _ in range(5):
            held = tenant.upstream.fail("extras", Held(), page=2)
            assert (await tenant.ensure(is_forced=True)).success
            await held.reached()
            held.release()
        await assert_complete(tenant)

        await eventually(lambda: not tenant.syncing._flights)  # noqa: SLF001 - nobody else needs it


@pytest.mark.parametrize("collection", ["things", "extras"])
async def test_a_killed_workers_run_is_finished_by_another_node(
    tmp_path: Path, postgres_url: str, temporal: DevServer, collection: str
) -> None:
    environ = {
        "DATABASE_URL": postgres_url,
        "MASTER_KEY": MASTER_KEY,
        "TEMPORAL_ENABLED": "true",
        "TEMPORAL_ADDRESS": temporal.address,
        "ROLES": "worker",
    }
    folders = [tmp_path / name for name in ("web", "first", "second")]
    for folder in folders:
        folder.mkdir()
    first, second = (ServerProcess(folder, "--dev", **environ) for folder in folders[1:])
    async with synced(
        url=postgres_url,
        folder=folders[0],
        temporal=temporal,
        ROLES="web",
        MASTER_KEY=MASTER_KEY,
    ) as tenant:
        with first:
            await asyncio.to_thread(first.wait_until_ready)
            held = tenant.upstream.fail(collection, Held(), page=2)
            login = ensuring(tenant)
            await held.reached()
            with second:
                await asyncio.to_thread(second.wait_until_ready)
                first.signal(signal.SIGKILL)
                await asyncio.to_thread(first.wait)
                held.release()

                assert (await login).success
                await assert_complete(tenant)


async def test_a_background_collection_that_fails_is_told_and_tried_again(
    tmp_path: Path, database_url: str, temporal: DevServer
) -> None:
    """Defect S7: the original calls it completed, and never tries again."""
    workflows = await Workflows.of(temporal)
    async with synced(url=database_url, folder=tmp_path, temporal=temporal) as tenant:
        tenant.upstream.fail("extras", Status(401), times=None)
        result = await tenant.ensure()
        assert (result.success, result.sync_method) == (True, "temporal")
        await tenant.settled()

        status = await tenant.status()
        assert status["hasFailedCollections"] is True
        (failed,) = status["failedCollections"]
        assert (failed["collection"], failed["errorType"]) == ("extras", "AUTH_ERROR")
        assert len(await tenant.live("things")) == 35
        # Its own failure is no failure of the work: the others are complete.
        assert await workflows.ended("acme") == ["COMPLETED"]

        tenant.upstream.mend()
        tenant.upstream.forget()
        tenant.node.clock.advance(61)
        began = time.monotonic()

        async def is_whole() -> bool:
            return len(await tenant.live("extras")) == 25

        await eventually(is_whole, timeout=30)
        await assert_complete(tenant)
        assert time.monotonic() - began < 4, "a repair is not waited for"
        assert tenant.upstream.asked("things") == []
        assert [run["kind"] for run in await tenant.runs()] == ["full", "repair"]
        assert await workflows.ended("acme", count=2) == ["COMPLETED", "COMPLETED"]
        answer = await tenant.try_login()
        assert answer.json()["data"]["sync"]["hasFailedCollections"] is False


async def test_a_refused_token_fails_the_workflow_at_once(
    tmp_path: Path, database_url: str, temporal: DevServer
) -> None:
    """Defect S2: the original's workflow hides its failures; nobody sees or retries them."""
    workflows = await Workflows.of(temporal)
    async with synced(url=database_url, folder=tmp_path, temporal=temporal) as tenant:
        tenant.upstream.fail("things", Status(401), times=None)

        answer = await tenant.try_login()

        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "SYNC_AUTH_ERROR"
        assert await workflows.ended("acme") == ["FAILED"]
        (run,) = await workflows.all("acme")
        assert await workflows.failure_of(run) == ("AUTH_ERROR", False)
        # By the workflow once, and once directly.
        assert len(tenant.upstream.asked("things")) == 2
        (stored,) = await tenant.runs()
        assert (stored["status"], stored["error_type"]) == ("failed", "AUTH_ERROR")
        assert stored["temporal_error"].startswith("AUTH_ERROR: ")


async def test_a_lost_connection_is_tried_again_by_the_workflow(
    tmp_path: Path, sqlite_url: str, temporal: DevServer
) -> None:
    workflows = await Workflows.of(temporal)
    async with synced(url=sqlite_url, folder=tmp_path, temporal=temporal) as tenant:
        tenant.upstream.fail("things", Reset(), page=1, times=None)

        answer = await tenant.try_login()

        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "SYNC_NETWORK_ERROR"
        assert await workflows.ended("acme") == ["FAILED"]
        (run,) = await workflows.all("acme")
        assert await workflows.failure_of(run) == ("NETWORK_ERROR", True)
        asked = len(tenant.upstream.asked("things"))
        tenant.upstream.mend()
        assert (await tenant.sync()).success
        await assert_complete(tenant)
        assert asked > 2


async def _is_cancel_requested(workflows: Workflows, run: Any) -> bool:
    return any(
        event.HasField("workflow_execution_cancel_requested_event_attributes")
        for event in await workflows.events(run)
    )


async def _begin_again(temporal: DevServer, workflows: Workflows, run: Any) -> str:
    """Start a workflow with what `run` was started with, and return its id."""
    client = await Client.connect(temporal.address)
    started = (await workflows.events(run))[0].workflow_execution_started_event_attributes
    (told,) = await client.data_converter.decode(started.input.payloads)
    await client.start_workflow(started.workflow_type.name, told, id="late", task_queue="tenantry")
    return "late"


async def _ended(temporal: DevServer, workflow_id: str) -> tuple[str, bool]:
    """Return the error that a workflow has failed by, and whether it may be retried."""
    workflows = await Workflows.of(temporal)

    async def has_failed() -> Any:
        (run,) = [each for each in await workflows.all() if each.id == workflow_id]
        return run if run.status is not None and run.status.name == "FAILED" else None

    return await workflows.failure_of(await eventually(has_failed, timeout=30))

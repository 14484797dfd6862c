"""Runs: one at a time, whoever asks, and nobody stands in another's way."""

import asyncio
from pathlib import Path

import pytest

from tenantry.reliability import within
from tenantry.telemetry import EventRecord, SpanRecord, subscribe
from tenantry.testing.upstream import Held, Status, seeded
from tests.support.access_http import MASTER_KEY, code_of, data_of, rows_of
from tests.support.nodes import Node, running_node
from tests.support.syncs import (
    RunningClock,
    SyncedTenant,
    only_things,
    synced_tenant,
    things,
)
from tests.support.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

MAX_AGE = 901
ESSENTIAL = ("tenants", "organizations", "roles", "users", "roleAssignments")


def asked_of(tenant: SyncedTenant, name: str) -> int:
    return len(tenant.upstream.asked(name))


async def two_pages_of(tenant: SyncedTenant) -> None:
    async def are_there() -> bool:
        return len(await tenant.stored("things")) == 20

    await eventually(are_there)


async def test_a_thousand_who_ask_at_once_have_one_run(sync_node: Node, acme: str) -> None:
    """Defect S4: N logins of a tenant are N runs."""
    async with synced_tenant(sync_node, acme, seeded(tenant_id=acme)) as tenant:
        results = await asyncio.gather(*(tenant.ensure() for _ in range(1_000)))

        assert len({result.correlation_id for result in results}) == 1
        assert all(result.success for result in results)
        await tenant.settled()
        assert len(await tenant.runs()) == 1
        assert {name: asked_of(tenant, name) for name in ESSENTIAL} == {
            "tenants": 1,
            "organizations": 1,
            "roles": 1,
            "users": 2,
            "roleAssignments": 2,
        }


async def test_fifty_logins_have_one_run(sync_node: Node, acme: str) -> None:
    async with synced_tenant(sync_node, acme, seeded({"users": 30}, tenant_id=acme)) as tenant:
        answers = await asyncio.gather(*(tenant.try_login() for _ in range(50)))

        assert {answer.status_code for answer in answers} == {200}
        syncs = [data_of(answer)["sync"] for answer in answers]
        assert len({sync["correlationId"] for sync in syncs}) == 1
        await tenant.settled()
        assert len(await tenant.runs()) == 1
        assert {asked_of(tenant, name) for name in ESSENTIAL} == {1}


async def test_two_nodes_have_one_run(postgres_url: str, tmp_path: Path, acme: str) -> None:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    one = Node(url=postgres_url, folder=folders[0], clock=RunningClock(), MASTER_KEY=MASTER_KEY)
    other = Node(url=postgres_url, folder=folders[1], clock=RunningClock(), MASTER_KEY=MASTER_KEY)
    await one.start()
    await other.start()
    try:
        async with synced_tenant(one, acme, seeded(tenant_id=acme)) as tenant:
            there = tenant.on(other)
            await eventually(
                lambda: other.app.sync_parts.syncing._sources.find(acme)  # noqa: SLF001
            )
            await asyncio.gather(*(who.ensure() for who in [tenant, there] * 25))
            await tenant.settled()

            assert len(await tenant.runs()) == 1
            assert asked_of(tenant, "users") == 2

            # Whoever forces one at the same time is not refused, but has it done.
            forced = [who.ensure(is_forced=True) for who in [tenant, there] * 10]
            assert all(result.success for result in await asyncio.gather(*forced))
            await tenant.settled()
            assert len(await tenant.live("users")) == 120
    finally:
        await other.stop()
        await one.stop()


async def test_fresh_data_cost_neither_a_request_nor_a_look_into_the_database(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        tenant.upstream.forget()
        units: list[SpanRecord | EventRecord] = []
        stop = subscribe(
            lambda record: units.append(record) if record.name == "tenantry.db.unit" else None
        )

        try:
            result = await tenant.ensure()
        finally:
            stop()

        assert result.already_synced
        assert not result.stale
        assert tenant.upstream.requests == []
        assert units == []


async def test_stale_data_are_used_at_once_and_refreshed_behind_the_answer(
    sync_node: Node, acme: str
) -> None:
    """Defect S10: what was complete once is never looked at again."""
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        first = await tenant.sync()
        tenant.shelf.change("things", "thing-000001", name="changed")
        held = tenant.upstream.fail("things", Held())
        sync_node.clock.advance(MAX_AGE)

        answer = data_of(await tenant.try_login())["sync"]

        assert answer["stale"] is True
        assert answer["ageSeconds"] >= MAX_AGE
        assert answer["correlationId"] == first.correlation_id
        await held.reached()
        held.release()
        await tenant.settled()
        assert (await tenant.live("things"))["thing-000001"]["name"] == "changed"
        assert not (await tenant.ensure()).stale


async def test_a_forced_run_takes_the_place_of_another_which_writes_nothing_more(
    sync_node: Node, acme: str
) -> None:
    """Defect S5: what was given up goes on writing."""
    async with synced_tenant(
        sync_node, acme, {"things": things(35)}, source=only_things()
    ) as tenant:
        held = tenant.upstream.fail("things", Held(), page=3)
        first = asyncio.create_task(tenant.ensure())
        await held.reached()
        await two_pages_of(tenant)

        forced = asyncio.create_task(tenant.ensure(is_forced=True))
        await eventually(lambda: len(tenant.upstream.asked("things")) >= 2)
        result = await forced
        held.release()

        assert (await first).correlation_id == result.correlation_id
        await tenant.settled()
        superseded, present = await tenant.runs()
        assert (superseded["status"], present["status"]) == ("superseded", "completed")
        pages = [
            entry.details["page"]
            for entry in (await tenant.timeline(superseded["correlation_id"])).timeline
            if entry.kind == "page_committed"
        ]
        assert pages == [1, 2]
        assert len(await tenant.live("things")) == 35


async def test_two_who_force_at_once_do_not_stand_in_each_others_way(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(35)}, source=only_things()
    ) as tenant:
        async with asyncio.timeout(8):
            results = await asyncio.gather(*(tenant.ensure(is_forced=True) for _ in range(5)))
            await tenant.settled()

        assert all(result.success for result in results)
        runs = await tenant.runs()
        assert sum(run["status"] == "completed" for run in runs) >= 1
        assert len(await tenant.live("things")) == 35


async def test_a_released_lock_is_taken_from_whoever_had_it(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(35)}, source=only_things()
    ) as tenant:
        held = tenant.upstream.fail("things", Held(), page=3)
        first = asyncio.create_task(tenant.ensure())
        await held.reached()
        await two_pages_of(tenant)
        path = f"/api/sync/tenants/{acme}/lock"

        released = await tenant.root.told("DELETE", path)
        assert (released["released"], released["message"]) == (True, "Lock released")
        held.release()
        await first
        await tenant.settled()

        superseded, present = await tenant.runs()
        assert (superseded["status"], present["status"]) == ("superseded", "completed")
        assert (await tenant.kinds(superseded["correlation_id"])).count("page_committed") == 2
        assert (await tenant.root.told("DELETE", path))["message"] == "No lock to release"


async def test_a_run_that_takes_too_long_is_ended(
    database_url: str, tmp_path: Path, acme: str
) -> None:
    """Defect S6: a time-out has a type of its own, and what was late goes on."""
    async with (
        running_node(
            url=database_url, folder=tmp_path, clock=RunningClock(), SYNC_TIMEOUT_MS=400
        ) as node,
        synced_tenant(node, acme, {"things": things(35)}, source=only_things()) as tenant,
    ):
        held = tenant.upstream.fail("things", Held(), page=2, times=None)

        answer = await tenant.try_login()

        assert answer.status_code == 503
        assert code_of(answer) == "SYNC_TIMEOUT_ERROR"
        (run,) = await tenant.runs()
        assert (run["status"], run["error_type"]) == ("failed", "TIMEOUT_ERROR")
        before = await tenant.table("sync_timeline")
        held.release()
        tenant.upstream.mend()
        await eventually(lambda: tenant.upstream.asked("things", status=200))
        assert await tenant.table("sync_timeline") == before
        assert len(await tenant.stored("things")) == 10

        # Whoever comes next goes on behind the page that was written.
        assert (await tenant.try_login()).status_code == 200
        assert len(await tenant.live("things")) == 35


async def test_a_background_collection_that_fails_stops_no_other_and_is_visible(
    sync_node: Node, acme: str
) -> None:
    """Defect S7: what has failed in the background is called complete, and never tried again."""
    async with synced_tenant(sync_node, acme, seeded({"users": 3}, tenant_id=acme)) as tenant:
        tenant.shelf.add("creditConfigs", {"configId": "c1"})
        tenant.shelf.add("entityCredits", {"entityId": "e1"})
        tenant.upstream.fail("creditConfigs", Status(404), times=None)

        result = await tenant.ensure()
        assert result.success
        await tenant.settled()

        (run,) = await tenant.runs()
        assert (run["status"], run["phase"]) == ("failed", "background")
        assert run["essential_at"] is not None
        assert await tenant.live("entityCredits") == {"e1": {"entityId": "e1"}}
        status = await tenant.status()
        assert status["hasFailedCollections"] is True
        (failed,) = status["failedCollections"]
        assert failed["collection"] == "creditConfigs"
        assert failed["errorType"] == "VALIDATION_ERROR"
        assert failed["nextAttemptAt"]
        assert (await tenant.ensure()).has_failed_collections

        tenant.upstream.mend()
        tenant.upstream.forget()
        sync_node.clock.advance(61)
        await eventually(lambda: tenant.upstream.asked("creditConfigs", status=200), timeout=20)
        await tenant.settled()

        assert {request.collection for request in tenant.upstream.requests} == {"creditConfigs"}
        assert await tenant.live("creditConfigs") == {"c1": {"configId": "c1"}}
        assert (await tenant.status())["hasFailedCollections"] is False

        async def login_hears_of_it() -> bool:
            return not (await tenant.ensure()).has_failed_collections

        await eventually(login_hears_of_it)


async def test_an_essential_part_that_fails_while_data_are_fresh_is_mended_once(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        tenant.upstream.fail("things", Status(404), times=None)
        assert await tenant.try_sync() is not None
        tenant.upstream.mend()
        sync_node.clock.advance(61)
        await eventually(lambda: tenant.upstream.asked("things", status=304), timeout=20)
        await tenant.settled()
        count = len(await tenant.runs())

        sync_node.clock.advance(11)
        await eventually(sync_node.app.sync_parts.upkeep.sweep)
        assert len(await tenant.runs()) == count
        assert (await tenant.state("things"))["status"] == "completed"


async def test_who_goes_away_ends_nobodys_run(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        held = tenant.upstream.fail("things", Held())
        first = asyncio.create_task(tenant.ensure())
        await held.reached()
        second = asyncio.create_task(tenant.ensure())
        await asyncio.sleep(0)

        first.cancel()
        await asyncio.wait({first})
        held.release()

        assert first.cancelled()
        assert (await second).success
        await tenant.settled()
        assert len(await tenant.runs()) == 1


async def test_the_deadline_of_who_came_first_is_not_the_runs(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        held = tenant.upstream.fail("things", Held())
        with within(0.2, clock=sync_node.clock) as deadline:
            first = asyncio.create_task(tenant.ensure())
        await held.reached()
        await eventually(lambda: deadline.is_over)
        held.release()

        assert (await first).success
        await tenant.settled()
        (run,) = await tenant.runs()
        assert run["status"] == "completed"


async def test_another_source_makes_data_stale(sync_node: Node, acme: str) -> None:
    async with synced_tenant(
        sync_node, acme, {"things": things(3)}, source=only_things()
    ) as tenant:
        await tenant.sync()
        await tenant.declare(**only_things(page_size=7))

        assert (await tenant.ensure()).stale
        await tenant.settled()
        assert not (await tenant.ensure()).stale


async def test_a_stop_gives_back_what_the_next_start_goes_on_with(
    database_url: str, tmp_path: Path, acme: str
) -> None:
    async with (
        running_node(url=database_url, folder=tmp_path, clock=RunningClock()) as node,
        synced_tenant(node, acme, {"things": things(35)}, source=only_things()) as tenant,
    ):
        held = tenant.upstream.fail("things", Held(), page=3)
        first = asyncio.create_task(tenant.ensure())
        await held.reached()
        await node.stop()
        held.release()
        await asyncio.wait({first})
        tenant.upstream.forget()

        node.renew()
        await node.start()
        async with asyncio.timeout(5):
            result = await tenant.ensure()

        assert result.success
        await tenant.settled()
        assert len(await tenant.live("things")) == 35
        assert tenant.upstream.pages("things")[0] in (2, 3)


async def test_a_lost_lease_stalls_nobody(sync_node: Node, acme: str) -> None:
    """Whatever a run has lost its place by, whoever waits for it does not wait for a lease."""
    async with synced_tenant(
        sync_node, acme, {"things": things(35)}, source=only_things()
    ) as tenant:
        held = tenant.upstream.fail("things", Held(), page=2)
        first = asyncio.create_task(tenant.ensure())
        await held.reached()
        # Another has begun a pass of the same collection, as a doubled attempt of a step may.
        await tenant.execute("UPDATE sync_collections SET pass_id = pass_id + 1")
        held.release()

        async with asyncio.timeout(5):
            assert (await first).success
        await tenant.settled()
        assert len(await tenant.live("things")) == 35


async def test_what_the_source_asks_for_is_waited_for_under_the_lease(
    sync_node: Node, acme: str
) -> None:
    async with synced_tenant(sync_node, acme, seeded({"users": 1}, tenant_id=acme)) as tenant:
        tenant.upstream.fail("creditConfigs", Status(429, retry_after=50), times=1)

        await tenant.ensure()
        await eventually(lambda: tenant.upstream.asked("creditConfigs", status=429))

        async def is_kept() -> bool:
            leases = await rows_of(sync_node, "leases", name=f"sync:{acme}")
            return any(each["expires_at"] > sync_node.clock.now_us() + 7_000_000 for each in leases)

        # Longer than a lease lasts, and nobody thinks that the run was left lying.
        for _ in range(24):
            await eventually(is_kept)
            sync_node.clock.advance(2)
        assert [run["status"] for run in await tenant.runs()] == ["running"]
        sync_node.clock.advance(3)
        await tenant.settled()

        assert [run["status"] for run in await tenant.runs()] == ["completed"]
        assert asked_of(tenant, "creditConfigs") == 2

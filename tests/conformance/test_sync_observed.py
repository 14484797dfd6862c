"""What a run leaves behind for whoever looks: lines, a file of each day, figures, health."""

import asyncio
import re
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from tenantry.telemetry.branch import BRANCHES
from tenantry.testing.upstream import Held, Status, seeded
from tests.support.access_http import data_of
from tests.support.nodes import Journal, Node, recorded_journal, running_node
from tests.support.syncs import RunningClock, SyncedTenant, only_things, synced_tenant, things
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(60)

RUN = re.compile(r"sync-[a-z0-9-]+-[0-9]{13}-[0-9a-z]{9}")
COLLECTIONS = {
    "tenants",
    "organizations",
    "roles",
    "users",
    "roleAssignments",
    "employeeAssignments",
    "creditConfigs",
    "entityCredits",
}


@pytest.fixture
def journal() -> Iterator[Journal]:
    with recorded_journal() as journal:
        yield journal


@pytest_asyncio.fixture
async def node(sqlite_url: str, tmp_path: Path, journal: Journal) -> AsyncIterator[Node]:
    assert not journal.text
    async with running_node(url=sqlite_url, folder=tmp_path, clock=RunningClock()) as node:
        yield node


@pytest_asyncio.fixture
async def acme(node: Node) -> AsyncIterator[SyncedTenant]:
    async with synced_tenant(node, "acme", seeded(tenant_id="acme")) as tenant:
        yield tenant


def written(node: Node) -> list[dict[str, Any]]:
    """Return the lines in the files of days."""
    for branch in BRANCHES.present:
        branch.sink.flush()
    paths = sorted((node.app.settings.data_dir / "logs").glob("sync-*.log"))
    lines = [line for path in paths for line in path.read_bytes().splitlines()]
    return [msgspec.json.decode(line) for line in lines]


def methods(lines: list[dict[str, Any]]) -> list[str]:
    return [line["event"] for line in lines if line["event"].startswith("Sync method: ")]


async def value(node: Node, series: str) -> float:
    page = (await node.http.get("/metrics")).text
    found = re.search(rf"^{re.escape(series)} (\S+)$", page, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def services(node: Node) -> dict[str, Any]:
    report = (await node.http.get("/health")).json()["data"]
    return {service["service"]: service for service in report["services"]}


async def test_every_login_says_which_method_it_took_and_why(
    acme: SyncedTenant, journal: Journal
) -> None:
    await acme.try_login()
    await acme.settled()
    await acme.try_login()
    acme.node.clock.advance(901)
    await acme.try_login()
    await acme.settled()

    first, fresh, stale, refreshed = methods(journal.lines)
    assert first == "Sync method: direct (TEMPORAL_ENABLED=false)"
    assert re.fullmatch(r"Sync method: direct \(fresh: [0-9]+ s old\)", fresh)
    assert re.fullmatch(
        r"Sync method: direct \(stale: 90[0-9] s old, a run refreshes them\)", stale
    )
    assert refreshed == first


async def test_one_that_joins_a_run_says_whose_it_was(acme: SyncedTenant, journal: Journal) -> None:
    held = acme.upstream.fail("users", Held())
    logins = [asyncio.create_task(acme.try_login()) for _ in range(3)]
    await held.reached()
    held.release()
    ids = {(await login).headers["x-correlation-id"] for login in logins}
    await acme.settled()

    lines = [line for line in journal.lines if line["event"].startswith("Sync method: ")]
    assert [line["event"] for line in lines[1:]] == [
        "Sync method: direct (of a run that was under way)"
    ] * 2
    assert {line["correlation_id"] for line in lines} == ids


async def test_every_line_of_a_run_has_its_id_and_its_tenant(
    acme: SyncedTenant, journal: Journal
) -> None:
    acme.upstream.fail("entityCredits", Status(404))
    answer = await acme.try_login()
    await acme.settled()
    await eventually(lambda: "Sync is done" in journal.text)

    run = answer.headers["x-correlation-id"]
    lines = [line for line in journal.lines if line.get("logger") == "tenantry.sync"]
    assert {(line["correlation_id"], line["tenant_id"]) for line in lines} == {(run, "acme")}
    told = [line["event"] for line in lines]
    assert told.count("Collection synchronised") == 7
    assert "Collections could not be synchronised" in told
    assert {"Sync is ready", "Sync is done"} < set(told)


async def test_no_page_is_a_line(node: Node, journal: Journal) -> None:
    async with synced_tenant(node, "acme", {"things": things(60)}, source=only_things()) as tenant:
        tenant.upstream.fail("things", Status(503), page=3, times=2)
        await tenant.sync()
        assert len(tenant.upstream.pages("things")) == 8

    lines = [line for line in journal.lines if line.get("logger") == "tenantry.sync"]
    assert [line["event"] for line in lines] == [
        "Sync method: direct (TEMPORAL_ENABLED=false)",
        "Collection synchronised",
        "Sync is ready",
        "Sync is done",
    ]


async def test_the_answer_of_a_login_names_the_run(acme: SyncedTenant) -> None:
    first = await acme.try_login()
    await acme.settled()
    second = await acme.try_login()

    run = first.headers["x-correlation-id"]
    assert RUN.fullmatch(run)
    assert data_of(first)["sync"]["correlationId"] == run
    assert second.headers["x-correlation-id"] == run
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_so_does_the_answer_of_one_that_failed(acme: SyncedTenant, journal: Journal) -> None:
    acme.upstream.fail("users", Status(404))
    answer = await acme.try_login()

    assert answer.status_code == 503
    run = answer.headers["x-correlation-id"]
    assert answer.headers.get_list("x-correlation-id") == [run]
    error = answer.json()["error"]
    assert (error["code"], error["details"]["correlationId"]) == ("SYNC_VALIDATION_ERROR", run)
    assert error["message"].endswith(f"[{run}]")
    (line,) = [line for line in journal.lines if line["event"] == "Sync failed"]
    assert (line["level"], line["correlation_id"]) == ("error", run)

    forced = await acme.root.ask("POST", "/api/sync/tenants/acme/force")
    assert len(forced.headers.get_list("x-correlation-id")) == 1


async def test_a_login_without_a_source_names_no_run(node: Node) -> None:
    async with synced_tenant(node, "acme", {}) as tenant:
        await tenant.root.ask("DELETE", "/config/sync:source", X_Tenant_ID="acme")
        answer = await tenant.try_login()

    assert answer.status_code == 200
    assert "x-correlation-id" not in answer.headers


async def test_the_file_of_the_day_tells_tenants_apart(node: Node) -> None:
    """Defect S11: lines of tenants that are synchronised side by side are mixed up."""
    acme = synced_tenant(node, "acme", seeded(tenant_id="acme"))
    umbrella = synced_tenant(node, "umbrella", seeded(tenant_id="umbrella"))
    async with acme as one, umbrella as other:
        held = [tenant.upstream.fail("users", Held()) for tenant in (one, other)]
        runs = [asyncio.create_task(tenant.ensure()) for tenant in (one, other)]
        for each in held:
            await each.reached()
        for each in held:
            each.release()
        results = await asyncio.gather(*runs)
        for tenant in (one, other):
            await tenant.settled()
        await eventually(
            lambda: sum(line["event"] == "Sync is done" for line in written(node)) == 2
        )

    lines = written(node)
    for result in results:
        own = [line for line in lines if line["correlation_id"] == result.correlation_id]
        assert {line["tenant_id"] for line in own} == {result.tenant_id}
        synced = [line for line in own if line["event"] == "Collection synchronised"]
        assert {line["collection"] for line in synced} == COLLECTIONS
    assert len({line["correlation_id"] for line in lines}) == 2
    (path,) = (node.app.settings.data_dir / "logs").iterdir()
    assert re.fullmatch(r"sync-[0-9]{4}-[0-9]{2}-[0-9]{2}\.log", path.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_request_cannot_write_into_it_by_the_name_that_it_gives_itself(node: Node) -> None:
    for name in ("sync-acme-1705314600000-0a1b2c3d4", "sync-default-1705314600000-0a1b2c3d4"):
        await node.http.get("/api/sync/health", headers={"X-Request-ID": name})
        await node.http.put("/config/a", json={"value": 1}, headers={"X-Request-ID": name})

    assert written(node) == []


async def test_a_folder_that_cannot_be_written_fails_no_login(
    acme: SyncedTenant, journal: Journal
) -> None:
    # A file in its place: a test may well be root, whom no mode keeps out.
    (acme.node.app.settings.data_dir / "logs").write_text("in the way")
    for _ in range(3):
        assert (await acme.try_login()).status_code == 200
    await acme.settled()
    for branch in BRANCHES.present:
        branch.sink.flush()

    await eventually(lambda: "A log file cannot be written" in journal.text)
    assert journal.events().count("[warning] A log file cannot be written") == 1
    assert await value(acme.node, "tenantry_log_lines_dropped_total") > 0


async def test_runs_are_counted_and_nothing_of_a_tenant_is(acme: SyncedTenant) -> None:
    await acme.try_login()
    await acme.settled()
    await acme.try_login()
    await eventually(lambda: not acme.syncing._background)  # noqa: SLF001 - nobody waits for that

    node = acme.node
    ended = 'tenantry_sync_runs_total{fallback="false",method="direct",outcome="completed"}'
    assert await value(node, ended) == 1
    assert await value(node, "tenantry_sync_active_runs") == 0
    assert await value(node, 'tenantry_sync_essential_seconds_count{method="direct"}') == 1
    assert await value(node, 'tenantry_sync_run_seconds_count{method="direct"}') == 1
    assert await value(node, 'tenantry_sync_answers_total{how="run"}') == 1
    assert await value(node, 'tenantry_sync_answers_total{how="fresh"}') == 1
    rows = len(await acme.table("synced_rows"))
    assert await value(node, 'tenantry_sync_rows_total{operation="written"}') == rows
    assert await value(node, "tenantry_sync_pages_total") >= len(COLLECTIONS)
    for collection in COLLECTIONS:
        read = f'tenantry_sync_collections_total{{collection="{collection}",outcome="read"}}'
        assert await value(node, read) == 1
    assert "acme" not in (await node.http.get("/metrics")).text


async def test_failures_retries_and_collections_read_again_are_counted(node: Node) -> None:
    async with synced_tenant(node, "acme", {"things": things(30)}, source=only_things()) as tenant:
        tenant.upstream.fail("things", Status(503), page=2)
        await tenant.sync()
        tenant.upstream.fail("things", Status(404))
        assert await tenant.try_sync() is not None

    failed = 'tenantry_sync_runs_total{fallback="false",method="direct",outcome="failed"}'
    assert await value(node, failed) == 1
    assert await value(node, "tenantry_sync_source_retries_total") == 1
    counted = 'tenantry_sync_collections_total{collection="other",outcome="failed"}'
    assert await value(node, counted) == 1
    assert await value(node, "tenantry_sync_active_runs") == 0


async def test_a_forced_run_supersedes_another_which_is_counted_once(
    acme: SyncedTenant, journal: Journal
) -> None:
    held = acme.upstream.fail("users", Held())
    login = asyncio.create_task(acme.ensure())
    await held.reached()
    forced = asyncio.create_task(acme.ensure(is_forced=True))
    held.release()
    await asyncio.gather(login, forced)
    await acme.settled()

    superseded = 'tenantry_sync_runs_total{fallback="false",method="direct",outcome="superseded"}'
    assert await value(acme.node, superseded) == 1
    assert journal.events().count("[info] Sync superseded") == 1


async def test_health_is_degraded_where_a_fifth_has_failed_and_never_worse(
    database_url: str, tmp_path: Path
) -> None:
    rows, source = {"things": things(5)}, only_things()
    async with (
        running_node(url=database_url, folder=tmp_path, clock=RunningClock()) as node,
        synced_tenant(node, "acme", rows, source=source) as tenant,
    ):
        await tenant.sync()
        assert (await services(node))["sync"]["status"] == "healthy"
        tenant.upstream.fail("things", Status(404), times=None)
        assert await tenant.try_sync() is not None
        node.clock.advance(11)

        assert (await node.http.get("/health")).status_code == 200
        sync = (await services(node))["sync"]
        assert sync["status"] == "degraded"
        assert sync["message"] == "1 of 2 runs have failed in 24 hours, 0 are stuck"


async def test_a_fallback_is_an_error_with_the_id_and_counted_by_its_reason(
    sqlite_url: str, tmp_path: Path, journal: Journal
) -> None:
    settings: dict[str, Any] = {
        "TEMPORAL_ENABLED": True,
        "USE_TEMPORAL_FOR_AUTH": True,
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    rows, source = {"things": things(5)}, only_things()
    async with (
        running_node(url=sqlite_url, folder=tmp_path, clock=RunningClock(), **settings) as node,
        synced_tenant(node, "acme", rows, source=source) as tenant,
    ):
        answer = await tenant.try_login()
        await tenant.settled()
        temporal = (await services(node))["temporal"]
        fell_back = await value(node, 'tenantry_sync_fallbacks_total{reason="unreachable"}')
        essential = 'tenantry_sync_essential_seconds_count{method="direct_fallback"}'
        assert await value(node, essential) == 1

    assert data_of(answer)["sync"]["syncMethod"] == "direct_fallback"
    assert fell_back == 1
    assert (temporal["status"], temporal["message"]) == (
        "degraded",
        "the server does not answer (unreachable): syncs are direct",
    )
    run = answer.headers["x-correlation-id"]
    (line,) = [
        line
        for line in journal.lines
        if line["event"] == "Temporal sync failed, falling back to direct"
    ]
    assert (line["level"], line["correlation_id"], line["reason"]) == ("error", run, "unreachable")
    assert (line["tenant_id"], line["logger"]) == ("acme", "tenantry.sync")
    assert methods(journal.lines)[0].startswith("Sync method: temporal (")


async def test_without_temporal_there_is_no_check_of_it(node: Node) -> None:
    assert "temporal" not in await services(node)


@pytest.mark.parametrize("roles", ["web", "worker", "web,worker"])
async def test_every_node_warns_of_a_temporal_that_is_not_there(
    sqlite_url: str, tmp_path: Path, journal: Journal, roles: str
) -> None:
    told = "USE_TEMPORAL_FOR_AUTH is true and TEMPORAL_ENABLED is not: syncs are direct"
    settings: dict[str, Any] = {"USE_TEMPORAL_FOR_AUTH": True, "ROLES": roles}
    async with running_node(url=sqlite_url, folder=tmp_path, **settings) as node:
        assert journal.events().count(f"[warning] {told}") == 1
        report = await node.app.doctor.examine()

    (finding,) = [each for each in report.findings if each.component == "Temporal"]
    assert (finding.status, finding.message) == ("warning", told)

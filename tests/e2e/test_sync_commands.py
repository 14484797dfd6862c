"""A tenant's data from a real upstream through a real server, as the command line sees them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenantry.testing.upstream import Raw
from tests.support.command_line import CommandLine
from tests.support.server import DEFAULT_TENANT, ServerProcess
from tests.support.terminals import TerminalProcess
from tests.support.upstreams import (
    ENVIRON,
    Upstream,
    syncing_server,
    tenant_with_source,
    user_of,
)
from tests.support.waiting import wait_until

NONSENSE = Raw(b'{"success": true, "data": "no list"}')
"""What no other attempt would mend."""

Site = tuple[ServerProcess, Upstream]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with syncing_server(tmp_path_factory.mktemp("sync")) as (server, upstream):
        yield server, upstream


@pytest.fixture
def upstream(site: Site) -> Upstream:
    return site[1]


@pytest.fixture
def acme(site: Site) -> str:
    """A tenant with a source, that no other test knows."""
    return tenant_with_source(*site)


@pytest.fixture
def sync(site: Site, acme: str, capsys: pytest.CaptureFixture[str]) -> "SyncLine":
    return SyncLine(site[0].data_dir.parent, capsys, tenant_id=acme)


class SyncLine(CommandLine):
    """Runs `tenantry sync …` for one tenant."""

    def __init__(self, cwd: Path, capture: pytest.CaptureFixture[str], *, tenant_id: str) -> None:
        super().__init__(cwd, capture)
        self.tenant_id = tenant_id

    def __call__(self, *arguments: str) -> int:
        return super().__call__("sync", *arguments, "--tenant", self.tenant_id)

    def collections(self) -> dict[str, Any]:
        """Return how the tenant's collections stand, by name."""
        found = self.json("collections")["collections"]
        return {each["collection"]: each for each in found}


def test_a_run_brings_everything_and_a_second_one_nothing(
    sync: SyncLine, upstream: Upstream
) -> None:
    assert sync("status") == 0
    assert ["status", "not_started"] in [line.split() for line in sync.out.splitlines()]

    assert sync("run") == 0, sync.err
    first, *table = sync.out.splitlines()
    assert first.startswith(f"{sync.tenant_id}: essential data synced in ")
    assert "(direct), run sync-acme-" in first
    assert ["users", "essential", "completed", "5"] in [line.split()[:4] for line in table]
    assert ["creditConfigs", "background", "completed", "1"] in [line.split()[:4] for line in table]

    upstream.fake.forget()
    again = sync.json("run")
    assert sync.code == 0
    assert (again["success"], again["alreadySynced"]) == (True, True)
    assert again["progress"]["progress"] == 100
    assert upstream.fake.asked() == []
    assert sync.json("status")["status"] == "completed"


def test_a_forced_run_is_another_one(sync: SyncLine) -> None:
    first = sync.json("run")["correlationId"]
    forced = sync.json("run", "--force")

    assert forced["correlationId"] != first
    runs = sync.json("runs")
    assert [run["correlationId"] for run in runs["items"]] == [forced["correlationId"], first]
    assert runs["next_cursor"] is None
    assert sync("runs", "--limit", "1") == 0
    assert len(sync.out.splitlines()) == 2
    assert "--all" in sync.err


def test_rows_are_lines_of_json(sync: SyncLine) -> None:
    sync("run")

    assert sync("rows", "users", "--limit", "2") == 0
    rows = [json.loads(line) for line in sync.out.splitlines()]
    assert [row["key"] for row in rows] == ["user-000001", "user-000002"]
    assert rows[0]["data"]["userId"] == "user-000001"
    assert not rows[0]["deleted"]
    assert "--all" in sync.err
    assert sync("rows", "users", "--all") == 0
    assert (len(sync.out.splitlines()), sync.err) == (5, "")
    document = sync.json("rows", "users", "--limit", "3")
    assert len(document["items"]) == 3
    assert document["next_cursor"]
    assert sync("rows", "nothing") == 1
    assert "has no collection 'nothing'" in sync.err


def test_a_collection_that_fails_stops_no_other_and_is_told(
    sync: SyncLine, upstream: Upstream
) -> None:
    upstream.fake.fail("creditConfigs", NONSENSE, times=None, tenant=sync.tenant_id)

    result = sync.json("run")

    assert sync.code == 1
    assert result["success"]
    collections = {each["collection"]: each for each in result["progress"]["collections"]}
    assert collections["creditConfigs"]["errorType"] == "VALIDATION_ERROR"
    assert collections["employeeAssignments"]["status"] == "completed"
    (failed,) = sync.json("status")["failedCollections"]
    assert failed["collection"] == "creditConfigs"
    assert sync("status") == 0
    assert "creditConfigs: VALIDATION_ERROR: " in sync.out


def test_a_run_that_fails_is_told_with_its_timeline(sync: SyncLine, upstream: Upstream) -> None:
    upstream.fake.fail("users", NONSENSE, times=None, tenant=sync.tenant_id)

    assert sync("run") == 1
    assert sync.err.startswith("error: sync failed, VALIDATION_ERROR: ")
    error = sync.json("run")["error"]
    assert sync.code == 1
    assert error["code"] == "SYNC_VALIDATION_ERROR"
    assert error["details"]["retryable"] is False
    correlation_id = error["details"]["correlationId"]
    assert error["message"].endswith(f"[{correlation_id}]")

    assert sync("timeline", correlation_id) == 0
    assert f"{sync.tenant_id}: failed" in sync.out
    assert "VALIDATION_ERROR" in sync.out
    told = sync.json("timeline", correlation_id)
    assert told["run"]["errorType"] == "VALIDATION_ERROR"
    assert sync("health") == 1
    assert sync.json("health")["status"] == "unhealthy"
    assert sync("sources", "check") == 1
    assert "no" in [line.split()[1] for line in sync.out.splitlines() if "users" in line]


def test_a_run_is_watched_while_it_goes_on(
    site: Site, upstream: Upstream, capsys: pytest.CaptureFixture[str]
) -> None:
    server, _ = site
    acme = tenant_with_source(server, upstream, page_size=1)
    sync = SyncLine(server.data_dir.parent, capsys, tenant_id=acme)
    held = upstream.hold(acme, "employeeAssignments", page=2)
    arguments = ("sync", "run", "--tenant", sync.tenant_id)

    with TerminalProcess(sync.cwd, *arguments, COLUMNS="100") as terminal:
        upstream.wait_for(held)
        wait_until(lambda: "7 of 8 collections" in terminal.shown, timeout=30)
        wait_until(lambda: "page 1" in terminal.shown, timeout=30)
        assert "running" in terminal.shown
        assert sync.json("status")["status"] == "in_progress"
        assert sync.collections()["users"]["status"] == "completed"
        upstream.let_go(held)
        assert terminal.wait() == 0
        shown = terminal.read_to_end()

    assert "essential data synced in" in shown


def test_a_run_can_be_left_to_the_server_and_followed(sync: SyncLine, upstream: Upstream) -> None:
    held = upstream.hold(sync.tenant_id, "employeeAssignments")

    result = sync.json("run", "--essential")
    assert sync.code == 0
    assert result["backgroundSyncStarted"]
    assert "progress" not in result
    upstream.let_go(held)

    assert sync("progress", "--follow") == 0
    assert sync.out.startswith(f"{sync.tenant_id}: completed, 100 %: 8 of 8 collections")
    assert sync.json("progress")["syncedCollections"] == 8


def test_a_lease_is_taken_away_and_the_next_run_goes_on(sync: SyncLine, upstream: Upstream) -> None:
    assert sync.json("unlock")["released"] is False
    held = upstream.hold(sync.tenant_id, "employeeAssignments")
    sync("run", "--essential")
    upstream.wait_for(held)

    assert sync.json("unlock")["released"] is True
    upstream.let_go(held)
    assert sync("run", "--force") == 0, sync.err
    assert {each["status"] for each in sync.collections().values()} == {"completed"}


def test_the_method_is_explained(sync: SyncLine) -> None:
    assert sync("explain") == 0
    assert sync.out.startswith("direct: ")
    assert sync.json("explain")["method"] == "direct"


def test_a_source_is_checked_and_nothing_is_kept(sync: SyncLine) -> None:
    assert sync("sources", "check") == 0
    assert ["users", "yes", "5", "5"] in [line.split() for line in sync.out.splitlines()]
    assert all(check["is_ok"] for check in sync.json("sources", "check")["checks"])
    assert sync.json("status")["status"] == "not_started"


def test_figures_are_of_the_tenant_that_is_named(sync: SyncLine) -> None:
    sync("run")

    assert sync("health") == 0
    assert sync.json("metrics")["orchestration"]["totalSyncs"] == 1
    assert sync.json("method-stats")["directSyncs"] == 1
    assert sync.json("statistics")["totalTenants"] == 1
    (listed,) = sync.json("list", "--status", "completed")["items"]
    assert listed["tenantId"] == sync.tenant_id
    assert sync.json("list", "--status", "failed")["items"] == []
    assert sync("list") == 0
    assert sync.out.splitlines()[1].split()[:2] == [sync.tenant_id, "completed"]


def test_root_sees_the_syncs_of_all_tenants(
    site: Site, sync: SyncLine, capsys: pytest.CaptureFixture[str]
) -> None:
    sync("run")
    root = CommandLine(sync.cwd, capsys)

    assert sync.tenant_id in [each["tenantId"] for each in root.json("sync", "list")["items"]]
    tenants = {run["tenantId"] for run in root.json("sync", "runs", "--all")["items"]}
    assert sync.tenant_id in tenants
    assert root("sync", "cleanup") == 0
    assert root.out == "nothing to do\n"
    assert root.json("sync", "cleanup") == {"takenUp": []}
    # Here the default tenant is meant; elsewhere nobody knows which that is.
    assert root.json("sync", "status")["tenantId"] == DEFAULT_TENANT
    server, _ = site
    root.environ.update(TENANTRY_SERVER=server.record.address, TENANTRY_TOKEN=server.record.token)
    assert root("sync", "status") == 64
    assert "--tenant" in root.err


def test_a_user_means_the_own_tenant_and_may_do_what_their_role_may(
    site: Site, sync: SyncLine, capsys: pytest.CaptureFixture[str]
) -> None:
    server, _ = site
    login = user_of(server, sync.tenant_id, "operator")
    with server.client() as http:
        token = http.post("/api/auth/login", json=login).json()["data"]["token"]
    line = CommandLine(sync.cwd, capsys)
    line.environ.update(TENANTRY_SERVER=server.record.address, TENANTRY_TOKEN=token)

    assert line.json("sync", "run")["tenantId"] == sync.tenant_id
    assert line("sync", "rows", "users") == 1
    assert "sync:rows" in line.err
    assert line("sync", "cleanup") == 1


def test_without_a_source_one_is_told_what_is_missing(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    line = CommandLine(site[0].data_dir.parent, capsys)
    line("tenants", "create", "bare", "--name", "Bare")

    assert line("sync", "run", "--tenant", "bare") == 1
    assert "sync:source" in line.err
    assert line("sync", "sources", "check", "--tenant", "bare") == 1
    assert "sync:source" in line.err
    assert line.json("sync", "status", "--tenant", "bare")["hasSource"] is False


def test_a_command_without_a_server_carries_the_run_out_itself(
    alone: CommandLine, upstream: Upstream
) -> None:
    tenant_id = upstream.new_tenant()
    alone.environ.update(ENVIRON)
    alone("tenants", "create", tenant_id, "--name", "Acme")
    source = json.dumps({"type": "http", "base_url": upstream.fake.base_url})
    assert alone("config", "set", "sync:source", source, "--json", "--tenant", tenant_id) == 0

    result = alone.json("sync", "run", "--tenant", tenant_id)

    assert alone.code == 0, alone.err
    assert result["progress"]["progress"] == 100
    assert alone("sync", "rows", "users", "--tenant", tenant_id) == 0
    assert len(alone.out.splitlines()) == 5


def test_a_login_says_what_its_sync_has_come_to(
    site: Site, sync: SyncLine, upstream: Upstream
) -> None:
    server, _ = site
    login = user_of(server, sync.tenant_id, "viewer")

    with server.client() as http:
        upstream.fake.fail("users", NONSENSE, times=1, tenant=sync.tenant_id)
        failed = http.post("/api/auth/login", json=login)
        first = http.post("/api/auth/login", json=login)
        again = http.post("/api/auth/login", json=login)
        status = http.get(f"/api/sync/tenants/{sync.tenant_id}/status")

    assert failed.status_code == 503, failed.text
    assert failed.json()["error"]["code"] == "SYNC_VALIDATION_ERROR"
    assert int(failed.headers["Retry-After"]) > 0
    assert failed.headers["X-Correlation-ID"].startswith(f"sync-{sync.tenant_id}-")
    result = first.json()["data"]["sync"]
    assert (result["success"], result["alreadySynced"]) == (True, False)
    assert result["counts"]["users"]["rows"] == 5
    assert again.json()["data"]["sync"]["alreadySynced"]
    for answer in (first, again, status):
        assert answer.headers["X-Correlation-ID"] == result["correlationId"]
        assert answer.headers["X-Request-ID"] != result["correlationId"]

"""Both clients of the SDK against a real server and a real upstream: what a program syncs."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest

from tenantry.sdk import (
    AccessClient,
    AsyncTenantSyncClient,
    Denied,
    NotFound,
    Retry,
    SyncFailed,
    TenantSyncClient,
    Unavailable,
)
from tenantry.sdk.access.acting import Acting
from tenantry.sdk.request import Request
from tenantry.sdk.sync.requests import SyncRequests
from tenantry.testing.upstream import Raw
from tests.support.server import ServerProcess
from tests.support.upstreams import (
    PASSWORD,
    Upstream,
    syncing_server,
    tenant_with_source,
    user_of,
)
from tests.support.waiting import eventually, wait_until

NONSENSE = Raw(b'{"success": true, "data": "no list"}')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerProcess, Upstream]]:
    with syncing_server(tmp_path_factory.mktemp("sync")) as (server, upstream):
        yield server, upstream


@pytest.fixture
def server(site: tuple[ServerProcess, Upstream]) -> ServerProcess:
    return site[0]


@pytest.fixture
def upstream(site: tuple[ServerProcess, Upstream]) -> Upstream:
    return site[1]


@pytest.fixture
def acme(site: tuple[ServerProcess, Upstream]) -> str:
    """A tenant with a source, that no other test knows."""
    return tenant_with_source(*site)


@pytest.fixture
def syncs(server: ServerProcess, acme: str) -> Iterator[TenantSyncClient]:
    with TenantSyncClient(**as_root(server), tenant=acme) as client:
        yield client


def as_root(server: ServerProcess) -> dict[str, Any]:
    return {"server": server.record.address, "token": server.record.token}


def test_a_tenant_is_synced_and_its_rows_are_read(syncs: TenantSyncClient, acme: str) -> None:
    assert syncs.status().status == "not_started"

    result = syncs.trigger()

    assert (result.success, result.tenant_id, result.sync_method) == (True, acme, "direct")
    assert result.counts["users"].rows == 5
    wait_until(lambda: syncs.status().status == "completed")
    assert syncs.trigger().already_synced
    assert syncs.progress().progress == 100
    assert {each.status for each in syncs.collections()} == {"completed"}
    rows = list(syncs.rows("users"))
    assert [row.key for row in rows] == [f"user-00000{number}" for number in range(1, 6)]
    assert rows[0].data["userId"] == rows[0].key
    with pytest.raises(NotFound):
        next(syncs.rows("nothing"))


def test_what_has_run_is_told(syncs: TenantSyncClient, acme: str) -> None:
    first = syncs.trigger()
    forced = syncs.force()
    assert forced.correlation_id is not None

    assert [run.correlation_id for run in syncs.runs()] == [
        forced.correlation_id,
        first.correlation_id,
    ]
    timeline = syncs.timeline(forced.correlation_id)
    assert timeline.run.tenant_id == acme
    assert timeline.timeline
    assert timeline.timeline == tuple(sorted(timeline.timeline, key=lambda each: each.at))
    assert syncs.method().method == "direct"
    assert all(check.is_ok for check in syncs.check())
    assert not syncs.unlock().is_released
    with pytest.raises(NotFound):
        syncs.timeline(f"sync-{acme}-1000000000000-000000000")


def test_figures_are_of_the_clients_tenant_or_of_all(
    server: ServerProcess, syncs: TenantSyncClient, acme: str
) -> None:
    syncs.trigger()

    assert syncs.metrics().orchestration.total_syncs == 1
    assert syncs.health().is_healthy
    assert syncs.method_stats().direct_syncs == 1
    assert syncs.statistics().total_tenants == 1
    assert [each.tenant_id for each in syncs.all()] == [acme]
    assert list(syncs.all(status="failed")) == []
    with TenantSyncClient(**as_root(server)) as root:
        assert acme in [each.tenant_id for each in root.all()]
        assert root.statistics().total_tenants >= 1
        assert root.status(tenant=acme).correlation_id is not None
        assert root.cleanup() == ()


def test_a_failure_says_whether_to_try_again(
    server: ServerProcess, syncs: TenantSyncClient, upstream: Upstream, acme: str
) -> None:
    upstream.fake.fail("users", NONSENSE, times=None, tenant=acme)
    login = user_of(server, acme, "viewer")

    with pytest.raises(SyncFailed) as failed:
        syncs.trigger()

    error = failed.value
    assert isinstance(error, Unavailable)
    assert (error.type, error.is_retryable, error.status) == ("VALIDATION_ERROR", False, 503)
    assert error.code == "SYNC_VALIDATION_ERROR"
    assert error.retry_after
    assert error.correlation_id is not None
    assert syncs.timeline(error.correlation_id).run.error_type == "VALIDATION_ERROR"
    assert len(list(syncs.runs())) == 1
    assert not syncs.health().is_healthy
    with AccessClient(server=server.record.address) as somebody, pytest.raises(SyncFailed):
        somebody.login(email=login["email"], password=PASSWORD)


def test_what_may_pass_is_retryable_and_not_repeated(
    server: ServerProcess, upstream: Upstream
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    acme = tenant_with_source(server, upstream, base_url=nobody)

    with TenantSyncClient(**as_root(server), tenant=acme, retry=Retry(attempts=5)) as syncs:
        with pytest.raises(SyncFailed) as failed:
            syncs.trigger()

        assert (failed.value.type, failed.value.is_retryable) == ("NETWORK_ERROR", True)
        assert failed.value.retry_after
        assert len(list(syncs.runs())) == 1


async def test_a_key_means_its_own_tenant(server: ServerProcess, acme: str) -> None:
    with AccessClient(**as_root(server)) as root:
        operator = root.keys.create("operator", role="operator", tenant=acme).key

    async with AsyncTenantSyncClient(server=server.record.address, token=operator) as syncs:
        result = await syncs.trigger()
        assert result.tenant_id == acme

        async def is_completed() -> bool:
            return (await syncs.status()).status == "completed"

        await eventually(is_completed)
        assert [run.correlation_id async for run in syncs.runs()] == [result.correlation_id]
        with pytest.raises(Denied) as denied:
            _ = [row async for row in syncs.rows("users")]
        assert denied.value.details is not None
        assert denied.value.details["permission"] == "sync:rows"


def test_a_login_has_the_sync_with_it(server: ServerProcess, acme: str) -> None:
    login = user_of(server, acme, "admin")

    with AccessClient(server=server.record.address) as somebody:
        session = somebody.login(email=login["email"], password=PASSWORD)

    assert session.sync["success"]
    assert session.sync["tenantId"] == acme


def test_every_route_of_sync_has_a_method(server: ServerProcess) -> None:
    syncs = SyncRequests(Acting(token=None, tenant="{tenant}"))
    asked = routes_of(
        syncs.trigger(),
        syncs.force(),
        syncs.status(),
        syncs.progress(),
        syncs.method(),
        syncs.collections(),
        syncs.rows("{collection}"),
        syncs.check(),
        syncs.unlock(),
        syncs.runs(),
        syncs.timeline("{correlation}"),
        syncs.all(),
        syncs.metrics(),
        syncs.health(),
        syncs.method_stats(),
        syncs.statistics(),
        syncs.cleanup(),
    )

    with server.client() as http:
        paths = http.get("/openapi.json").json()["paths"]
    there = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if path.startswith("/api/sync")
    }
    assert asked == there


def routes_of(*requests: Request[Any]) -> set[tuple[str, str]]:
    return {(each.method, unquote(each.target.partition("?")[0])) for each in requests}

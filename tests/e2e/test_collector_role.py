"""The role `collector` of a real server: a process beside it that collects, and only if asked."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import apsw
import pytest

from tenantry.testing.jetstream import FakeJetstream
from tenantry.testing.network import GeneratedNetwork
from tests.support.server import DEFAULT_TENANT, ServerProcess
from tests.support.waiting import eventually

COUNT: Final = 3_000
ALL_ROLES: Final = "web,worker,collector"
_NOBODY: Final = "http://127.0.0.1:9"
"""A port that nobody listens on: strategies have nobody to ask."""


@pytest.fixture
async def host() -> AsyncIterator[FakeJetstream]:
    async with FakeJetstream(GeneratedNetwork(5, users=100).events(COUNT)) as host:
        yield host


@pytest.fixture
async def begun() -> AsyncIterator[FakeJetstream]:
    """A host of whose events 1,000 have happened."""
    events = GeneratedNetwork(6, users=100).events(COUNT)
    async with FakeJetstream(events, published=1_000) as host:
        yield host


@asynccontextmanager
async def serving(
    folder: Path, host: FakeJetstream, roles: str = ALL_ROLES, **environ: str
) -> AsyncIterator[ServerProcess]:
    endpoints = {"JETSTREAM_ENDPOINT": host.v2, "ATPROTO_SERVICE": _NOBODY}
    server = ServerProcess(folder, "--roles", roles, **endpoints, **environ)
    # The host is served by this process: nothing here may hold it up.
    await asyncio.to_thread(server.__enter__)
    try:
        await asyncio.to_thread(server.wait_until_ready)
        yield server
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


async def ask(server: ServerProcess, method: str, path: str, **options: Any) -> Any:
    def send() -> Any:
        with server.client() as http:
            answer = http.request(method, path, **options)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    return await asyncio.to_thread(send)


async def status(server: ServerProcess) -> dict[str, Any]:
    return dict(await ask(server, "GET", "/api/collector/status"))


async def all_is_stored(server: ServerProcess, count: int = COUNT) -> dict[str, Any]:
    async def is_stored() -> dict[str, Any] | None:
        found = await status(server)
        return found if found["figures"]["events"] >= count else None

    found: dict[str, Any] | None = await eventually(is_stored, timeout=30)
    assert found is not None
    return found


async def is_collected(server: ServerProcess, tenant_id: str, count: int = 1_000) -> bool:
    headers = {"X-Tenant-ID": tenant_id}
    figures = await ask(server, "GET", "/api/collector/stats", headers=headers)
    return bool(figures["events"] >= count)


async def child_of(server: ServerProcess) -> int:
    async def pulse() -> dict[str, Any] | None:
        found = await status(server)
        told: dict[str, Any] | None = found["pulse"]
        return told if found["is_running"] else None

    found = await eventually(pulse, timeout=20)
    assert found is not None
    return int(found["node"].rpartition(":")[2])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that has ended and was not asked after yet.
    return (
        Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    )


def rows_of(server: ServerProcess, table: str) -> int:
    file = str(server.data_dir / "collector.sqlite")
    (count,) = next(apsw.Connection(file).execute(f"SELECT count(*) FROM {table}"))
    return int(count)


async def test_a_server_with_the_role_stores_the_stream_beside_its_own_data(
    tmp_path: Path, host: FakeJetstream
) -> None:
    async with serving(tmp_path, host) as server:
        found = await all_is_stored(server)

        assert (found["is_wanted"], found["is_running"]) == (True, True)

        async def is_connected() -> bool:
            return bool((await status(server))["pulse"]["connection"] == "connected")

        await eventually(is_connected)
        assert found["figures"]["dead_letters"] == 0
        assert found["tenant_id"] == DEFAULT_TENANT
        assert (await ask(server, "GET", "/api/collector/ledger"))["covered"]
        health = await ask(server, "GET", "/health")
        services = {each["service"]: each for each in health["services"]}
        # The made-up events are of an earlier day, and nobody is there whom strategies could ask.
        assert services["jetstream"]["status"] == "degraded"
        assert services["jetstream"]["message"].endswith(" s behind")
        assert services["atproto"]["status"] == "degraded"
        assert await asyncio.to_thread(server.stop) == 0


async def test_without_the_role_nothing_connects_out_and_no_file_is_made(
    tmp_path: Path, host: FakeJetstream
) -> None:
    async with serving(tmp_path, host, "web,worker") as server:
        found = server.data_dir / "collector.sqlite"
        assert not found.exists()

        told = await status(server)

        assert not told["is_running"]
        assert told["notes"] == ["nobody collects: start a server with the role collector"]
        assert host.connections == []


async def test_the_process_that_collects_is_started_again_and_goes_on_where_it_was(
    tmp_path: Path, begun: FakeJetstream
) -> None:
    async with serving(tmp_path, begun) as server:
        await all_is_stored(server, 1_000)
        killed = await child_of(server)

        os.kill(killed, signal.SIGKILL)
        begun.publish(COUNT)
        await all_is_stored(server)

        assert await child_of(server) != killed
        stored = await ask(server, "GET", "/api/collector/stats")
        assert stored["stored"] + stored["duplicates"] + stored["deletes"] == stored["events"]


async def test_whoever_collects_ends_with_the_server_that_is_killed(
    tmp_path: Path, host: FakeJetstream
) -> None:
    async with serving(tmp_path, host) as server:
        child = await child_of(server)

        server.process.kill()

        await eventually(lambda: not is_alive(child), timeout=20)


async def test_what_is_switched_off_stays_off_over_a_restart(
    tmp_path: Path, host: FakeJetstream
) -> None:
    async with serving(tmp_path, host) as server:
        await all_is_stored(server)
        await ask(server, "POST", "/api/collector/stop")

        async def has_stopped() -> bool:
            return bool((await status(server))["pulse"]["connection"] == "stopped")

        await eventually(has_stopped)
        await asyncio.to_thread(server.stop)
    asked = len(host.connections)

    async with serving(tmp_path, host) as server:
        await child_of(server)
        assert not (await status(server))["is_wanted"]
        assert len(host.connections) == asked

        await ask(server, "POST", "/api/collector/start")

        await eventually(lambda: len(host.connections) > asked)


async def test_of_an_erased_tenant_nothing_is_left_and_nothing_is_collected_again(
    tmp_path: Path, begun: FakeJetstream
) -> None:
    async with serving(tmp_path, begun, COLLECTOR_TENANT="acme") as server:
        await ask(server, "POST", "/api/tenants", json={"id": "acme", "name": "Acme"})
        acme = {"X-Tenant-ID": "acme"}
        await eventually(lambda: is_collected(server, "acme"), timeout=30)
        graph = {"seedHandles": ["someone.example"]}
        path = "/api/collector/strategies/follow-graph"
        await ask(server, "POST", path, headers=acme, json=graph)

        await ask(server, "DELETE", "/api/tenants/acme?confirm=acme")
        begun.publish(COUNT)
        await eventually(lambda: begun.connection_count == 0)

        for table in ("collector_posts", "collector_likes", "collector_users", "collector_runs"):
            assert rows_of(server, table) == 0
        assert rows_of(server, "collector_cursors") == 0


async def test_what_comes_back_of_an_erased_tenant_with_an_old_file_is_deleted_again(
    tmp_path: Path, host: FakeJetstream
) -> None:
    roles, old = "web,worker", tmp_path / "old.sqlite"
    acme = {"COLLECTOR_TENANT": "acme"}
    async with serving(tmp_path, host, **acme) as server:
        await ask(server, "POST", "/api/tenants", json={"id": "acme", "name": "Acme"})
        await eventually(lambda: is_collected(server, "acme"), timeout=30)
        found = server.data_dir / "collector.sqlite"
        assert await asyncio.to_thread(server.stop) == 0
    shutil.copy(found, old)
    async with serving(tmp_path, host, roles, **acme) as server:
        await ask(server, "DELETE", "/api/tenants/acme?confirm=acme")
        assert rows_of(server, "collector_posts") == 0
        assert await asyncio.to_thread(server.stop) == 0
    shutil.copy(old, found)

    async with serving(tmp_path, host, roles, **acme) as server:
        await eventually(lambda: not rows_of(server, "collector_posts"))
        await eventually(lambda: not rows_of(server, "collector_cursors"))

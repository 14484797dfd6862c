"""A node whose disk is full or whose database is away: refused, said, and healed by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tenantry.app import build_application
from tenantry.settings import load_settings
from tenantry.testing.vfs import FaultyDisk
from tests.faults.http_load import Load, assert_serves
from tests.faults.own_postgres import OwnPostgres
from tests.support.counts import IS_SOAK
from tests.support.server import ServerProcess
from tests.support.waiting import eventually
from tests.support.web import client_of

DEADLINE_SECONDS = 60
CLIENTS = 8
# What a busy machine may take besides.
SLACK_SECONDS = 5


async def test_on_a_full_disk_a_node_refuses_writes_answers_reads_and_heals(
    tmp_path: Path, disk: FaultyDisk
) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS), _served_from(tmp_path, disk) as http:
        await _put_all(http, "before", status=200)

        disk.fail("write", "full", file="wal")
        for refused in await _put_all(http, "refused", status=503):
            assert int(refused.headers["retry-after"]) >= 1
        assert (await http.get("/config/before-1")).text == "before-1"
        assert len((await http.get("/config")).json()) == CLIENTS
        assert (await http.get("/config/before-1/history")).json()[0]["stream_version"] == 1
        assert (await http.get("/readyz")).status_code == 503
        health = await http.get("/v1/health")
        assert health.status_code == 503
        assert health.json()["status"] == "unhealthy"
        assert health.json()["checks"]["database"] == "error"
        assert (await http.get("/livez")).status_code == 200

        disk.mend()
        await eventually(lambda: _is(http, 200, "/readyz", "/v1/health"))
        await _put_all(http, "after", status=200)
        names = {item["name"] for item in (await http.get("/config")).json()}
        assert names == {f"{word}-{n}" for word in ("before", "after") for n in range(CLIENTS)}


async def test_on_a_real_full_disk_a_server_refuses_writes_answers_reads_and_heals(
    tmp_path: Path, small_disk: Path
) -> None:
    ballast = small_disk / "ballast"
    url = f"sqlite:///{small_disk / 'tenantry.db'}"
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=url) as server:
        server.wait_until_ready()
        async with asyncio.timeout(DEADLINE_SECONDS), _client(server) as http:
            await _put_all(http, "before", status=200)

            _fill(ballast)
            await eventually(lambda: _is_refused(http, "/config/refused"))
            for path in ("/readyz", "/v1/health"):
                assert (await http.get(path)).status_code == 503
            assert (await http.get("/config/before-1")).text == "before-1"
            assert len((await http.get("/config")).json()) >= CLIENTS

            ballast.unlink()
            await eventually(lambda: _is(http, 200, "/readyz", "/v1/health"))
            await _put_all(http, "after", status=200)
        assert server.stop() == 0

    with ServerProcess(tmp_path, "--dev", DATABASE_URL=url) as server:
        server.wait_until_ready()
        async with _client(server) as http:
            for word in ("before", "after"):
                for number in range(CLIENTS):
                    assert (await http.get(f"/config/{word}-{number}")).text == f"{word}-{number}"


async def test_a_server_started_on_a_full_disk_is_not_ready_until_there_is_room(
    tmp_path: Path, small_disk: Path
) -> None:
    ballast = small_disk / "ballast"
    _fill(ballast)
    url = f"sqlite:///{small_disk / 'tenantry.db'}"
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=url) as server:
        async with asyncio.timeout(DEADLINE_SECONDS), _client(server) as http:
            await eventually(lambda: "trying again" in server.said())
            await _assert_tells_nothing(http)

            ballast.unlink()
            await eventually(lambda: _is(http, 200, "/readyz"), timeout=30)
            await _put_all(http, "after", status=200)


async def test_a_stopped_postgres_is_unhealthy_within_a_check_interval_and_back(
    tmp_path: Path, own_postgres: OwnPostgres, own_postgres_url: str
) -> None:
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=own_postgres_url) as server:
        server.wait_until_ready()
        async with asyncio.timeout(DEADLINE_SECONDS), _client(server) as http:
            assert (await http.get("/health")).json()["data"]["overall"] == "healthy"

            await asyncio.to_thread(own_postgres.stop)
            # A report is kept for a second, and a check that finds nobody takes two.
            await eventually(lambda: _is(http, 503, "/health"), timeout=1 + 2 + SLACK_SECONDS)
            told = (await http.get("/health")).json()
            assert told["success"] is False
            assert told["data"]["overall"] == "unhealthy"
            assert told["data"]["services"][0]["service"] == "database"
            assert told["data"]["services"][0]["status"] == "unhealthy"

            await asyncio.to_thread(own_postgres.start)
            # Again a second, and as long as a connection in the pool takes to come back.
            await eventually(lambda: _is(http, 200, "/health"), timeout=30)


@pytest.mark.soak
@pytest.mark.parametrize("ending", ["stop", "kill"] if IS_SOAK else ["stop"])
async def test_a_server_whose_postgres_goes_away_under_load_recovers_by_itself(
    tmp_path: Path, own_postgres: OwnPostgres, own_postgres_url: str, ending: str
) -> None:
    """The load checks each answer: a read says what is there, or 503, and never that it is gone."""
    load = Load()
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=own_postgres_url) as server:
        server.wait_until_ready()
        async with _client(server) as http, load.on(server.record.address):
            await load.acknowledged(100)

            await asyncio.to_thread(own_postgres.kill if ending == "kill" else own_postgres.stop)
            await eventually(
                lambda: load.writes[503] >= CLIENTS and load.reads[503] > 0, timeout=30
            )
            await eventually(lambda: _is(http, 503, "/readyz", "/v1/health"), timeout=30)
            await _assert_tells_nothing(http)

            await asyncio.to_thread(own_postgres.start)
            await eventually(lambda: _is(http, 200, "/readyz", "/v1/health"), timeout=30)
            await load.acknowledged(100)

        assert set(load.writes) <= {200, 404, 410, 412, 503}
        await assert_serves(server.record.address, load)
        assert server.stop() == 0


async def test_a_server_started_before_its_postgres_is_not_ready_until_that_is_there(
    tmp_path: Path, own_postgres: OwnPostgres, own_postgres_url: str
) -> None:
    await asyncio.to_thread(own_postgres.stop)
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=own_postgres_url) as server:
        async with asyncio.timeout(DEADLINE_SECONDS), _client(server) as http:
            await eventually(lambda: "Not ready, trying again" in server.said(), timeout=30)
            ready = await _assert_tells_nothing(http)
            assert ready["checks"]["started"] == "starting"
            assert "Tenantry listens on" in server.said()

            await asyncio.to_thread(own_postgres.start)
            await eventually(lambda: _is(http, 200, "/readyz", "/v1/health"), timeout=30)
            await _put_all(http, "after", status=200)
        assert server.stop() == 0


@asynccontextmanager
async def _served_from(folder: Path, disk: FaultyDisk) -> AsyncIterator[httpx.AsyncClient]:
    """Run a whole node in this process, on `disk`, and yield a client of it."""
    settings = load_settings({}, cwd=folder, overrides={"DEV": True, "API_PORT": 0})
    url = f"sqlite:///{folder / 'tenantry.db'}?vfs={disk.name}"
    app = build_application(msgspec.structs.replace(settings, database_url=url))
    await app.start()
    try:
        async with client_of(app.asgi) as http:
            yield http
    finally:
        disk.mend()
        await app.stop()


def _client(server: ServerProcess) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.record.address, timeout=30)


async def _put_all(http: httpx.AsyncClient, word: str, *, status: int) -> list[httpx.Response]:
    """Store a few settings at once; each is to be answered with `status`."""
    names = [f"{word}-{number}" for number in range(CLIENTS)]
    answers = await asyncio.gather(
        *(http.put(f"/config/{name}", json={"value": name}) for name in names)
    )
    assert {answer.status_code for answer in answers} == {status}
    return answers


async def _is(http: httpx.AsyncClient, status: int, *paths: str) -> bool:
    answers = await asyncio.gather(*(http.get(path) for path in paths))
    return {answer.status_code for answer in answers} == {status}


async def _is_refused(http: httpx.AsyncClient, path: str) -> bool:
    answer = await http.put(path, json={"value": "x" * 10_000})
    assert answer.status_code in (200, 503), answer
    return answer.status_code == 503


async def _assert_tells_nothing(http: httpx.AsyncClient) -> Any:
    """Fail unless it lives, is not ready, and answers nothing that is not sure.

    Returns what `/readyz` says.
    """
    live, ready, health, *told = await asyncio.gather(
        http.get("/livez"),
        http.get("/readyz"),
        http.get("/v1/health"),
        http.get("/config"),
        http.get("/config/kept"),
        http.get("/config/kept/history"),
        http.get("/config/kept/at/2024-01-15T10:30:00Z"),
        http.put("/config/refused", json={"value": 1}),
        http.delete("/config/kept"),
    )
    assert (live.status_code, ready.status_code, health.status_code) == (200, 503, 503)
    for answer in told:
        assert answer.status_code == 503, answer.url
        assert int(answer.headers["retry-after"]) >= 1
    return ready.json()


def _fill(file: Path) -> None:
    """Leave no room on the disk but a few pages."""
    block = bytes(65536)
    with file.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while ballast.write(block) == len(block):
            pass

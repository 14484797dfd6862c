"""The routes, on a node that is composed as in production."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tenantry.app import build_application
from tenantry.base import SystemClock
from tenantry.db import open_database
from tenantry.operations import restore
from tenantry.settings import Settings, load_settings
from tests.conformance.spine import tamper
from tests.support.nodes import Node, running_node
from tests.support.web import client_of


@pytest_asyncio.fixture
async def node(database_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    async with running_node(url=database_url, folder=tmp_path) as node:
        yield node


@pytest.mark.parametrize(
    "accept, kind, key",
    [
        ("application/health+json", "application/health+json", "checks"),
        ("application/health+json;q=0.1, application/json", "application/json", "data"),
        ("application/health+json;q=0", "application/json", "data"),
    ],
)
async def test_health_has_the_form_that_is_asked_for(
    node: Node, accept: str, kind: str, key: str
) -> None:
    health = await node.http.get("/health", headers={"Accept": accept})

    assert (health.status_code, health.headers["content-type"]) == (200, kind)
    assert key in health.json()


async def test_probes_answer_while_the_node_works(node: Node) -> None:
    live = await node.http.get("/livez")
    ready = await node.http.get("/readyz")
    health = await node.http.get("/v1/health")

    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert health.status_code == 200
    assert health.json() == {
        "status": "healthy",
        "timestamp": "2024-01-15T10:30:00.000000Z",
        "checks": {"eventstore": "ok", "projection": "ok", "database": "ok"},
    }


async def test_probes_tell_that_the_database_is_gone(node: Node) -> None:
    await node.app.database.stop()

    assert (await node.http.get("/livez")).status_code == 200
    assert (await node.http.get("/readyz")).status_code == 503
    health = await node.http.get("/v1/health")
    assert (health.status_code, health.json()["status"]) == (503, "unhealthy")


@pytest.mark.parametrize("path", ["/readyz", "/v1/health", "/health"])
async def test_a_probe_that_fails_says_when_to_ask_again(node: Node, path: str) -> None:
    assert "retry-after" not in (await node.http.get(path)).headers
    await node.app.database.stop()
    node.clock.advance(1)

    refused = await node.http.get(path)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")


async def test_a_draining_node_is_not_ready(node: Node) -> None:
    node.app.drain()

    ready = await node.http.get("/readyz")

    assert ready.status_code == 503
    assert ready.json()["checks"]["accepting"] == "draining"


async def test_the_status_of_the_database_says_where_it_stands(node: Node) -> None:
    await node.configs().put("a", 1)

    status = (await node.http.get("/api/db/status")).json()["data"]
    head = (await node.http.get("/api/log/head")).json()["data"]

    assert status["dialect"] == node.app.database.dialect
    assert status["is_current"] is True
    assert status["migrations_pending"] == []
    assert status["head"] == head
    assert head["position"] == 1
    assert head["expect"] == f"1:{head['hash']}"


async def test_a_verification_is_told_line_by_line(node: Node) -> None:
    await node.configs().put("a", 1)

    answer = await node.http.post("/api/log/verify")

    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[0] == {"progress": {"done": 1, "total": 1}}
    assert lines[-1]["report"]["events_checked"] == 1
    assert lines[-1]["report"]["fault"] is None


async def test_a_verification_as_json_is_one_envelope(node: Node) -> None:
    await node.configs().put("a", 1)
    expect = (await node.http.get("/api/log/head")).json()["data"]["expect"]

    answer = await node.http.post(
        "/api/log/verify", json={"expect": expect}, headers={"Accept": "application/json"}
    )

    assert answer.json()["success"] is True
    assert answer.json()["data"]["fault"] is None


async def test_a_verification_names_the_first_bad_position(node: Node) -> None:
    for number in range(5):
        await node.configs().put("a", number)
    await tamper(node.app.database, "UPDATE events SET recorded_at = 7 WHERE position = 3")

    answer = await node.http.post("/api/log/verify")

    assert json.loads(answer.text.splitlines()[-1])["report"]["fault"]["position"] == 3


async def test_a_log_that_was_cut_off_is_found_by_what_was_written_down(node: Node) -> None:
    answer = await node.http.post("/api/log/verify", json={"expect": f"9:{'ab' * 32}"})

    assert "9" in json.loads(answer.text.splitlines()[-1])["report"]["fault"]["problem"]


@pytest.mark.parametrize("body", [{"expect": "9"}, {"expect": "9:xyz"}, {"expects": "9"}, [], 7])
async def test_a_malformed_verification_is_refused(node: Node, body: object) -> None:
    assert (await node.http.post("/api/log/verify", json=body)).status_code == 400


async def test_a_backup_comes_over_http_and_restores(node: Node, tmp_path: Path) -> None:
    await node.configs().put("a", {"b": [1, 2]})
    file = tmp_path / "http.backup"

    answer = await node.http.get("/api/backup")
    file.write_bytes(answer.content)

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="tenantry-20240115T103000Z-1.backup"'
    )
    assert answer.headers["x-position"] == "1"
    assert (await restore_into(f"sqlite:///{tmp_path}/restored.db", file)) == 1


async def test_metrics_are_for_this_machine_or_whoever_is_authenticated(
    settings_without_dev: Settings,
) -> None:
    app = build_application(settings_without_dev, local_token="t0ken")
    token = {"Authorization": "Bearer t0ken"}

    assert await status_of(app.asgi, "10.0.0.1") == 401
    assert await status_of(app.asgi, "10.0.0.1", **token) == 200
    assert await status_of(app.asgi, "127.0.0.1") == 200
    assert await status_of(app.asgi, "127.0.0.1", **{"X-Forwarded-For": "10.0.0.1"}) == 401


async def test_what_comes_through_a_proxy_is_not_from_this_machine(
    settings_without_dev: Settings,
) -> None:
    settings = msgspec.structs.replace(settings_without_dev, trusted_proxies=("127.0.0.1",))
    app = build_application(settings, local_token="t0ken")

    assert await status_of(app.asgi, "127.0.0.1") == 200
    for forwarded in ("10.0.0.1", "127.0.0.1", "::1", "unknown", ""):
        assert await status_of(app.asgi, "127.0.0.1", **{"X-Forwarded-For": forwarded}) == 401


async def test_without_a_port_for_them_probes_have_no_application_of_their_own(
    settings_without_dev: Settings,
) -> None:
    assert build_application(settings_without_dev).probe_asgi is None


async def test_metrics_at_a_port_of_their_own_are_guarded_as_well(
    settings_without_dev: Settings,
) -> None:
    settings = msgspec.structs.replace(settings_without_dev, metrics_port=0)
    app = build_application(settings, local_token="t0ken")

    assert await status_of(app.probe_asgi, "10.0.0.1") == 401
    assert await status_of(app.probe_asgi, "10.0.0.1", Authorization="Bearer t0ken") == 200
    assert await status_of(app.probe_asgi, "127.0.0.1") == 200


async def test_metrics_are_prometheus_text(node: Node) -> None:
    await node.configs().put("a", 1)

    answer = await node.http.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "tenantry_events_appended_total 1.0" in answer.text
    assert 'route="/config/{name}",status="200"} 1.0' in answer.text
    for breaker in ("bulk", "query"):
        assert f'tenantry_breaker_state{{breaker="{breaker}",state="closed"}} 1.0' in answer.text
        assert f'tenantry_breaker_state{{breaker="{breaker}",state="open"}} 0.0' in answer.text
        assert f'tenantry_breaker_opened_total{{breaker="{breaker}"}} 0.0' in answer.text


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/api/db/status"),
        ("GET", "/api/log/head"),
        ("POST", "/api/log/verify"),
        ("GET", "/api/backup"),
    ],
)
async def test_without_credentials_nothing_is_told(
    settings_without_dev: Settings, method: str, path: str
) -> None:
    app = build_application(settings_without_dev, local_token="t0ken")

    async with client_of(app.asgi) as http:
        assert (await http.request(method, path)).status_code == 401


@pytest.fixture
def settings_without_dev(sqlite_url: str, tmp_path: Path) -> Settings:
    return load_settings({}, cwd=tmp_path, overrides={"DATABASE_URL": sqlite_url})


async def status_of(asgi: object, address: str, **headers: str) -> int:
    async with client_of(asgi, address=address) as http:
        return (await http.get("/metrics", headers=headers)).status_code


async def restore_into(url: str, file: Path) -> int:
    database = open_database(url)
    await database.start()
    try:
        return (await restore(database, file, clock=SystemClock())).event_count
    finally:
        await database.stop()

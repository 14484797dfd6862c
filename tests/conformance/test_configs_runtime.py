"""The manual steps of the operators' procedures, over HTTP."""

from typing import Any

import pytest

from tenantry.base.errors import Denied
from tenantry.base.instant import format_instant
from tenantry.configs import ConfigRuntime
from tenantry.eventlog import RecordedEvent
from tests.support.nodes import Node, principal
from tests.support.waiting import eventually


@pytest.mark.parametrize(
    "method, path, keys",
    [
        ("GET", "worker", {"message_count", "uptime_seconds", "started_at"}),
        ("POST", "worker/restart", {"message_count", "uptime_seconds", "started_at"}),
        ("POST", "worker/test", {"message_count", "uptime_seconds", "started_at"}),
        (
            "POST",
            "projection/rebuild",
            {
                "position",
                "is_equal",
                "live_digest",
                "rebuilt_digest",
                "events_replayed",
                "seconds",
            },
        ),
    ],
)
async def test_every_manual_step_answers_in_the_envelope(
    node: Node, method: str, path: str, keys: set[str]
) -> None:
    answer = await node.http.request(method, f"/api/config/{path}")
    body = answer.json()
    assert (answer.status_code, body["success"]) == (200, True)
    assert set(body["data"]) == keys
    assert body["meta"]["requestId"] == answer.headers["x-request-id"]


async def test_the_worker_counts_what_it_has_handled(node: Node) -> None:
    started_at = format_instant(node.clock.now_us())
    assert await _ask(node, "GET", "worker") == {
        "message_count": 0,
        "uptime_seconds": 0,
        "started_at": started_at,
    }

    node.clock.advance(90.5)
    configs = node.configs()
    for n in range(3):
        await configs.put("name", n)
    await configs.delete("name")
    await node.configs("other").put("name", 1)
    await eventually(lambda: node.worker.get_stats().message_count == 5)
    assert await _ask(node, "GET", "worker") == {
        "message_count": 5,
        "uptime_seconds": 90,
        "started_at": started_at,
    }


async def test_a_restarted_worker_counts_from_nought_and_misses_nothing_new(node: Node) -> None:
    await node.configs().put("name", 1)
    await eventually(lambda: node.worker.get_stats().message_count == 1)
    node.clock.advance(60)
    assert await _ask(node, "POST", "worker/restart") == {
        "message_count": 0,
        "uptime_seconds": 0,
        "started_at": format_instant(node.clock.now_us()),
    }

    await node.configs().put("name", 2)
    await eventually(lambda: node.worker.get_stats().message_count == 1)


async def test_a_test_message_is_counted_and_stores_nothing(node: Node) -> None:
    assert (await _ask(node, "POST", "worker/test"))["message_count"] == 1
    assert await node.configs().items() == []
    assert await node.configs().history("test") == []


async def test_the_projection_tells_where_it_stands(node: Node) -> None:
    await node.configs().put("a", {"deep": [1, None]})
    await node.configs().put("b", "text")
    await node.configs().delete("b")
    await node.configs("other").put("a", 1)

    told = await _ask(node, "GET", "projection")
    assert told.pop("replay_seconds") >= 0
    assert told == {
        "configs": {"a": {"deep": [1, None]}},
        "config_count": 2,
        "position": 4,
        "lag": 0,
        "events_replayed": 0,
        "snapshot_position": 0,
        "is_ready": True,
    }
    summary = await _ask(node, "GET", "projection?summary=true")
    assert "configs" not in summary
    assert summary["config_count"] == 2


async def test_the_projection_tells_how_it_was_restored(node: Node) -> None:
    for n in range(5):
        await node.configs().put("a", n)
    await node.restart(with_snapshot=False)
    told = await _ask(node, "GET", "projection?summary=true")
    assert (told["events_replayed"], told["snapshot_position"]) == (5, 0)
    assert told["replay_seconds"] > 0

    await node.restart()
    told = await _ask(node, "GET", "projection?summary=true")
    assert (told["events_replayed"], told["snapshot_position"], told["position"]) == (0, 5, 5)


async def test_a_rebuild_of_a_true_state_has_the_same_digest(node: Node) -> None:
    configs = node.configs()
    for name in "abc":
        await configs.put(name, name)
    await configs.delete("b")
    report = await _ask(node, "POST", "projection/rebuild")
    assert report["is_equal"] is True
    assert report["live_digest"] == report["rebuilt_digest"]
    assert (report["position"], report["events_replayed"]) == (4, 4)
    assert await configs.tree() == {"a": "a", "c": "c"}


async def test_a_rebuild_of_an_empty_log_is_equal(node: Node) -> None:
    report = await _ask(node, "POST", "projection/rebuild")
    assert (report["is_equal"], report["position"]) == (True, 0)


async def test_a_rebuild_repairs_a_damaged_state_and_says_so(node: Node) -> None:
    configs = node.configs()
    await configs.put("a", "true")
    _damage(node)
    assert await configs.tree() == {"a": "false", "ghost": "boo"}

    report = await _ask(node, "POST", "projection/rebuild")
    assert report["is_equal"] is False
    assert report["live_digest"] != report["rebuilt_digest"]
    assert await configs.tree() == {"a": "true"}
    assert (await _ask(node, "POST", "projection/rebuild"))["is_equal"] is True

    await configs.put("b", "after")
    assert await configs.tree() == {"a": "true", "b": "after"}


async def test_a_rebuild_drops_snapshots_of_the_damaged_state(node: Node) -> None:
    configs = node.configs()
    await configs.put("a", "true")
    _damage(node)
    await node.runner.save_snapshot()
    await _ask(node, "POST", "projection/rebuild")
    await node.restart()
    assert await node.configs().tree() == {"a": "true"}


async def test_a_reconnected_projection_stands_at_the_end_of_the_log(node: Node) -> None:
    await node.configs().put("a", 1)
    told = await _ask(node, "POST", "projection/reconnect")
    assert (told["position"], told["lag"], told["is_ready"]) == (1, 0, True)


async def test_another_method_is_refused_in_the_envelope(node: Node) -> None:
    for method, path in (("POST", "worker"), ("GET", "worker/restart"), ("PUT", "projection")):
        answer = await node.http.request(method, f"/api/config/{path}")
        assert answer.status_code == 405
        assert answer.json()["error"]["code"] == "method_not_allowed"


async def test_only_who_may_operate_every_tenant_is_told_anything(node: Node) -> None:
    runtime = ConfigRuntime(log=node.log, runner=node.runner, worker=node.worker)
    everything = ("configs:read", "configs:write", "configs:reveal", "configs:operate", "*")
    admin, reader = principal("acme", *everything), principal("*", "configs:read")

    for somebody in (admin, reader):
        for refused in (
            runtime.restart_worker(somebody),
            runtime.projection(somebody),
            runtime.projection(somebody, configs_of="acme"),
            runtime.rebuild_projection(somebody),
            runtime.reconnect_projection(somebody),
        ):
            with pytest.raises(Denied, match="configs:operate"):
                await refused
        for ask in (runtime.worker_stats, runtime.test_worker):
            with pytest.raises(Denied, match="configs:operate"):
                ask(somebody)

    operator = principal("*", "configs:operate")
    assert runtime.worker_stats(operator).message_count == 0
    assert (await runtime.projection(operator, configs_of="acme")).configs == {}


async def _ask(node: Node, method: str, path: str) -> dict[str, Any]:
    answer = await node.http.request(method, f"/api/config/{path}")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def _damage(node: Node) -> None:
    """Make the live state tell what was never stored."""
    for name, value in (("a", b'"false"'), ("ghost", b'"boo"')):
        data = b'{"config_name":"%s","value":%s,"old_value":null,"timestamp":""}' % (
            name.encode(),
            value,
        )
        event = RecordedEvent(
            1, "default", f"config-{name}", 1, "configs.value_set.v1", data, b"{}", 1
        )
        node.projection.apply([event])

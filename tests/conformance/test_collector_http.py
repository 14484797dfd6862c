"""What is collected, asked for over HTTP, on both databases."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from tenantry.base import Principal
from tenantry.collector import store
from tenantry.db import Tenant
from tenantry.testing.jetstream.rendering import render
from tenantry.testing.network import GeneratedNetwork, expected_records
from tests.support.nodes import Node, running_node

TENANT: Final = "default"
OTHER: Final = {"X-Tenant-ID": "other"}
EVENTS: Final = GeneratedNetwork(11, users=80).events(2_500)
PATH: Final = "/api/collector"


@pytest.fixture
async def node(database_url: str, tmp_path: Any) -> AsyncIterator[Node]:
    async with running_node(url=database_url, folder=tmp_path) as node:
        yield node


def lines(wire: Any = "v2") -> bytes:
    frames = (render(event, wire, seq=at) for at, event in enumerate(EVENTS, 1))
    return b"\n".join(frame for frame in frames if frame is not None)


async def ask(node: Node, method: str, path: str, status: int = 200, **options: Any) -> Any:
    answer = await node.http.request(method, path, **options)
    assert answer.status_code == status, answer.text
    body = answer.json()
    return body["data"] if answer.is_success else body["error"]


async def replay(node: Node, body: bytes) -> Any:
    headers = {"Content-Type": "application/x-ndjson"}
    return await ask(node, "POST", f"{PATH}/replay", content=body, headers=headers)


async def test_a_file_is_stored_once_however_often_and_over_whichever_wire_it_comes(
    node: Node,
) -> None:
    first = await replay(node, lines("v2"))
    again = await replay(node, lines("v1"))
    stats = await ask(node, "GET", f"{PATH}/stats")

    live = sum(not each.is_deleted for each in expected_records(EVENTS).values())
    network = await ask(node, "GET", "/api/network-stats")
    assert (first["events"], first["dead_letters"]) == (len(EVENTS), 0)
    assert (again["stored"], again["deletes"]) == (0, 0)
    assert again["duplicates"] == again["events"] > 0
    assert sum(network["records"].values()) == live
    assert stats["events"] == first["events"] + again["events"]
    assert list(stats) == [
        "events",
        "stored",
        "duplicates",
        "deletes",
        "dead_letters",
        "cursor",
        "by_collection",
    ]


async def test_what_is_no_event_is_kept_and_told_of(node: Node) -> None:
    done = await replay(node, b'{"odd": 1}\n\nnot json\n' + lines().splitlines()[0])

    page = await ask(node, "GET", f"{PATH}/dead-letters?limit=1")
    assert (done["events"], done["dead_letters"]) == (1, 2)
    assert [each["size"] for each in page["dead_letters"]] == [len("not json")]
    rest = await node.http.get(f"{PATH}/dead-letters?cursor={page['dead_letters'][0]['id']}")
    assert len(rest.json()["data"]["dead_letters"]) == 1
    assert rest.json()["meta"].get("next_cursor") is None


async def test_more_than_a_request_may_hold_is_refused_before_anything_is_stored(
    node: Node,
) -> None:
    body = lines().splitlines()[0] + b"\n" + b" " * (8 * 1024 * 1024)

    headers = {"Content-Type": "application/x-ndjson"}
    await ask(node, "POST", f"{PATH}/replay", 413, content=body, headers=headers)

    assert (await ask(node, "GET", f"{PATH}/stats"))["events"] == 0


async def test_collecting_is_switched_on_and_off_and_who_did_is_in_the_audit(node: Node) -> None:
    assert (await ask(node, "GET", f"{PATH}/status"))["is_wanted"]

    off = await ask(node, "POST", f"{PATH}/stop")
    told = await ask(node, "GET", f"{PATH}/status")
    await ask(node, "POST", f"{PATH}/start")

    assert (off["is_on"], told["is_wanted"]) == (False, False)
    assert told["switched_by"] == off["by"]
    assert (await ask(node, "GET", f"{PATH}/status"))["is_wanted"]
    audit = await ask(node, "GET", f"/api/audit?tenant={TENANT}")
    actions = [each["action"] for each in audit["items"]]
    assert "collector.started" in " ".join(actions)
    assert "collector.stopped" in " ".join(actions)


async def test_who_is_not_collected_for_is_not_told_who_is(node: Node) -> None:
    await ask(node, "POST", "/api/tenants", 201, json={"id": "other", "name": "Other"})
    views = node.app.collector_parts.views
    stranger = Principal(
        id="s", tenant_id="other", permissions=frozenset({"collector:read"}), source="test"
    )

    refused = await ask(node, "POST", f"{PATH}/start", 409, headers=OTHER)
    roots = await ask(node, "GET", f"{PATH}/status", headers=OTHER)
    strangers = await views.status(stranger, "other")

    assert refused["code"] == "collects_for_another_tenant"
    assert roots["notes"] == [f"what is collected here belongs to tenant {TENANT}"]
    assert strangers.notes == ("what is collected here belongs to another tenant",)
    assert not strangers.is_wanted


async def test_two_tenants_have_each_what_is_theirs(node: Node) -> None:
    await ask(node, "POST", "/api/tenants", 201, json={"id": "other", "name": "Other"})
    headers = {"Content-Type": "application/x-ndjson"}
    body = b"\n".join(lines().splitlines()[:100])

    await replay(node, body)
    await ask(node, "POST", f"{PATH}/replay", content=body, headers={**headers, **OTHER})
    await ask(node, "DELETE", "/api/tenants/other?confirm=other")

    assert (await ask(node, "GET", f"{PATH}/stats"))["events"] == 100
    assert (await ask(node, "GET", f"{PATH}/stats", 403, headers=OTHER))["code"] == "tenant_erased"
    database = node.app.collector_parts.database
    left = await database.read(Tenant("other"), store.figures_of, "other")
    assert left.events == 0


async def test_a_strategy_is_planned_queued_looked_at_and_cancelled(node: Node) -> None:
    path, graph = f"{PATH}/strategies", {"seedHandles": ["ann.example"], "maxUsers": 500}

    plan = await ask(node, "POST", f"{path}/follow-graph?dryRun=true", json=graph)
    assert plan["params"]["maxUsers"] == 500
    assert plan["estimate"]["requestsAtLeast"] > 0
    assert (await ask(node, "GET", path))["runs"] == []

    run = await ask(node, "POST", f"{path}/follow-graph", 202, json=graph)
    shown = await ask(node, "GET", f"{path}/runs/{run['id']}")
    assert (run["status"], shown["status"]) == ("queued", "queued")
    assert (await ask(node, "GET", f"{path}/runs/{run['id']}/users"))["users"] == []
    ended = await ask(node, "DELETE", f"{path}/runs/{run['id']}")
    assert ended["status"] == "cancelled"
    assert (await ask(node, "DELETE", f"{path}/runs/{run['id']}"))["status"] == "cancelled"


@pytest.mark.parametrize(
    "method, path, body, field",
    [
        ("GET", "/api/trending?limit=101", None, "limit"),
        ("GET", "/api/growth-velocity?limit=51", None, "limit"),
        ("GET", "/api/engagement-leaders?limit=0", None, "limit"),
        ("GET", f"{PATH}/dead-letters?cursor=x", None, "cursor"),
        ("GET", f"{PATH}/strategies?limit=x", None, "limit"),
        ("POST", f"{PATH}/strategies/unknown", {}, "strategy"),
        ("POST", f"{PATH}/strategies/follow-graph", {}, "seedHandles"),
        ("POST", f"{PATH}/strategies/follow-graph", {"odd": 1}, "odd"),
        ("POST", f"{PATH}/strategies/follow-graph?dryRun=maybe", {}, "dryRun"),
    ],
)
async def test_what_is_wrong_is_named(
    node: Node, method: str, path: str, body: Any, field: str
) -> None:
    options = {} if body is None else {"json": body}
    refused = await ask(node, method, path, 400, **options)
    assert refused["details"]["field"] == field


async def test_a_run_that_is_not_there_is_not_found(node: Node) -> None:
    for method, rest in (("GET", ""), ("GET", "/users"), ("DELETE", "")):
        path = f"{PATH}/strategies/runs/nothing{rest}"
        assert (await ask(node, method, path, 404))["code"] == "no_strategy_run"

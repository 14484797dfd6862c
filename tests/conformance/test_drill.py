"""A drill breaks what is its own, and nothing of anybody else's."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from tenantry.base import Principal
from tenantry.base.errors import Denied
from tenantry.operations.model import DrillRead
from tenantry.testing import FakeClock
from tests.support.nodes import Node, running_node
from tests.support.waiting import eventually


@pytest_asyncio.fixture
async def node(database_url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Node]:
    async with running_node(url=database_url, folder=tmp_path, clock=clock) as node:
        yield node


@pytest_asyncio.fixture
async def drilled(node: Node) -> Node:
    """A node on which a drill is under way."""
    assert (await post(node, "begin")).is_success
    return node


async def post(node: Node, path: str, **fields: Any) -> httpx.Response:
    return await node.http.post(f"/api/drill/{path}", json=fields)


async def ask(node: Node, path: str, **fields: Any) -> Any:
    answer = await post(node, path, **fields)
    assert answer.is_success, answer.text
    return answer.json()["data"]


async def ask_in_time(node: Node, path: str, **fields: Any) -> Any:
    """Ask for what pauses, and let the time of its pauses pass."""
    asking = asyncio.create_task(ask(node, path, **fields))
    while not asking.done():
        node.clock.advance(0.1)
        await asyncio.wait({asking}, timeout=0.01)
    return asking.result()


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


async def test_a_drill_is_in_the_log_with_who_began_it(drilled: Node) -> None:
    (event,) = await drilled.log.read()

    assert event.type == "operations.operator_acted.v1"
    assert msgspec.json.decode(event.data)["action"] == "drill"
    assert msgspec.json.decode(event.metadata)["actor"] == "root"


async def test_one_drill_at_a_time(drilled: Node) -> None:
    refused = await post(drilled, "begin")

    assert (refused.status_code, code_of(refused)) == (409, "drill_under_way")
    assert (await post(drilled, "end")).is_success
    assert (await post(drilled, "begin")).is_success


async def test_of_two_that_begin_at_once_one_begins(node: Node) -> None:
    answers = await asyncio.gather(post(node, "begin"), post(node, "begin"))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await node.log.read()) == 1


async def test_a_drill_that_cannot_be_recorded_does_not_begin(node: Node) -> None:
    node.app.breakers.get("bulk").force_open()
    assert (await post(node, "begin")).status_code == 503
    node.app.breakers.get("bulk").reset()

    assert (await post(node, "begin")).is_success


async def test_a_drill_that_was_left_is_over_after_two_minutes(
    drilled: Node, clock: FakeClock
) -> None:
    clock.advance(121)

    refused = await post(drilled, "read")
    assert (refused.status_code, code_of(refused)) == (409, "no_drill")
    assert (await post(drilled, "begin")).is_success


async def test_a_drill_that_was_left_leaves_no_node_degraded_and_no_breaker_open(
    drilled: Node, clock: FakeClock
) -> None:
    await ask(drilled, "health", status="degraded")
    assert (await health_of(drilled))["overall"] == "degraded"
    for _ in range(4):
        await post(drilled, "call", is_failing=True)
    states = drilled.app.breakers.states
    assert states()["drill"] == "open"

    clock.advance(121)
    await eventually(lambda: states()["drill"] == "closed")

    services = (await health_of(drilled))["services"]
    assert "drill" not in [service["service"] for service in services]


async def health_of(node: Node) -> Any:
    return (await node.http.get("/health")).json()["data"]


@pytest.mark.parametrize("path", ["read", "call", "limited", "worker"])
async def test_without_a_drill_nothing_is_broken(node: Node, path: str) -> None:
    refused = await post(node, path)

    assert (refused.status_code, code_of(refused)) == (409, "no_drill")
    assert await node.log.read() == []


async def test_a_lost_connection_is_retried_on_the_way_that_everybody_goes(drilled: Node) -> None:
    before = drilled.app.database.figures()

    evidence = await ask_in_time(drilled, "read", lost_calls=1)

    assert evidence["error"] is None
    assert evidence["attempt_count"] == 2
    assert evidence["position"] == 1
    after = drilled.app.database.figures()
    assert after.total_queries > before.total_queries
    assert after.circuit_breakers.query.failure_count == 1
    assert after.failed_queries == before.failed_queries


async def test_an_integer_may_be_written_as_json_writes_numbers(drilled: Node) -> None:
    assert (await ask_in_time(drilled, "read", lost_calls=1.0))["attempt_count"] == 2


async def test_a_wrong_statement_is_neither_retried_nor_held_against_the_database(
    drilled: Node,
) -> None:
    evidence = await ask(drilled, "read", is_statement_wrong=True)

    assert evidence["attempt_count"] == 1
    assert evidence["error"] not in (None, "database_unavailable")
    assert drilled.app.breakers.get("query").stats().failure_count == 0
    assert (await ask(drilled, "read"))["error"] is None


async def test_the_others_read_and_write_while_a_drill_loses_connections(drilled: Node) -> None:
    async def lose() -> Any:
        return await ask_in_time(drilled, "read", lost_calls=100)

    async def work(number: int) -> int:
        return (await drilled.configs().put(f"a{number}", number)).status_code

    lost, *statuses = await asyncio.gather(lose(), *map(work, range(20)))

    assert lost["error"] == "database_unavailable"
    assert set(statuses) == {200}


async def test_however_many_connections_a_drill_loses_it_opens_nobodys_breaker(
    drilled: Node,
) -> None:
    await asyncio.gather(*(ask_in_time(drilled, "read", lost_calls=100) for _ in range(4)))

    stats = drilled.app.breakers.get("query").stats()
    assert (stats.failure_count, stats.opened_total) == (12, 0)
    assert (await drilled.configs().put("a", 1)).is_success


async def test_a_breaker_of_drills_trips_and_nobody_elses_does(drilled: Node) -> None:
    codes = [code_of(await post(drilled, "call", is_failing=True)) for _ in range(3)]
    refused = await post(drilled, "call")

    assert codes == ["drill_failure"] * 3
    assert (refused.status_code, code_of(refused)) == (503, "breaker_open")
    states = {breaker.name: breaker.state for breaker in drilled.app.breakers}
    assert states == {"bulk": "closed", "drill": "open", "query": "closed"}


async def test_the_limit_of_drills_is_no_other_routes(drilled: Node) -> None:
    statuses = [(await post(drilled, "limited")).status_code for _ in range(12)]

    assert statuses == [200] * 10 + [429] * 2
    assert (await post(drilled, "read")).is_success


async def test_a_drill_leaves_nothing_of_the_limit_used_up_to_the_next(drilled: Node) -> None:
    await post(drilled, "limited")

    await post(drilled, "end")
    await post(drilled, "begin")

    statuses = [(await post(drilled, "limited")).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


async def test_a_drill_never_says_that_the_node_is_unhealthy(drilled: Node) -> None:
    await ask(drilled, "health", status="degraded")
    degraded = await drilled.http.get("/health")
    refused = await post(drilled, "health", status="unhealthy")

    assert (degraded.status_code, degraded.json()["data"]["overall"]) == (200, "degraded")
    assert refused.status_code == 400
    assert "status" in refused.text


async def test_a_worker_that_is_killed_is_back_at_work(drilled: Node) -> None:
    crashes = (await ask(drilled, "worker"))["crash_count"]

    killed = await ask(drilled, "worker", kill=True)
    assert killed["name"] == "config_update_worker"
    await eventually(lambda: drilled.worker.crash_count == crashes + 1)
    await eventually(lambda: drilled.worker.is_at_work)

    count = drilled.worker.get_stats().message_count
    await drilled.configs().put("a", 1)
    await eventually(lambda: drilled.worker.get_stats().message_count > count)


async def test_the_end_leaves_everything_as_it_was(drilled: Node) -> None:
    for _ in range(4):
        await post(drilled, "call", is_failing=True)
    await ask(drilled, "health", status="degraded")

    assert (await post(drilled, "end")).is_success

    services = (await health_of(drilled))["services"]
    assert "drill" not in [service["service"] for service in services]
    assert drilled.app.breakers.get("drill").state == "closed"


async def test_a_node_without_workers_says_so(
    database_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    async with running_node(url=database_url, folder=tmp_path, clock=clock, ROLES="web") as node:
        assert (await ask(node, "begin"))["worker"] is None

        refused = await post(node, "worker", kill=True)
        assert (refused.status_code, code_of(refused)) == (409, "no_worker")


@pytest.mark.parametrize(
    "path, fields, named",
    [
        ("begin", {"sabotaged": "coffee"}, "sabotaged"),
        ("read", {"lost_calls": -1}, "lost_calls"),
        ("read", {"lost_calls": 1.5}, "lost_calls"),
        ("read", {"delay_seconds": 3}, "delay_seconds"),
        ("read", {"unknown": 1}, "unknown"),
        ("call", {"seconds": 3}, "seconds"),
    ],
)
async def test_a_drill_that_is_asked_for_wrongly_breaks_nothing(
    drilled: Node, path: str, fields: dict[str, Any], named: str
) -> None:
    await post(drilled, "end")

    answer = await post(drilled, path, **fields)

    assert answer.status_code == 400
    assert named in answer.text
    assert len(await drilled.log.read()) == 1


async def test_who_may_not_act_on_every_tenant_may_not_drill(drilled: Node) -> None:
    admin = Principal(id="ada", tenant_id="acme", permissions=frozenset({"*"}), source="127.0.0.1")

    for attempt in (
        drilled.app.drill.begin(admin),
        drilled.app.drill.read(admin, DrillRead(lost_calls=1)),
    ):
        with pytest.raises(Denied):
            await attempt
    for refused in (drilled.app.drill.end, drilled.app.drill.limited, drilled.app.drill.worker):
        with pytest.raises(Denied):
            refused(admin)

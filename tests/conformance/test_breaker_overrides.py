"""What an operator lays upon a breaker holds on every node, survives a restart, and is recorded."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
import pytest_asyncio

from tenantry.db import Database, GuardedDatabase, System, database_breakers
from tenantry.operations import BreakerControl, store
from tenantry.operations.model import BreakerOrder, BreakerOverride
from tenantry.reliability import Breakers
from tenantry.testing import FakeClock
from tests.support.nodes import ROOT, Node, running_node
from tests.support.waiting import eventually

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
PATH = "/api/reliability/breakers"


@pytest_asyncio.fixture
async def node(database_url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Node]:
    async with running_node(url=database_url, folder=tmp_path, clock=clock) as node:
        yield node


async def order(node: Node, action: str, name: str = "query", **body: Any) -> dict[str, Any]:
    answer = await node.http.post(f"{PATH}/{name}/{action}", json=body or None)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["data"]
    return told


async def status_of(node: Node, name: str = "query") -> dict[str, Any]:
    answer = await node.http.get(PATH)
    (found,) = [status for status in answer.json()["data"] if status["name"] == name]
    told: dict[str, Any] = found
    return told


async def test_both_breakers_of_the_database_are_listed(node: Node) -> None:
    statuses = (await node.http.get(PATH)).json()["data"]

    assert [status["name"] for status in statuses] == ["bulk", "drill", "query"]
    assert {
        "state",
        "failureCount",
        "successCount",
        "lastFailureTime",
        "nextAttemptAt",
        "openedTotal",
    } < set(statuses[0])


async def test_a_breaker_forced_open_refuses_until_it_is_reset(node: Node) -> None:
    await node.configs().put("a", 1)

    told = await order(node, "force-open", "bulk", reason="moving the database")
    assert (told["state"], told["override"]) == ("open", "open")
    assert (told["reason"], told["setBy"]) == ("moving the database", "root")
    refused = await node.configs().put("a", 2)
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1

    told = await order(node, "reset", "bulk")
    assert (told["state"], told["override"], told["reason"]) == ("closed", None, None)
    assert (await node.configs().put("a", 2)).is_success


async def test_an_override_reaches_the_database_though_its_breaker_is_open(node: Node) -> None:
    await order(node, "force-open", "query")
    await order(node, "force-open", "bulk")

    assert (await order(node, "reset", "query"))["state"] == "closed"
    assert (await order(node, "force-closed", "bulk"))["state"] == "closed"


class SlowToTell:
    """A driver that has read, and tells what only once it is let."""

    def __init__(self, driver: Database) -> None:
        self._driver = driver
        self.has_read = asyncio.Event()
        self.may_tell = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    async def read(self, *args: Any) -> Any:
        found = await self._driver.read(*args)
        self.has_read.set()
        await self.may_tell.wait()
        return found


async def test_what_was_ordered_is_not_undone_by_what_was_read_before(
    node: Node, clock: FakeClock
) -> None:
    driver = SlowToTell(node.app.database.driver)
    query, bulk = database_breakers(clock=clock)
    breakers = Breakers()
    breakers.add(query)
    control = BreakerControl(
        breakers=breakers,
        database=GuardedDatabase(cast("Database", driver), query=query, bulk=bulk, clock=clock),
        log=node.log,
        clock=clock,
    )
    await control.order(ROOT, BreakerOrder(breaker="query", action="force-open"))

    following = asyncio.create_task(control.follow())
    await driver.has_read.wait()
    await control.order(ROOT, BreakerOrder(breaker="query", action="reset"))
    driver.may_tell.set()
    await following

    assert (query.state, query.override) == ("closed", None)


async def test_an_override_ends_by_itself(node: Node, clock: FakeClock) -> None:
    told = await order(node, "force-open", "bulk", seconds=60)
    assert told["overrideExpiresAt"] is not None

    clock.advance(61)

    assert (await status_of(node, "bulk"))["override"] is None

    async def is_stored() -> bool:
        # The node itself may be the one that tries first.
        return (await node.configs().put("a", 1)).is_success

    await eventually(is_stored)


async def test_an_override_outlives_a_restart(node: Node) -> None:
    await order(node, "disable", "bulk", reason="looking on")

    await node.restart()

    await eventually(lambda: node.app.breakers.get("bulk").override == "disabled")
    assert (await status_of(node, "bulk"))["reason"] == "looking on"


async def test_what_an_operator_did_is_in_the_log(node: Node) -> None:
    await order(node, "disable", reason="looking on", seconds=5)

    (event,) = await node.log.read()
    assert (event.type, event.tenant_id) == ("operations.operator_acted.v1", "*")
    data = msgspec.json.decode(event.data)
    assert (data["action"], data["subject"]) == ("breaker.disable", "query")
    assert data["reason"] == "looking on"
    assert msgspec.json.decode(event.metadata)["actor"] == "root"


async def test_settings_go_on_beside_what_operators_did(node: Node) -> None:
    await node.configs().put("a", 1)
    await order(node, "reset")
    await node.configs().put("a", 2)

    await node.restart(with_snapshot=False)

    assert (await node.configs().get("a")).text == "2"


async def test_an_order_repeated_with_its_key_is_carried_out_once(node: Node) -> None:
    async def post(action: str) -> httpx.Response:
        path = f"{PATH}/bulk/{action}"
        return await node.http.post(path, headers={"Idempotency-Key": "k"})

    assert (await post("force-open")).is_success
    await order(node, "reset", "bulk")
    assert (await post("force-open")).json()["data"]["override"] is None
    assert len(await node.log.read()) == 2

    other = await post("force-closed")
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    "path, body, status, named",
    [
        (f"{PATH}/none/reset", None, 404, "none"),
        (f"{PATH}/query/force-open", {"seconds": 0}, 400, "seconds"),
        (f"{PATH}/query/force-open", {"seconds": 1e9}, 400, "seconds"),
        (f"{PATH}/query/force-open", {"seconds": "x"}, 400, "seconds"),
        (f"{PATH}/query/force-open", {"reason": "x" * 501}, 400, "reason"),
        (f"{PATH}/query/force-open", {"reason": "a\0b"}, 400, "reason"),
        (f"{PATH}/query/force-open", {"why": "x"}, 400, "why"),
        (f"{PATH}/query/reset", {"seconds": 5}, 400, "seconds"),
    ],
)
async def test_an_order_that_is_wrong_changes_nothing(
    node: Node, path: str, body: dict[str, Any] | None, status: int, named: str
) -> None:
    answer = await node.http.post(path, json=body)

    assert answer.status_code == status
    assert named in answer.text
    assert await node.log.read() == []
    assert (await status_of(node))["override"] is None


def has_override(node: Node, override: str | None) -> bool:
    return node.app.breakers.get("bulk").override == override


async def test_an_override_that_is_over_before_it_arrives_takes_the_place_of_the_one_before(
    node: Node, clock: FakeClock
) -> None:
    await order(node, "force-open", "bulk")
    now = clock.now_us()
    over = BreakerOverride(
        breaker="bulk",
        override="disabled",
        expires_at=now + 1,
        reason="",
        set_by="another node",
        set_at=now,
    )
    await node.app.database.driver.write(System("another node"), store.keep_override, over)

    clock.advance(1)

    await eventually(partial(has_override, node, None))
    assert (await node.configs().put("a", 1)).is_success


async def test_an_order_is_not_undone_by_a_look_at_what_was_ordered_before(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = node.app.database.driver
    read = driver.read

    async def read_and_order(scope: Any, unit: Any, *arguments: Any, **named: Any) -> Any:
        found = await read(scope, unit, *arguments, **named)
        if unit is store.read_overrides:
            await order(node, "force-open", "bulk")
        return found

    await order(node, "disable", "bulk")
    monkeypatch.setattr(driver, "read", read_and_order)

    await node.app.breaker_control.follow()

    assert has_override(node, "open")


async def test_an_override_reaches_the_other_nodes(
    postgres_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    async with (
        running_node(url=postgres_url, folder=one, clock=clock, MASTER_KEY=KEY) as first,
        running_node(url=postgres_url, folder=other, clock=clock, MASTER_KEY=KEY) as second,
    ):
        for action, override in (("force-open", "open"), ("disable", "disabled"), ("reset", None)):
            await order(first, action, "bulk")
            clock.advance(1)
            await eventually(partial(has_override, second, override))

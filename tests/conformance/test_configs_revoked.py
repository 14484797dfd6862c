"""Whose access ends watches no longer, at once; and nobody else notices."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from tenantry.base import Principal
from tenantry.base.errors import Denied
from tenantry.configs import ConfigWatches
from tenantry.configs.model import GLOBAL_TENANT
from tests.support.nodes import ROOT, Node, principal
from tests.support.waiting import eventually
from tests.support.watching import watching

ANN = principal("acme", "configs:read", name="ann")
BOB = principal("acme", "configs:read", name="bob")
EVE = principal("initech", "configs:read", name="eve")


class Access:
    """Who is still who they were, as the feature that knows would say."""

    def __init__(self) -> None:
        self.revoked: set[str] = set()
        self.count = 0

    def may(self, who: Principal, tenant_id: str, permission: str) -> bool:
        """Whether `who` may now."""
        self.count += 1
        return who.id not in self.revoked and who.may(tenant_id, permission)


@pytest.fixture
def access() -> Access:
    return Access()


@pytest.fixture
def watches(node: Node, access: Access) -> ConfigWatches:
    """The watches of the node, which ask `access`."""
    return ConfigWatches(
        log=node.log,
        runner=node.runner,
        feed=node.app.config_feed,
        clock=node.clock,
        may=access.may,
    )


async def test_only_whose_access_has_ended_is_ended(
    node: Node, watches: ConfigWatches, access: Access
) -> None:
    async with (
        watching(node.served_to(ANN, watches), tenant_id="acme") as hers,
        watching(node.served_to(ANN, watches), tenant_id="acme", from_=0) as hers_resumed,
        watching(node.served_to(BOB, watches), tenant_id="acme") as his,
        watching(node.served_to(EVE, watches), tenant_id="initech") as others,
        watching(node.served_to(ROOT, watches), tenant_id="acme") as roots,
    ):
        await node.configs("acme").put("a", 1)
        for watch in (hers, hers_resumed, his, roots):
            await watch.until(1)

        access.revoked.add("ann")
        assert watches.end_revoked() == 2
        for n in range(2, 5):
            await node.configs("acme").put("a", n)
        await node.configs(GLOBAL_TENANT).put("b", 5)

        for watch in (his, roots):
            assert [event.position for event in await watch.until(5)] == [1, 2, 3, 4, 5]
        assert [event.position for event in await others.until(1)] == [5]
        await eventually(lambda: hers.is_over and hers_resumed.is_over)
        assert hers.positions == hers_resumed.positions == [1]
        assert {his.is_over, others.is_over, roots.is_over} == {False}

    async with watching(node.served_to(ANN, watches), tenant_id="acme", from_=1) as again:
        assert (again.status, again.is_over) == (403, True)


async def test_who_is_ended_once_is_not_ended_again(
    node: Node, watches: ConfigWatches, access: Access
) -> None:
    watcher, other = watches.watch(ANN, "acme"), watches.watch(BOB, "acme")
    access.revoked.add("ann")
    assert [watches.end_revoked() for _ in range(3)] == [1, 0, 0]
    assert node.app.config_feed.watcher_count == 1
    assert "tenantry_config_watchers 1.0" in node.app.metrics.render().decode()

    for each in (watcher, other):
        each.close()
        each.close()
    assert node.app.config_feed.watcher_count == 0


async def test_a_past_that_is_being_read_is_not_handed_out_after_the_end(
    node: Node, watches: ConfigWatches, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    await node.configs("acme").put("a", 1)
    await node.restart()
    watches = ConfigWatches(
        log=node.log,
        runner=node.runner,
        feed=node.app.config_feed,
        clock=node.clock,
        may=access.may,
    )
    read = node.log.read_window

    async def read_and_be_revoked(*args: Any, **options: Any) -> Any:
        events = await read(*args, **options)
        access.revoked.add("ann")
        watches.end_revoked()
        return events

    monkeypatch.setattr(node.log, "read_window", read_and_be_revoked)
    watcher = await watches.resume(ANN, "acme", after=0)
    assert await watcher.next() is None
    assert [chunk async for chunk in watcher.chunks()] == []


async def test_a_snapshot_that_is_being_sent_ends_too(
    node: Node, watches: ConfigWatches, access: Access
) -> None:
    for n in range(1_200):
        await node.store.put(ROOT, "acme", f"n{n:04}", n)

    def revoke(sent: bytes) -> None:
        if b"n0000" in sent:
            access.revoked.add("ann")
            watches.end_revoked()

    app = node.served_to(ANN, watches)
    async with watching(app, tenant_id="acme", on_chunk=revoke, snapshot="true") as watch:
        await eventually(lambda: watch.is_over)
    names = [event.data["name"] for event in watch.events]
    assert (len(names), names[-1]) == (500, "n0499")


async def test_a_poll_whose_holder_is_revoked_ends_at_once_and_tells_nothing(
    node: Node, watches: ConfigWatches, access: Access
) -> None:
    await node.configs("acme").put("a", "old")
    hers, his = [
        asyncio.ensure_future(_poll(node, watches, who, name="a", version="1"))
        for who in (ANN, BOB)
    ]
    await eventually(lambda: node.app.config_feed.watcher_count == 2)

    access.revoked.add("ann")
    watches.end_revoked()
    await node.configs("acme").put("a", "new")
    refused = await hers
    assert refused.status_code == 403
    assert "new" not in refused.text
    assert (await his).text == "new"
    assert node.app.config_feed.watcher_count == 0


async def test_a_poll_is_refused_that_was_woken_before_it_was_ended(
    node: Node, watches: ConfigWatches, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    await node.configs("acme").put("a", 1)
    reach = node.runner.reach

    async def reach_and_be_revoked(position: int) -> None:
        await reach(position)
        access.revoked.add("ann")
        watches.end_revoked()

    polling = asyncio.ensure_future(watches.differs(ANN, "acme", "a", token="1", seconds=60))
    await eventually(lambda: node.app.config_feed.watcher_count)
    monkeypatch.setattr(node.runner, "reach", reach_and_be_revoked)
    await node.store.put(ROOT, "acme", "a", 2)
    with pytest.raises(Denied, match="ann has configs:read on tenant acme no more"):
        await polling


async def test_who_was_revoked_on_the_way_in_opens_no_watch(
    node: Node, watches: ConfigWatches, access: Access
) -> None:
    await node.configs("acme").put("a", 1)
    access.revoked.add("ann")
    for refused in (
        watches.resume(ANN, "acme", after=0),
        watches.differs(ANN, "acme", "a", token="1", seconds=60),
    ):
        with pytest.raises(Denied, match="no more"):
            await refused
    with pytest.raises(Denied, match="no more"):
        watches.watch(ANN, "acme")
    assert node.app.config_feed.watcher_count == 0


async def test_thousands_are_looked_at_in_one_go(
    node: Node, watches: ConfigWatches, access: Access
) -> None:
    people = [principal("acme", "configs:read", name=f"p{n % 20}") for n in range(2_000)]
    watchers = [watches.watch(who, "acme") for who in people]
    tasks = [asyncio.create_task(watcher.next()) for watcher in watchers]
    await asyncio.sleep(0)
    access.count = 0
    access.revoked.add("p7")

    before = time.perf_counter()
    assert watches.end_revoked() == 100
    # About 3 ms; so much only where the machine is busy with other things.
    assert time.perf_counter() - before < 1
    assert access.count == 20
    await node.store.put(ROOT, "acme", "a", 1)
    await eventually(lambda: node.app.config_feed.position == 1)
    node.clock.advance(1)
    chunks = [await task for task in tasks]
    assert [chunk is None for chunk in chunks] == [who.id == "p7" for who in people]
    for watcher in watchers:
        watcher.close()


async def _poll(
    node: Node, watches: ConfigWatches, who: Principal, *, name: str, version: str
) -> httpx.Response:
    app: Any = node.served_to(who, watches)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1"
    ) as client:
        return await client.get(f"/config/{name}", params={"wait": "60s", "version": version})

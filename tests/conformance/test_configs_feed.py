"""The feed: ticks, a log that goes away, and long-polls."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tenantry.base.errors import Unavailable
from tenantry.configs.model import GLOBAL_TENANT
from tenantry.configs.service import ConfigFeed, Watcher
from tenantry.configs.service.feed import TICK_SECONDS
from tests.support.nodes import JSON, ROOT, Node
from tests.support.waiting import eventually

if TYPE_CHECKING:
    import httpx


@pytest_asyncio.fixture
async def crowded(node: Node) -> AsyncIterator[ConfigFeed]:
    """A small feed of the node's log, whose second watcher already makes a crowd."""
    feed = ConfigFeed(log=node.log, clock=node.clock, max_frames=40, at_once=1)
    await feed.start()
    yield feed
    await feed.stop()


@pytest.fixture
def watchers(crowded: ConfigFeed) -> list[Watcher]:
    """Two watchers of it."""
    return [crowded.watch(ROOT, "default", prefix="", after=crowded.position) for _ in range(2)]


async def test_a_crowd_is_woken_once_a_tick(
    node: Node, crowded: ConfigFeed, watchers: list[Watcher]
) -> None:
    tasks = _waiting(watchers)
    await asyncio.sleep(0)
    await node.configs().put("a", 0)
    # After a quiet time the first change need not wait.
    assert [_ids(await task) for task in tasks] == [[1], [1]]

    tasks = _waiting(watchers)
    for n in range(5):
        await node.configs().put("a", n)
    await eventually(lambda: crowded.position == 6)
    assert not any(task.done() for task in tasks)

    node.clock.advance(TICK_SECONDS)
    first, second = [await task for task in tasks]
    assert _ids(first) == [2, 3, 4, 5, 6]
    # Joined once for both.
    assert first is second


async def test_few_are_woken_at_once(node: Node) -> None:
    watcher = node.app.config_watches.watch(ROOT, "default")
    for n in range(1, 4):
        (task,) = _waiting([watcher])
        await node.configs().put("a", n)
        assert _ids(await asyncio.wait_for(task, 10)) == [n]
    watcher.close()


async def test_what_comes_between_two_ticks_is_handed_out_before_the_ring_is_full(
    node: Node, crowded: ConfigFeed, watchers: list[Watcher]
) -> None:
    seen: list[int] = []

    async def read(watcher: Watcher) -> None:
        while (chunk := await watcher.next()) is not None:
            seen.extend(_ids(chunk))

    reading = asyncio.create_task(read(watchers[0]))
    for n in range(200):
        await node.store.put(ROOT, "default", "a", n)
    await eventually(lambda: crowded.position == 200)
    node.clock.advance(TICK_SECONDS)
    await eventually(lambda: seen[-1:] == [200])
    assert seen == [*range(1, 201)]
    reading.cancel()


async def test_a_watcher_that_falls_behind_is_ended_and_resumes(
    node: Node, crowded: ConfigFeed, watchers: list[Watcher]
) -> None:
    slow, _ = watchers
    task = asyncio.create_task(slow.next())
    await asyncio.sleep(0)
    await node.configs().put("a", 0)
    assert _ids(await task) == [1]

    # It is not waiting while these come.
    for n in range(100):
        await node.store.put(ROOT, "default", "a", n)
    await eventually(lambda: crowded.position == 101)
    assert await slow.next() is None
    assert "tenantry_config_watchers_cut_total 1.0" in node.app.metrics.render().decode()

    again = crowded.watch(ROOT, "default", prefix="", after=slow.cursor)
    seen: list[int] = []
    while len(seen) < 100:
        seen += _ids(await again.next())
    assert seen == [*range(2, 102)]


async def test_a_log_that_cannot_be_read_delays_and_loses_nothing(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = node.app.config_watches.watch(ROOT, "default")
    read, failures = node.log.read, []

    async def failing(**options: Any) -> Any:
        failures.append(options)
        raise Unavailable("the database is away")

    monkeypatch.setattr(node.log, "read", failing)
    # They are durable, whatever the tree that cannot be read back says of them.
    puts = [node.store.put(ROOT, "default", "a", n) for n in range(3)]
    await asyncio.gather(*puts, return_exceptions=True)
    await eventually(lambda: failures)
    monkeypatch.setattr(node.log, "read", read)
    await eventually(lambda: node.clock.sleeper_count)
    node.clock.advance(1)

    seen: list[int] = []
    while len(seen) < 3:
        chunk = await asyncio.wait_for(watcher.next(), 10)
        assert chunk is not None
        seen += _ids(chunk)
    assert seen == [1, 2, 3]
    watcher.close()


async def test_a_poll_is_answered_as_soon_as_the_version_differs(node: Node) -> None:
    await node.configs().put("a", 1)
    for n in range(2, 5):
        polling = _poll(node, "a", version=str(n - 1))
        await eventually(lambda: node.app.config_feed.watcher_count)
        await node.configs().put("ab", n)
        await node.configs("other").put("a", n)
        await asyncio.sleep(0)
        assert not polling.done()
        await node.configs().put("a", n)
        answer = await polling
        assert (answer.status_code, answer.text, answer.headers["etag"]) == (200, f"{n}", f'"{n}"')

    answer = await _poll(node, "a", version="1")
    assert (answer.status_code, answer.text) == (200, "4")
    assert (await _poll(node, "a", version='"2"')).text == "4"


async def test_a_poll_waits_for_a_value_and_for_its_end(node: Node) -> None:
    polling = _poll(node, "a", version="0", headers=JSON)
    await eventually(lambda: node.app.config_feed.watcher_count)
    await node.configs().put("a", "new")
    assert (await polling).json()["value"] == "new"

    polling = _poll(node, "a", version="1")
    await eventually(lambda: node.app.config_feed.watcher_count)
    await node.configs().delete("a")
    assert (await polling).status_code == 404
    assert node.app.config_feed.watcher_count == 0


async def test_a_poll_that_waits_in_vain_is_told_so(node: Node) -> None:
    await node.configs().put("a", 1)
    for name, version, status in (("a", "1", 304), ("b", "0", 404)):
        polling = _poll(node, name, version=version, wait="30s")
        await eventually(lambda: node.app.config_feed.watcher_count)
        for _ in range(31):
            node.clock.advance(1)
            await asyncio.sleep(0)
        answer = await polling
        assert answer.status_code == status
        if status == 304:
            assert (answer.content, answer.headers["etag"]) == (b"", '"1"')


async def test_a_poll_sees_the_layer_beneath(node: Node) -> None:
    await node.configs(GLOBAL_TENANT).put("a", 1)
    token = partial(node.app.config_watches.token, ROOT)
    assert (token("default", "a"), token(GLOBAL_TENANT, "a")) == ("global:1", "1")

    polling = _poll(node, "a", version="global:1")
    await eventually(lambda: node.app.config_feed.watcher_count)
    await node.configs(GLOBAL_TENANT).put("a", 2)
    await polling
    assert token("default", "a") == "global:2"


@pytest.mark.parametrize(
    "query", ["wait=1s", "version=3", "wait=0s&version=3", "wait=1s&version=x", "wait=1s&at=1"]
)
async def test_what_is_no_poll_is_a_400(node: Node, query: str) -> None:
    assert (await node.configs().ask("GET", f"/a?{query}")).status_code == 400
    assert (await node.configs().ask("GET", "/schema?wait=1s&version=0")).status_code == 400


async def test_a_stop_ends_polls(node: Node) -> None:
    await node.configs().put("a", 1)
    polling = _poll(node, "a", version="1")
    await eventually(lambda: node.app.config_feed.watcher_count)
    node.app.drain()
    assert (await polling).status_code == 304
    assert (await _poll(node, "a", version="1")).status_code == 503


def _poll(
    node: Node, name: str, *, version: str, wait: str = "60s", **options: Any
) -> "asyncio.Task[httpx.Response]":
    params = {"wait": wait, "version": version}
    return asyncio.ensure_future(node.configs().ask("GET", f"/{name}", params=params, **options))


def _waiting(watchers: list[Watcher]) -> list["asyncio.Task[bytes | None]"]:
    return [asyncio.create_task(watcher.next()) for watcher in watchers]


def _ids(chunk: bytes | None) -> list[int]:
    assert chunk is not None
    return [int(line[4:]) for line in chunk.split(b"\n") if line.startswith(b"id: ")]

"""What a watch promises, whatever the database."""

import asyncio
import random
from typing import Any

import pytest

from tenantry.base.errors import Unavailable
from tenantry.configs.model import GLOBAL_TENANT
from tests.support.counts import soak_count
from tests.support.nodes import ROOT, Node, principal
from tests.support.waiting import eventually
from tests.support.watching import Watch, watching


async def test_a_change_is_seen_as_it_was_stored(node: Node) -> None:
    async with watching(node.app.asgi) as watch:
        stored = await node.configs().put("a", {"x": [1, None]})
        await node.configs().delete("a")
        first, second = await watch.until(2)

    assert watch.status == 200
    assert watch.headers["content-type"].startswith("text/event-stream")
    assert watch.headers["cache-control"] == "no-store"
    assert watch.headers["x-accel-buffering"] == "no"
    assert watch.received.startswith(b"retry: 1000\n\nid: 0\nevent: start\n")
    assert (first.id, first.event) == (int(stored.headers["x-position"]), "set")
    updated_at = first.data.pop("updated_at")
    assert updated_at.endswith("Z")
    assert first.data == {
        "name": "a",
        "value": {"x": [1, None]},
        "version": 1,
        "position": 1,
        "layer": "own",
    }
    assert (second.id, second.event) == (2, "delete")
    assert "value" not in second.data
    assert second.data["version"] == 2


async def test_both_prefixes_of_the_routes_watch(node: Node) -> None:
    async with watching(node.app.asgi, path="/v1/config/watch") as watch:
        await node.configs().put("a", 1)
        assert [event.data["name"] for event in await watch.until(1)] == ["a"]


async def test_line_breaks_between_the_tokens_of_a_value_do_not_break_the_stream(
    node: Node,
) -> None:
    async with watching(node.app.asgi) as watch:
        await node.configs().put_raw("a", b'{"value": {"x":\r\n\n1, "y": "l\\n2"}}')
        (change,) = await watch.until(1)
    assert change.data["value"] == {"x": 1, "y": "l\n2"}


async def test_a_watch_is_of_one_tenant_and_the_layer_beneath(node: Node) -> None:
    async with (
        watching(node.app.asgi, tenant_id="one") as one,
        watching(node.app.asgi, tenant_id="two") as two,
        watching(node.app.asgi, tenant_id=GLOBAL_TENANT) as beneath,
    ):
        await node.configs("one").put("a", 1)
        await node.configs("two").put("a", 2)
        await node.configs(GLOBAL_TENANT).put("a", 3)
        await node.configs("three").put("a", 4)
        seen = [_layers(await one.until(2)), _layers(await two.until(2))]
        assert _layers(await beneath.until(1)) == [("global", 3)]

    assert seen == [[("own", 1), ("global", 3)], [("own", 2), ("global", 3)]]


async def test_only_names_with_the_prefix_come(node: Node) -> None:
    async with watching(node.app.asgi, prefix="app:") as watch:
        for name in ("app:a", "apps", "app:", "ap", "app:🚀"):
            await node.configs().put(name, 1)
        names = [event.data["name"] for event in await watch.until(3)]
        again = await _read(node, 3, from_=0, prefix="app:")

    assert names == ["app:a", "app:", "app:🚀"]
    assert [event.data["name"] for event in again.changes] == names


async def test_a_watch_resumes_exactly_from_any_position(node: Node) -> None:
    for n in range(12):
        tenant = ("default", "other", GLOBAL_TENANT)[n % 3]
        await node.configs(tenant).put(f"n{n % 4}", n)
    mine = [position for position in range(1, 13) if position % 3 != 2]

    # Before the feed was started, and while it is running: from the log, and from the ring.
    for _ in range(2):
        for position in range(12):
            expected = [other for other in mine if other > position]
            watch = await _read(node, len(expected), from_=position)
            assert watch.positions == expected
            watch = await _read(node, len(expected), headers={"Last-Event-ID": str(position)})
            assert watch.positions == expected
        await node.restart()


async def test_the_last_event_id_wins(node: Node) -> None:
    for n in range(5):
        await node.configs().put("a", n)
    headers = {"Last-Event-ID": "3"}
    assert (await _read(node, 2, headers=headers, from_=1)).positions == [4, 5]
    assert (await _read(node, 2, headers=headers, snapshot="true")).positions == [4, 5]


async def test_a_window_without_anything_to_send_is_passed_by(node: Node) -> None:
    await node.configs().put("a", 1)
    await asyncio.gather(*(node.store.put(ROOT, "other", f"n{n}", n) for n in range(4_500)))
    await node.configs().put("a", 2)
    await node.restart()

    assert (await _read(node, 2, from_=0)).positions == [1, 4_502]
    async with watching(node.app.asgi, from_=1, prefix="a") as watch:
        await watch.until(1)
        await node.configs().put("a", 3)
        assert [event.position for event in await watch.until(2)] == [4_502, 4_503]


async def test_a_snapshot_comes_first_and_what_follows_goes_on_from_it(node: Node) -> None:
    for n in range(700):
        await node.store.put(ROOT, "default", f"n{n:03}", n)
    await node.configs(GLOBAL_TENANT).put("n000", "beneath")
    await node.configs().delete("n001")

    async with watching(node.app.asgi, snapshot="true") as watch:
        await node.configs().put("n002", "later")
        await watch.until(701)

    (mark,) = [event for event in watch.events if event.event == "snapshot"]
    at = watch.events.index(mark)
    before, behind = watch.events[:at], watch.events[at + 1 :]
    assert (mark.id, mark.data) == (702, {"position": 702, "count": 700})
    assert len(before) == 700
    assert {event.id for event in before} == {None}
    assert {(e.data["layer"], e.data["name"]) for e in before if e.data["name"] == "n000"} == {
        ("own", "n000"),
        ("global", "n000"),
    }
    assert "n001" not in [event.data["name"] for event in before]
    assert [(event.id, event.data["value"]) for event in behind] == [(703, "later")]


@pytest.mark.parametrize(
    "query",
    [
        {"from_": "x"},
        {"from_": "-1"},
        {"from_": ""},
        {"from_": 7},
        {"from_": "9" * 19},
        {"prefix": "a/b"},
        {"prefix": "\n"},
        {"prefix": "n" * 513},
        {"snapshot": "maybe"},
        {"snapshot": "true", "from_": "1"},
        {"headers": {"Last-Event-ID": "abc"}},
        {"headers": {"Last-Event-ID": "7"}},
    ],
    ids=str,
)
async def test_what_cannot_be_watched_is_a_400(node: Node, query: dict[str, Any]) -> None:
    await node.configs().put("a", 1)
    async with watching(node.app.asgi, **query) as watch:
        assert (watch.status, watch.is_over) == (400, True)


async def test_whoever_may_not_read_may_not_watch(node: Node) -> None:
    somebody = principal("one", "configs:read")
    node.app.config_watches.watch(somebody, "one").close()
    for who, tenant in ((principal("one", "configs:write"), "one"), (somebody, "two")):
        with pytest.raises(Exception, match="lacks configs:read"):
            node.app.config_watches.watch(who, tenant)
        with pytest.raises(Exception, match="lacks configs:read"):
            await node.app.config_watches.resume(who, tenant, after=0)
        with pytest.raises(Exception, match="lacks configs:read"):
            node.app.config_watches.snapshot(who, tenant)


async def test_a_head_of_a_watch_is_answered_at_once(node: Node) -> None:
    async with watching(node.app.asgi, method="HEAD") as watch:
        assert (watch.status, watch.received, watch.is_over) == (200, b"", True)


async def test_heartbeats_come_after_fifteen_silent_seconds(node: Node) -> None:
    async with watching(node.app.asgi) as watch:
        await node.configs().put("a", 1)
        await watch.until(1)
        await eventually(lambda: node.clock.sleeper_count)
        for _ in range(40):
            node.clock.advance(1)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await eventually(lambda: watch.heartbeats == 2)
        # Whoever comes back goes on from here, whatever has happened to others.
        assert watch.received.endswith(b":\nid: 1\n\n")

        await node.configs().put("a", 2)
        assert [event.position for event in await watch.until(2)] == [1, 2]


async def test_watchers_are_counted(node: Node) -> None:
    def shown() -> str:
        return node.app.metrics.render().decode()

    async with watching(node.app.asgi) as one, watching(node.app.asgi) as two:
        assert "tenantry_config_watchers 2.0" in shown()
        await node.configs().put("a", 1)
        await one.until(1)
        await two.until(1)
        assert "tenantry_config_frames_sent_total 2.0" in shown()
    assert "tenantry_config_watchers 0.0" in shown()


async def test_a_stop_ends_every_watch_and_refuses_new_ones(node: Node) -> None:
    async with watching(node.app.asgi) as one, watching(node.app.asgi, from_=0) as two:
        node.app.drain()
        await eventually(lambda: one.is_over and two.is_over)
    async with watching(node.app.asgi) as late:
        assert late.status == 503
        assert int(late.headers["retry-after"]) >= 1


async def test_a_reader_whose_past_cannot_be_read_is_ended_and_comes_back(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        await node.configs().put("a", n)
    await node.restart()

    async def failing(*_: Any, **__: Any) -> None:
        raise Unavailable("the database is away")

    monkeypatch.setattr(node.log, "read_window", failing)
    async with watching(node.app.asgi, from_=0) as watch:
        await eventually(lambda: watch.is_over)
    assert (watch.status, watch.changes) == (200, [])

    monkeypatch.undo()
    assert (await _read(node, 3, from_=0)).positions == [1, 2, 3]


async def test_a_node_that_is_not_ready_refuses(node: Node) -> None:
    await node.runner.stop()
    async with watching(node.app.asgi) as watch:
        assert watch.status == 503


@pytest.mark.soak
async def test_nothing_is_missed_or_seen_twice_by_a_watcher_that_comes_and_goes(
    node: Node,
) -> None:
    count = soak_count(10_000)
    chance = random.Random(7)
    names = [(tenant, f"n{n}") for tenant in ("default", "other", GLOBAL_TENANT) for n in range(5)]

    async def write(writer: int) -> None:
        for n in range(writer, count, 8):
            tenant, name = names[n % len(names)]
            await node.store.put(ROOT, tenant, name, n)

    seen: list[int] = []
    writing = asyncio.gather(*(write(writer) for writer in range(8)))
    while not writing.done() or seen[-1:] != await _last_of(node):
        last = {"Last-Event-ID": str(seen[-1] if seen else 0)}
        async with watching(node.app.asgi, headers=last) as watch:
            for _ in range(chance.randrange(30)):
                await asyncio.sleep(0)
        seen += watch.positions
    await writing

    expected = []
    async for events in node.log.subscribe(after=0):
        expected += [event.position for event in events if event.tenant_id != "other"]
        if events[-1].position == count:
            break
    assert seen == expected


async def _read(node: Node, count: int, **query: Any) -> Watch:
    """Watch until so many changes have come, and none more do at once."""
    async with watching(node.app.asgi, **query) as watch:
        await watch.until(count)
    return watch


async def _last_of(node: Node) -> list[int]:
    """Return the last position that is for the default tenant."""
    found = 0
    for tenant in ("default", GLOBAL_TENANT):
        for entry in node.projection.entries(tenant):
            found = max(found, entry.position)
    return [found]


def _layers(changes: list[Any]) -> list[tuple[str, int]]:
    return [(change.data["layer"], change.data["value"]) for change in changes]

"""What a restart, a replay and a second node must not change."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from tenantry.eventlog import ANY, AppendRequest, EventTypes, NewEvent, StreamAppend
from tests.conformance.spine import append, running_log
from tests.support.counts import soak_count
from tests.support.nodes import ROOT, ConfigClient, Journal, Node, running_node
from tests.support.waiting import eventually

VERSIONS = 5_000


@pytest_asyncio.fixture
async def second(postgres_url: str, node_on_postgres: Node, tmp_path: Path) -> AsyncIterator[Node]:
    """Another node on the PostgreSQL of the first."""
    assert node_on_postgres.app.is_ready
    folder = tmp_path / "second"
    folder.mkdir()
    async with running_node(url=postgres_url, folder=folder) as node:
        yield node


@pytest_asyncio.fixture
async def node_on_postgres(
    postgres_url: str, journal: Journal, tmp_path: Path
) -> AsyncIterator[Node]:
    """A node on PostgreSQL."""
    assert not journal.text
    async with running_node(url=postgres_url, folder=tmp_path) as node:
        yield node


async def test_five_thousand_versions_are_right_after_a_restart(node: Node) -> None:
    await asyncio.gather(
        *(node.store.put(ROOT, "default", "name", n) for n in range(1, VERSIONS + 1))
    )
    await node.configs().put("other", "v")

    values: list[int] = []
    for with_snapshot in (False, True):
        await node.restart(with_snapshot=with_snapshot)
        configs = node.configs()
        records = await configs.history("name")
        values = [record["data"]["value"] for record in records]
        assert [record["stream_version"] for record in records] == list(range(1, VERSIONS + 1))
        assert sorted(values) == list(range(1, VERSIONS + 1))
        assert (await configs.show("name"))["value"] == values[-1]
        assert (await configs.show("name"))["version"] == VERSIONS
        assert await configs.tree() == {"name": values[-1], "other": "v"}

        for index in (0, 999, 1_000, 1_001, 3_123, VERSIONS - 1):
            assert (await configs.at("name", records[index]["created_at"])).json() == values[index]
            assert await configs.tree(at=records[index]["position"]) == {"name": values[index]}

    stored = await node.configs().put("name", "last")
    assert stored.headers["etag"] == f'"{VERSIONS + 1}"'
    assert (await node.configs().history("name"))[-1]["data"]["old_value"] == values[-1]


@pytest.mark.parametrize("with_snapshot", [False, True], ids=["replayed", "from a snapshot"])
async def test_a_restart_changes_nothing(node: Node, *, with_snapshot: bool) -> None:
    configs = node.configs()
    for name, value in (("a", "1"), ("b", {"x": [1]}), ("ключ🚀", None), ("c", "gone")):
        await configs.put(name, value)
    await configs.put("a", "2")
    await configs.delete("c")
    await node.configs("other").put("a", "theirs")
    before = await _everything(node)

    await node.restart(with_snapshot=with_snapshot)
    assert await _everything(node) == before
    assert await node.configs().tree() == {"a": "2", "b": {"x": [1]}, "ключ🚀": None}


async def test_a_deletion_and_a_resurrection_survive_a_restart(node: Node) -> None:
    configs = node.configs()
    await configs.put("name", "first")
    await configs.delete("name")
    await node.restart()
    configs = node.configs()
    assert (await configs.delete("name")).status_code == 410
    assert (await configs.put("name", "resurrected")).headers["etag"] == '"3"'

    await node.restart(with_snapshot=False)
    assert (await node.configs().get("name")).text == "resurrected"
    assert [r["data"].get("old_value") for r in await node.configs().history("name")] == [
        None,
        None,
        "first",
    ]


async def test_a_retry_after_a_restart_returns_the_first_result(node: Node) -> None:
    first = await node.configs().put("name", "v", idempotency_key="k", if_none_match="*")
    await node.restart()
    again = await node.configs().put("name", "v", idempotency_key="k", if_none_match="*")
    assert (again.status_code, again.headers["x-position"]) == (200, first.headers["x-position"])


async def test_nothing_is_lost_between_the_replay_and_the_live_events(
    node: Node, database_url: str
) -> None:
    await asyncio.gather(*(node.store.put(ROOT, "default", f"n{n}", n) for n in range(200)))
    # A rebuild beside the live state, while writers go on.
    rebuilding = asyncio.create_task(node.runner.rebuild())
    await asyncio.gather(*(node.store.put(ROOT, "default", f"n{n}", -n) for n in range(200)))
    assert (await rebuilding).is_equal
    assert database_url

    assert await node.configs().tree() == {f"n{n}": -n for n in range(200)}
    assert (await node.runner.rebuild()).is_equal


@pytest.mark.soak
async def test_a_node_that_starts_while_another_writes_misses_nothing(
    node_on_postgres: Node, postgres_url: str, tmp_path: Path
) -> None:
    count = soak_count(2_000)
    folder = tmp_path / "second"
    folder.mkdir()

    async def write() -> None:
        for n in range(0, count, 20):
            await asyncio.gather(
                *(node_on_postgres.store.put(ROOT, "default", f"n{m}", m) for m in range(n, n + 20))
            )

    writing = asyncio.create_task(write())
    await eventually(lambda: node_on_postgres.runner.position >= 20)
    async with running_node(url=postgres_url, folder=folder) as second:
        await writing
        await second.store.reach(node_on_postgres.runner.position)
        assert await second.configs().tree() == {f"n{n}": n for n in range(count)}
        assert (await second.runner.rebuild()).is_equal


async def test_a_write_on_one_node_is_read_on_the_other_within_a_second(
    node_on_postgres: Node, second: Node
) -> None:
    seconds = []
    for n in range(5):
        await node_on_postgres.configs().put("name", n)
        written_at = time.monotonic()
        await eventually(partial(_is, second, "name", b"%d" % n))
        seconds.append(time.monotonic() - written_at)
    # The machine may be busy; a node that only looked now and then would never be this quick.
    assert min(seconds) < 1.0

    await node_on_postgres.configs().delete("name")
    await eventually(partial(_is, second, "name", None))


async def test_a_position_of_another_node_is_waited_for(
    node_on_postgres: Node, second: Node
) -> None:
    for n in range(20):
        position = (await node_on_postgres.configs().put("name", n)).headers["x-position"]
        read = await second.configs().get("name", x_position=position)
        assert (read.text, read.headers["x-position"]) == (str(n), position)

        position = (await second.configs().put("name", -n)).headers["x-position"]
        headers = {"X-Position": position}
        listed = await node_on_postgres.configs().ask("GET", headers=headers)
        assert listed.json() == [{"name": "name", "value": -n}]


async def test_the_version_of_another_node_may_be_written_to_at_once(
    node_on_postgres: Node, second: Node
) -> None:
    nodes = [node_on_postgres, second]
    etag = (await node_on_postgres.configs().put("name", 0)).headers["etag"]
    for n in range(1, 20):
        answer = await nodes[n % 2].configs().put("name", n, if_match=etag)
        assert answer.status_code == 200, answer.text
        etag = answer.headers["etag"]

    stale = await nodes[n % 2 - 1].configs().put("name", n, if_match='"1"')
    assert (stale.status_code, stale.text) == (412, "name is at version 20")


async def test_what_another_node_has_deleted_may_be_created_at_once(
    node_on_postgres: Node, second: Node
) -> None:
    for _ in range(10):
        assert (await second.configs().put("name", 1, if_none_match="*")).status_code == 200
        assert (await node_on_postgres.configs().delete("name")).status_code == 200
        assert (await second.configs().delete("name")).status_code == 410


async def test_writers_on_two_nodes_make_one_unbroken_chain(
    node_on_postgres: Node, second: Node
) -> None:
    clients: list[ConfigClient] = [node_on_postgres.configs(), second.configs()]
    for first in range(0, 200, 40):
        answers = await asyncio.gather(
            *(clients[n % 2].put("name", n) for n in range(first, first + 40))
        )
        assert {answer.status_code for answer in answers} == {200}

    records = await second.configs().history("name")
    values = [record["data"]["value"] for record in records]
    assert [record["data"]["old_value"] for record in records] == [None, *values[:-1]]
    assert sorted(values) == list(range(200))


async def test_of_deletes_on_two_nodes_one_is_ok(node_on_postgres: Node, second: Node) -> None:
    position = (await second.configs().put("name", 1)).headers["x-position"]
    await node_on_postgres.store.reach(int(position))
    clients = [node_on_postgres.configs(), second.configs()]
    answers = await asyncio.gather(*(clients[n % 2].delete("name") for n in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [410] * 9


async def test_one_key_on_two_nodes_makes_one_event(node_on_postgres: Node, second: Node) -> None:
    clients = [node_on_postgres.configs(), second.configs()]
    answers = await asyncio.gather(
        *(clients[n % 2].put("name", 1, idempotency_key="k") for n in range(10))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["x-position"] for answer in answers}) == 1


async def test_what_a_newer_node_writes_makes_this_one_not_ready_rather_than_wrong(
    node_on_postgres: Node, postgres_url: str
) -> None:
    await node_on_postgres.configs().put("name", "v")
    event = NewEvent("configs.value_moved.v1", b"{}", b"{}")
    types = EventTypes(present=["configs.value_set.v1", event.type])
    async with running_log(postgres_url, types=types) as newer:
        wanted = AppendRequest("default", (StreamAppend("config-name", ANY, (event,)),))
        await append(newer, wanted)
    await eventually(lambda: not node_on_postgres.runner.is_ready)
    assert (await node_on_postgres.configs().get("name")).status_code == 503
    assert (await node_on_postgres.configs().put("name", "w")).status_code == 503


def _is(node: Node, name: str, value: bytes | None) -> bool:
    entry = node.projection.get("default", name)
    return (entry.value if entry else None) == value


async def _everything(node: Node) -> list[object]:
    """Return all that two tenants can see."""
    found: list[object] = []
    for configs in (node.configs(), node.configs("other")):
        found.append(await configs.items())
        for name in ("a", "b", "c", "ключ🚀"):
            found += [await configs.show(name), await configs.history(name)]
    for told in found:
        if isinstance(told, dict):
            # Of an error, the id of the request is another one each time.
            told.pop("meta", None)
    return found

"""Several settings at once: all of them, or none."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from tests.support.nodes import JSON, ConfigClient, Node

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def change(configs: ConfigClient, *changes: dict[str, Any], **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in {**JSON, **headers}.items()}
    body = msgspec.json.encode({"changes": changes})
    return await configs.ask("POST", content=body, headers=named)


def setting(name: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"op": "set", "name": name, "value": value, **more}


def deleting(name: str, **more: Any) -> dict[str, Any]:
    return {"op": "delete", "name": name, **more}


async def test_all_changes_happen_in_one_range_of_positions(configs: ConfigClient) -> None:
    first = await configs.put("a", "old")
    await configs.put("b", "old")
    start = int(first.headers["x-position"]) + 1

    answer = await change(configs, setting("a", {"n": 1}), deleting("b"), setting("c", None))

    assert answer.status_code == 200
    assert answer.headers["x-position"] == str(start + 3)
    assert answer.json() == {
        "position": start + 3,
        "changes": [
            {"name": "a", "op": "set", "version": 2, "position": start + 1},
            {"name": "b", "op": "delete", "version": 2, "position": start + 2},
            {"name": "c", "op": "set", "version": 1, "position": start + 3},
        ],
    }
    assert await configs.tree() == {"a": {"n": 1}, "c": None}
    assert await configs.tree(at=start) == {"a": "old", "b": "old"}


async def test_one_stale_name_refuses_all_and_every_stale_one_is_named(
    configs: ConfigClient,
) -> None:
    for name in ("a", "b", "b", "gone"):
        await configs.put(name, "v")
    await configs.delete("gone")

    answer = await change(
        configs,
        setting("a", "new", expected_version=1),
        setting("b", "new", expected_version=1),
        setting("a2", "new", expected_version=3),
        setting("new", "new", expected_version=0),
        deleting("gone"),
        deleting("never", expected_version=2),
    )

    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "changes_conflict"
    assert error["details"]["stale"] == [
        {"name": "b", "expected_version": 1, "version": 2},
        {"name": "a2", "expected_version": 3, "version": 0},
        {"name": "gone", "expected_version": None, "version": 0},
        {"name": "never", "expected_version": 2, "version": 0},
    ]
    assert await configs.tree() == {"a": "v", "b": "v"}
    assert len(await configs.history("a")) == 1


@pytest.mark.parametrize("count", [0, 1])
async def test_an_expectation_of_a_single_change_is_a_409_too(
    configs: ConfigClient, count: int
) -> None:
    for _ in range(count):
        await configs.put("a", "v")
    answer = await change(configs, setting("a", 1, expected_version=1 - count))
    assert answer.status_code == 409
    assert answer.json()["error"]["details"]["stale"][0]["version"] == count


@pytest.mark.parametrize(
    "changes, word",
    [
        ([], "changes"),
        ([setting("a", 1), setting("a", 2)], "changes[1].name"),
        ([setting("a", 1), setting("watch", 2)], "name"),
        ([setting("a", 1), {"op": "set", "name": "b"}], "changes[1].value"),
        ([setting("a", 1), {"op": "delete", "name": "b", "value": 1}], "changes[1].value"),
        ([setting("a", 1), {"op": "move", "name": "b"}], "op"),
        ([setting("a", 1), {"op": "set", "name": "b", "value": 1, "extra": 1}], "extra"),
        ([setting("a", 1, expected_version=-1)], "changes[0].expected_version"),
        ([deleting("a", expected_version=0)], "changes[0].expected_version"),
        ([setting("a", "[secret]")], "[secret]"),
        ([setting(f"n{n}", 1) for n in range(2_001)], "2000"),
    ],
)
async def test_what_cannot_be_a_set_of_changes_names_what_is_wrong_and_changes_nothing(
    configs: ConfigClient, changes: list[dict[str, Any]], word: str
) -> None:
    answer = await change(configs, *changes)
    assert answer.status_code in (400, 413)
    assert word in answer.json()["error"]["message"]
    assert await configs.tree() == {}


async def test_the_largest_set_of_changes_is_one_change(configs: ConfigClient) -> None:
    answer = await change(configs, *(setting(f"n{n:04}", n) for n in range(2_000)))
    assert answer.status_code == 200
    assert len(await configs.tree()) == 2_000
    position = answer.json()["position"]
    assert await configs.tree(at=position - 2_000) == {}


async def test_a_retry_with_the_same_key_gets_the_first_result_and_does_nothing(
    configs: ConfigClient,
) -> None:
    changes = [setting("a", 1), setting("b", 2)]
    first = await change(configs, *changes, idempotency_key="k")
    await configs.put("a", 3)
    again = await change(configs, *changes, idempotency_key="k")

    assert (again.status_code, again.json()) == (200, first.json())
    assert await configs.tree() == {"a": 3, "b": 2}
    other = await change(configs, setting("a", 1), idempotency_key="k")
    assert other.status_code == 422


async def test_sets_of_changes_and_single_writes_at_once_are_one_after_the_other(
    configs: ConfigClient,
) -> None:
    answers = await asyncio.gather(
        *(change(configs, setting("x", n), setting("y", n)) for n in range(20)),
        *(configs.put(name, -1) for name in "xy" * 10),
    )

    assert {answer.status_code for answer in answers} == {200}
    for name in "xy":
        records = await configs.history(name)
        values = [record["data"]["value"] for record in records]
        assert [record["stream_version"] for record in records] == list(range(1, 31))
        assert [record["data"]["old_value"] for record in records] == [None, *values[:-1]]
    by_position = {
        record["position"]: (name, record["data"]["value"])
        for name in "xy"
        for record in await configs.history(name)
    }
    pairs = [answer.json()["changes"] for answer in answers[:20]]
    for n, (x, y) in enumerate(pairs):
        assert y["position"] == x["position"] + 1
        assert by_position[x["position"]] == ("x", n)
        assert by_position[y["position"]] == ("y", n)


async def test_of_two_sets_decided_on_the_same_versions_one_wins(configs: ConfigClient) -> None:
    await change(configs, setting("x", 0), setting("y", 0))
    answers = await asyncio.gather(
        *(
            change(
                configs,
                setting("x", n, expected_version=1),
                setting("y", n, expected_version=1),
            )
            for n in range(1, 11)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    tree = await configs.tree()
    assert tree["x"] == tree["y"] != 0


async def test_a_set_of_changes_tells_of_each_value_it_stores(
    module_node: Node, configs: ConfigClient
) -> None:
    assert module_node.app.is_ready
    answer = await change(configs, setting("a", 1), setting("b", "s", secret=True))
    assert answer.status_code == 200
    assert (await configs.get("b")).text == "s"
    assert await configs.tree() == {"a": 1, "b": "[secret]"}

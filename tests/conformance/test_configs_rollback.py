"""Differences between two moments, and what was made the present again."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from tests.support.nodes import JSON, ConfigClient, Node

INTEGER = b'{"type":"integer"}'
STRING = b'{"type":"string"}'


@pytest.fixture
def acme(node: Node) -> ConfigClient:
    return node.configs("acme")


async def rollback(configs: ConfigClient, name: str, version: int) -> httpx.Response:
    body = msgspec.json.encode({"version": version})
    return await configs.ask("POST", f"/{name}/rollback", content=body, headers=JSON)


async def rollback_all(configs: ConfigClient, to: int | str, **more: Any) -> httpx.Response:
    body = msgspec.json.encode({"to": to, **more})
    return await configs.ask("POST", "/rollback", content=body, headers=JSON)


async def diff(configs: ConfigClient, **query: object) -> list[dict[str, Any]]:
    params = {name.rstrip("_"): str(value) for name, value in query.items()}
    answer = await configs.ask("GET", "/diff", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def test_a_difference_has_both_values_and_both_versions(acme: ConfigClient) -> None:
    await acme.put("kept", 1)
    await acme.put("changed", "a")
    await acme.put("gone", [1])
    await acme.put("changed", "b")
    await acme.delete("gone")
    await acme.put("new", None)
    await acme.put("kept", 1)

    assert await diff(acme, from_=3) == [
        {
            "name": "changed",
            "before": "a",
            "after": "b",
            "versions": {"before": "1", "after": "2"},
        },
        {"name": "gone", "before": [1], "versions": {"before": "1", "after": None}},
        {"name": "new", "after": None, "versions": {"before": None, "after": "1"}},
    ]
    assert await diff(acme, from_=3, to=3) == []
    back = await diff(acme, from_=7, to=3)
    assert [(d.get("before"), d.get("after")) for d in back] == [
        ("b", "a"),
        (None, [1]),
        (None, None),
    ]
    assert [d["name"] for d in await diff(acme, from_=0, to=7, prefix="n")] == ["new"]


async def test_a_difference_resolves_both_layers_at_both_moments(
    acme: ConfigClient, node: Node
) -> None:
    beneath = node.configs("global")
    await beneath.put("name", "beneath")
    await acme.put("name", "mine")
    await beneath.put("only", 1)
    assert await diff(acme, from_=1) == [
        {
            "name": "name",
            "before": "beneath",
            "after": "mine",
            "versions": {"before": "global:1", "after": "1"},
        },
        {"name": "only", "after": 1, "versions": {"before": None, "after": "global:1"}},
    ]
    assert [d["name"] for d in await diff(acme, from_=1, layer="own")] == ["name"]


async def test_a_difference_tells_the_position_of_its_second_moment(acme: ConfigClient) -> None:
    await acme.put("name", "a")
    await acme.put("name", "b")

    for query, position in (("from=0", "2"), ("from=0&to=1", "1"), ("from=2&to=0", "0")):
        answer = await acme.ask("GET", f"/diff?{query}")
        assert answer.headers["x-position"] == position


async def test_a_difference_takes_timestamps_too(acme: ConfigClient, node: Node) -> None:
    await acme.put("name", "a")
    before = (await acme.history("name"))[0]["created_at"]
    node.clock.advance(60)
    await acme.put("name", "b")
    assert [d["after"] for d in await diff(acme, from_=before)] == ["b"]
    for query in ("", "?from=yesterday", "?from=0&to=later"):
        assert (await acme.ask("GET", f"/diff{query}")).status_code == 400


async def test_a_rollback_of_a_name_is_a_new_version_with_the_old_value(
    acme: ConfigClient,
) -> None:
    for value in ("one", "two", "three"):
        await acme.put("name", value)

    answer = await rollback(acme, "name", 1)

    assert answer.status_code == 200
    assert answer.json() == {
        "position": 4,
        "changes": [{"name": "name", "op": "set", "version": 4, "position": 4}],
        "schemas": [],
        "not_restored": [],
    }
    assert (await acme.get("name")).text == "one"
    assert [r["data"]["value"] for r in await acme.history("name")] == [
        "one",
        "two",
        "three",
        "one",
    ]
    assert (await acme.history("name"))[-1]["data"]["old_value"] == "three"


async def test_a_rollback_can_restore_a_deletion_and_undo_one(acme: ConfigClient) -> None:
    await acme.put("name", "one")
    await acme.delete("name")
    assert (await rollback(acme, "name", 1)).status_code == 200
    assert (await acme.get("name")).text == "one"
    assert (await rollback(acme, "name", 2)).json()["changes"][0]["op"] == "delete"
    assert (await acme.get("name")).status_code == 404


async def test_a_rollback_to_what_is_there_changes_nothing(acme: ConfigClient) -> None:
    await acme.put("name", "one")
    await acme.put("name", "one")
    answer = await rollback(acme, "name", 1)
    assert (answer.status_code, answer.json()["changes"]) == (200, [])
    assert answer.json()["position"] == 2
    assert len(await acme.history("name")) == 2


@pytest.mark.parametrize(
    "body", [b"{}", b'{"version":0}', b'{"version":"1"}', b'{"version":1,"to":2}', b"[]", b"{"]
)
async def test_a_rollback_of_a_name_wants_a_version(acme: ConfigClient, body: bytes) -> None:
    await acme.put("name", "one")
    assert (await acme.ask("POST", "/name/rollback", content=body)).status_code == 400
    assert len(await acme.history("name")) == 1


async def test_a_version_that_never_was_is_not_found(acme: ConfigClient) -> None:
    await acme.put("name", "one")
    assert (await rollback(acme, "name", 2)).status_code == 404
    assert (await rollback(acme, "other", 1)).status_code == 404


async def test_a_rollback_of_the_tree_restores_every_own_setting(
    acme: ConfigClient, node: Node
) -> None:
    await node.configs("globex").put("a", "not mine")
    for name, value in (("a", 1), ("b", 2), ("c", 3)):
        await acme.put(name, value)
    then = int((await acme.get("c")).headers["x-position"])
    await acme.put("a", 10)
    await acme.delete("b")
    await acme.put("d", 4)
    await node.configs("globex").put("a", "still not mine")

    answer = await rollback_all(acme, then)

    assert answer.status_code == 200
    assert [(c["op"], c["name"]) for c in answer.json()["changes"]] == [
        ("set", "a"),
        ("set", "b"),
        ("delete", "d"),
    ]
    assert await acme.tree() == {"a": 1, "b": 2, "c": 3}
    assert len(await acme.history("c")) == 1
    assert await node.configs("globex").tree() == {"a": "still not mine"}
    assert await diff(acme, from_=then) == []


async def test_a_rollback_goes_to_a_timestamp_and_of_a_prefix(
    acme: ConfigClient, node: Node
) -> None:
    await acme.put("app.a", 1)
    await acme.put("db.a", 1)
    then = (await acme.history("db.a"))[0]["created_at"]
    node.clock.advance(1)
    await acme.put("app.a", 2)
    await acme.put("db.a", 2)
    assert (await rollback_all(acme, then, prefix="app.")).status_code == 200
    assert await acme.tree() == {"app.a": 1, "db.a": 2}


async def test_a_rollback_can_be_refused_where_something_has_changed_since(
    acme: ConfigClient,
) -> None:
    await acme.put("a", 1)
    await acme.put("a", 2)
    await acme.put("b", 1)
    answer = await rollback_all(acme, 1, expected_position=2)
    assert answer.status_code == 409
    assert answer.json()["error"]["details"]["changed"] == ["b"]
    assert await acme.tree() == {"a": 2, "b": 1}
    assert (await rollback_all(acme, 1, expected_position=3)).status_code == 200
    assert await acme.tree() == {"a": 1}


async def test_a_schema_that_has_changed_since_refuses_a_rollback_too(acme: ConfigClient) -> None:
    await acme.put("app.a", 1)
    await acme.ask("PUT", "/app.a/schema", content=INTEGER)
    await acme.ask("DELETE", "/app.a/schema")
    await acme.ask("PUT", "/schema", params={"prefix": "app."}, content=INTEGER)
    answer = await rollback_all(acme, 1, expected_position=2)
    assert answer.status_code == 409
    assert answer.json()["error"]["details"]["schemas"] == [{"name": "app.a"}, {"prefix": "app."}]
    assert (await acme.ask("GET", "/schema", params={"prefix": "app."})).content == INTEGER

    assert (await rollback_all(acme, 1, expected_position=2, prefix="b")).status_code == 200
    assert (await rollback_all(acme, 1, expected_position=4)).status_code == 200
    assert (await acme.ask("GET", "/schema", params={"prefix": "app."})).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"to":-1}',
        b'{"to":"yesterday"}',
        b'{"to":1.5}',
        b'{"to":1,"expected_position":-1}',
        b'{"to":1,"prefix":"a/b"}',
        b'{"to":1,"x":1}',
    ],
)
async def test_a_rollback_of_the_tree_wants_a_moment(acme: ConfigClient, body: bytes) -> None:
    await acme.put("name", "one")
    assert (await acme.ask("POST", "/rollback", content=body)).status_code == 400
    assert await acme.tree() == {"name": "one"}


async def test_a_rollback_restores_schemas_and_values_together(acme: ConfigClient) -> None:
    await acme.put("n", 1)
    await acme.ask("PUT", "/n/schema", content=INTEGER)
    then = int((await acme.get("n")).headers["x-position"]) + 1
    await acme.ask("DELETE", "/n/schema")
    await acme.put("n", "text")
    await acme.ask("PUT", "/n/schema", content=STRING)
    await acme.ask("PUT", "/schema", params={"prefix": "x."}, content=STRING)

    answer = await rollback_all(acme, then)

    assert answer.status_code == 200, answer.text
    assert answer.json()["schemas"] == [
        {"name": "n", "op": "set"},
        {"prefix": "x.", "op": "delete"},
    ]
    assert (await acme.get("n")).json() == 1
    assert (await acme.ask("GET", "/n/schema")).content == INTEGER
    assert (await acme.ask("GET", "/schema", params={"prefix": "x."})).status_code == 404
    assert (await acme.put("n", "text")).status_code == 422


async def test_a_rollback_that_breaks_a_schema_is_refused_whole(
    acme: ConfigClient, node: Node
) -> None:
    await acme.put("a", "text")
    await acme.put("b", "text")
    then = int((await acme.get("b")).headers["x-position"])
    await acme.put("a", 1)
    await acme.put("b", 2)
    await node.configs("global").ask("PUT", "/schema", params={"prefix": ""}, content=INTEGER)

    answer = await rollback_all(acme, then)

    assert answer.status_code == 422
    violations = answer.json()["error"]["details"]["violations"]
    assert [(v["name"], v["pointer"], v["schema"]) for v in violations] == [
        ("a", "", {"layer": "global", "prefix": ""}),
        ("b", "", {"layer": "global", "prefix": ""}),
    ]
    assert await acme.tree() == {"a": 1, "b": 2}
    assert (await rollback(acme, "a", 1)).status_code == 422


async def test_a_repeated_rollback_with_the_same_key_happens_once(acme: ConfigClient) -> None:
    await acme.put("a", 1)
    await acme.put("a", 2)
    await acme.ask("PUT", "/a/schema", content=INTEGER)
    headers = {"Idempotency-Key": "k", **JSON}
    first = await acme.ask("POST", "/rollback", content=b'{"to":1}', headers=headers)
    assert first.json()["schemas"] == [{"name": "a", "op": "delete"}]
    await acme.put("a", 3)
    again = await acme.ask("POST", "/rollback", content=b'{"to":1}', headers=headers)
    assert (again.status_code, again.json()) == (200, first.json())
    assert await acme.tree() == {"a": 3}


async def test_a_repeated_rollback_tells_of_its_schemas_again(acme: ConfigClient) -> None:
    await acme.put("a", 1)
    await acme.ask("PUT", "/a/schema", content=INTEGER)
    headers = {"Idempotency-Key": "k", **JSON}
    answers = [
        await acme.ask("POST", "/rollback", content=b'{"to":1}', headers=headers) for _ in range(2)
    ]
    assert answers[0].json()["schemas"] == [{"name": "a", "op": "delete"}]
    assert answers[1].json() == answers[0].json()


async def test_there_is_no_rollback_to_what_the_log_has_not_come_to(acme: ConfigClient) -> None:
    await acme.put("a", 1)
    answer = await rollback_all(acme, 2)
    assert (answer.status_code, answer.json()["error"]["details"]["field"]) == (400, "to")


async def test_a_rollback_among_many_writers_is_whole(acme: ConfigClient) -> None:
    for n in range(5):
        await acme.put(f"n{n}", "old")
    then = int((await acme.get("n4")).headers["x-position"])

    async def write(writer: int) -> None:
        for n in range(20):
            await acme.put(f"n{(writer + n) % 5}", n)

    writing = [asyncio.create_task(write(writer)) for writer in range(4)]
    answers = [await rollback_all(acme, then) for _ in range(5)]
    await asyncio.gather(*writing)

    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        tree = await acme.tree(at=answer.json()["position"])
        assert tree == {f"n{n}": "old" for n in range(5)}

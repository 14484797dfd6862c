"""JSON Schemas of names and prefixes, in both layers."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from tests.support.nodes import JSON, ConfigClient, Node

INTEGER = b'{"type":"integer"}'
SERVER = (
    b'{"type":"object","required":["host"],"properties":'
    b'{"host":{"type":"string"},"a/b":{"type":"array","items":{"type":"integer"}}}}'
)


@pytest.fixture
def acme(node: Node) -> ConfigClient:
    return node.configs("acme")


@pytest.fixture
def beneath(node: Node) -> ConfigClient:
    return node.configs("global")


async def put_schema(
    configs: ConfigClient, schema: bytes, *, name: str = "", prefix: str | None = None, **query: Any
) -> httpx.Response:
    params = {**({} if prefix is None else {"prefix": prefix}), **query}
    path = f"/{name}/schema" if name else "/schema"
    return await configs.ask("PUT", path, params=params, content=schema, headers=JSON)


def violations(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["code"] == "schema_violated"
    found: list[dict[str, Any]] = error["details"]["violations"]
    return found


async def test_a_value_that_fails_the_schema_is_refused_with_every_pointer(
    acme: ConfigClient,
) -> None:
    assert (await put_schema(acme, SERVER, name="server")).status_code == 200
    answer = await acme.put("server", {"a/b": [1, "x", None]}, **JSON)

    assert [(v["pointer"], v["schema"]) for v in violations(answer)] == [
        ("", {"layer": "own", "name": "server"}),
        ("/a~1b/1", {"layer": "own", "name": "server"}),
        ("/a~1b/2", {"layer": "own", "name": "server"}),
    ]
    assert (await acme.get("server")).status_code == 404
    assert (await acme.put("server", {"host": "h", "a/b": [1]})).status_code == 200
    assert (await acme.put("other", 1)).status_code == 200


async def test_every_schema_that_covers_a_name_must_be_met(
    acme: ConfigClient, beneath: ConfigClient, node: Node
) -> None:
    await put_schema(acme, b'{"type":"integer"}', prefix="app.")
    await put_schema(acme, b'{"minimum":10}', name="app.n")
    await put_schema(beneath, b'{"maximum":20}', prefix="")

    for value, layers in ((5, ["own"]), (25, ["global"]), ("x", ["own"])):
        answer = await acme.put("app.n", value, **JSON)
        assert [v["schema"]["layer"] for v in violations(answer)] == layers
    assert (await acme.put("app.n", 15)).status_code == 200
    # Global's binds every tenant, acme's its own values only.
    other = node.configs("globex")
    assert (await other.put("app.n", "x")).status_code == 200
    assert (await other.put("n", 21)).status_code == 422
    assert (await beneath.put("n", 21)).status_code == 422

    effective = await acme.ask("GET", "/app.n/schema", params={"effective": "true"})
    assert sorted(msgspec.json.encode(each) for each in effective.json()) == [
        b'{"layer":"global","schema":{"maximum":20},"prefix":""}',
        b'{"layer":"own","schema":{"minimum":10},"name":"app.n"}',
        b'{"layer":"own","schema":{"type":"integer"},"prefix":"app."}',
    ]


async def test_a_schema_that_a_present_value_breaks_is_refused(acme: ConfigClient) -> None:
    await acme.put("app.a", 1)
    await acme.put("app.b", "text")
    await acme.put("app.c", None)
    await acme.put("app.d", "deleted")
    await acme.delete("app.d")

    answer = await put_schema(acme, INTEGER, prefix="app.")

    assert [v["name"] for v in violations(answer)] == ["app.b", "app.c"]
    answer = await acme.ask("GET", "/schema", params={"prefix": "app."})
    assert answer.status_code == 404
    assert (await acme.put("app.a", "anything")).status_code == 200


async def test_a_global_schema_is_held_against_every_tenants_values(
    acme: ConfigClient, beneath: ConfigClient
) -> None:
    await acme.put("n", "text")
    answer = await put_schema(beneath, INTEGER, name="n")
    assert [v["name"] for v in violations(answer)] == ["n"]
    await acme.put("n", 1)
    assert (await put_schema(beneath, INTEGER, name="n")).status_code == 200


async def test_a_schema_is_shown_changed_and_deleted(acme: ConfigClient) -> None:
    first = await put_schema(acme, INTEGER, name="n")
    assert first.json()["name"] == "n"
    shown = await acme.ask("GET", "/n/schema")
    assert (shown.status_code, shown.content) == (200, INTEGER)
    assert shown.headers["etag"] == first.headers["etag"] == '"1"'
    # The same again is no change.
    assert (await put_schema(acme, INTEGER, name="n")).headers["etag"] == '"1"'
    assert (await put_schema(acme, b'{"type":"string"}', name="n")).headers["etag"] == '"2"'

    assert (await acme.put("n", "text")).status_code == 200
    assert (await acme.ask("DELETE", "/n/schema")).status_code == 200
    assert (await acme.ask("GET", "/n/schema")).status_code == 404
    assert (await acme.ask("DELETE", "/n/schema")).status_code == 404
    assert (await acme.put("n", [1])).status_code == 200


@pytest.mark.parametrize(
    "schema",
    [
        b"",
        b"1",
        b"[]",
        b"{",
        b'{"type":"nonsense"}',
        b'{"pattern":"("}',
        b'{"$ref":"https://example.com/schema.json"}',
        b'{"$ref":"file:///etc/passwd"}',
        b'{"$ref":"#/nowhere"}',
        b"\xff",
        b'{"x":' * 300 + b"1" + b"}" * 300,
        b'{"description":"' + b"x" * 200_000 + b'"}',
    ],
)
async def test_what_is_no_schema_of_ours_is_refused(acme: ConfigClient, schema: bytes) -> None:
    answer = await put_schema(acme, schema, name="n")
    assert answer.status_code == 400, answer.text
    assert (await acme.ask("GET", "/n/schema")).status_code == 404


async def test_a_pattern_that_would_never_end_is_cut_short(acme: ConfigClient) -> None:
    await put_schema(acme, b'{"pattern":"^(a|aa)+\\\\1$"}', name="n")
    async with asyncio.timeout(20):
        answer = await acme.put("n", "a" * 5_000 + "!")
    assert answer.status_code == 422


async def test_a_prefix_must_be_said_even_the_empty_one(acme: ConfigClient) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = await acme.ask(method, "/schema", content=b'{"value":1}')
        assert answer.status_code == 400
        assert "prefix" in answer.text
    answer = await put_schema(acme, INTEGER, prefix="a/b")
    assert answer.status_code == 400


async def test_a_dry_run_lists_what_would_be_rejected_in_history_too(
    acme: ConfigClient, node: Node
) -> None:
    await acme.put("app.a", 1)
    await acme.put("app.a", "text")
    await acme.put("app.a", 2)
    await acme.put("app.b", "text")
    await acme.put("app.gone", "text")
    await acme.delete("app.gone")
    await acme.put("other", "text")
    await node.configs("globex").put("app.a", "text")

    trial = (await put_schema(acme, INTEGER, prefix="app.", dry_run="true")).json()

    assert (trial["checked"], trial["count"]) == (5, 3)
    assert [(r["name"], r["version"], r["is_present"]) for r in trial["rejected"]] == [
        ("app.a", 2, False),
        ("app.b", 1, True),
        ("app.gone", 1, False),
    ]
    assert trial["rejected"][0]["violations"][0]["pointer"] == ""
    by_name = (await put_schema(acme, INTEGER, name="app.a", dry_run="true")).json()
    assert (by_name["checked"], by_name["count"]) == (3, 1)
    # Nothing was set.
    assert (await acme.put("app.a", "text")).status_code == 200

    across = await put_schema(node.configs("global"), INTEGER, prefix="app.", dry_run="true")
    assert {r["tenant_id"] for r in across.json()["rejected"]} == {"acme", "globex"}


async def test_a_set_of_changes_meets_its_schemas_or_lists_every_violation(
    acme: ConfigClient,
) -> None:
    await put_schema(acme, INTEGER, prefix="n")
    changes = [{"op": "set", "name": name, "value": "text"} for name in ("n1", "n2", "m")]
    answer = await acme.ask("POST", content=msgspec.json.encode({"changes": changes}), headers=JSON)
    assert [v["name"] for v in violations(answer)] == ["n1", "n2"]
    assert await acme.tree() == {}


async def test_schemas_and_writes_at_once_leave_no_value_that_breaks_one(
    acme: ConfigClient,
) -> None:
    async def write(writer: int) -> None:
        for n in range(25):
            await acme.put(f"n{n % 3}", n if writer % 2 else str(n))

    async def toggle() -> list[int]:
        statuses = []
        for schema in (INTEGER, b'{"type":"string"}') * 5:
            statuses.append((await put_schema(acme, schema, prefix="n")).status_code)
            await acme.ask("DELETE", "/schema", params={"prefix": "n"})
        statuses.append((await put_schema(acme, INTEGER, prefix="n")).status_code)
        return statuses

    toggling = asyncio.create_task(toggle())
    await asyncio.gather(*(write(writer) for writer in range(4)))
    statuses = await toggling

    assert set(statuses) <= {200, 422}
    shown = await acme.ask("GET", "/schema", params={"prefix": "n"})
    if shown.status_code == 200:
        assert all(isinstance(value, int) for value in (await acme.tree()).values())
    assert (statuses[-1] == 200) == (shown.status_code == 200)


async def test_a_restart_keeps_the_schemas(node: Node) -> None:
    await put_schema(node.configs("acme"), INTEGER, name="n")
    await put_schema(node.configs("global"), INTEGER, prefix="g.")
    for with_snapshot in (True, False):
        await node.restart(with_snapshot=with_snapshot)
        acme = node.configs("acme")
        assert (await acme.put("n", "text")).status_code == 422
        assert (await acme.put("g.n", "text")).status_code == 422
        assert (await acme.ask("GET", "/n/schema")).content == INTEGER
        report = await node.runner.rebuild()
        assert report.is_equal

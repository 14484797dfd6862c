"""What belongs to one tenant is nobody else's."""

import re
from typing import Any

import httpx
import pytest

from tenantry.base.errors import Denied
from tenantry.configs import SetConfigValue
from tenantry.configs.model import SchemaTarget
from tests.support.nodes import JSON, ConfigClient, Journal, Node, principal
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def stranger(module_node: Node, configs: ConfigClient) -> ConfigClient:
    """Another tenant."""
    return module_node.configs(f"{configs.tenant_id}-stranger")


async def test_a_stranger_sees_nothing_of_ours(
    configs: ConfigClient, stranger: ConfigClient
) -> None:
    await configs.put("name", "ours")
    (record,) = await configs.history("name")

    assert (await stranger.get("name")).status_code == 404
    assert await stranger.items() == []
    assert await stranger.items(at=record["position"]) == []
    assert await stranger.history("name") == []
    assert (await stranger.at("name", record["created_at"])).status_code == 404
    past = await stranger.ask("GET", "/name", params={"at": str(record["position"])})
    assert past.status_code == 404


async def test_a_stranger_is_told_the_same_of_ours_as_of_what_never_was(
    configs: ConfigClient, stranger: ConfigClient
) -> None:
    await configs.put("ours", {"a": 1})
    await configs.put("ours", {"a": 2})
    await configs.ask("PUT", "/ours/schema", content=b'{"type":"object"}')
    position = (await configs.get("ours")).headers["x-position"]

    async def told(name: str) -> list[tuple[int, str, dict[str, str]]]:
        asks: list[tuple[str, str, dict[str, str], dict[str, Any]]] = [
            ("GET", f"/{name}", {}, {}),
            ("GET", f"/{name}", {"If-None-Match": '"2"'}, {}),
            ("GET", f"/{name}?at={position}", {}, {}),
            ("GET", f"/{name}?explain=true", {}, {}),
            ("GET", f"/{name}?layer=own", {}, {}),
            ("GET", f"/{name}/history", {}, {}),
            ("GET", f"/{name}/schema", {}, {}),
            ("GET", f"/{name}/schema?effective=true", {}, {}),
            ("GET", f"?prefix={name}", {}, {}),
            ("GET", f"?prefix={name}&at={position}", {}, {}),
            ("GET", f"/diff?from=0&prefix={name}", {}, {}),
            ("GET", f"/schema?prefix={name}", {}, {}),
            ("PUT", f"/{name}/schema?dry_run=true", {}, {"content": b'{"type":"integer"}'}),
            ("PUT", f"/{name}", {"If-Match": '"2"'}, {"content": b'{"value":1}'}),
            ("DELETE", f"/{name}", {}, {}),
            ("DELETE", f"/{name}?shred=true", {}, {}),
            ("DELETE", f"/{name}/schema", {}, {}),
            ("POST", f"/{name}/rollback", {}, {"content": b'{"version":1}'}),
        ]
        answers = [
            await stranger.ask(method, path, headers={**JSON, **headers}, **more)
            for method, path, headers, more in asks
        ]
        return [_without_moment(answer, name) for answer in answers]

    assert await told("ours") == await told("none")


async def test_an_idempotency_key_of_ours_tells_a_stranger_nothing(
    configs: ConfigClient, stranger: ConfigClient
) -> None:
    await configs.put("name", "ours", idempotency_key="deploy-1")
    assert (await stranger.put("name", "theirs", idempotency_key="deploy-1")).status_code == 200
    assert (await configs.tree(), await stranger.tree()) == ({"name": "ours"}, {"name": "theirs"})


async def test_a_stranger_changes_nothing_of_ours(
    configs: ConfigClient, stranger: ConfigClient
) -> None:
    await configs.put("name", "ours")
    assert (await stranger.delete("name")).status_code == 404
    assert (await stranger.put("name", "theirs", if_match='"1"')).status_code == 412
    assert (await stranger.put("name", "theirs", if_none_match="*")).status_code == 200
    assert await configs.tree() == {"name": "ours"}
    assert await stranger.tree() == {"name": "theirs"}
    assert len(await configs.history("name")) == 1


async def test_versions_are_counted_by_tenant_and_positions_by_the_log(
    configs: ConfigClient, stranger: ConfigClient
) -> None:
    ours = await configs.put("name", 1)
    theirs = await stranger.put("name", 1)
    assert ours.headers["etag"] == theirs.headers["etag"] == '"1"'
    assert int(theirs.headers["x-position"]) > int(ours.headers["x-position"])


async def test_tenants_whose_names_begin_alike_are_apart(module_node: Node) -> None:
    for tenant_id in ("alike", "alike-a", "alike-"):
        await module_node.configs(tenant_id).put("a", tenant_id)
    for tenant_id in ("alike", "alike-a", "alike-"):
        assert await module_node.configs(tenant_id).tree() == {"a": tenant_id}
        assert await module_node.configs(tenant_id).tree(at="9" * 18) == {"a": tenant_id}


async def test_without_a_tenant_it_is_the_default_one(module_node: Node) -> None:
    await module_node.http.put("/config/default-name", content=b'{"value":"v"}')
    assert (await module_node.configs("default").get("default-name")).text == "v"


async def test_one_tenant_has_one_id_however_it_is_spelled(module_node: Node) -> None:
    spellings = ["6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"]
    await module_node.configs(spellings[0]).put("name", "v")
    assert await module_node.configs(spellings[1]).tree() == {"name": "v"}


@pytest.mark.parametrize("tenant_id", ["", "UPPER", "a b", "a/b", "-a", "a" * 64, "*", "ä"])
async def test_what_can_be_no_tenant_is_a_400(module_node: Node, tenant_id: str) -> None:
    headers = {b"X-Tenant-ID": tenant_id.encode("latin-1")}
    for method, path in (("GET", ""), ("GET", "/a"), ("PUT", "/a"), ("GET", "/a/history")):
        answer = await module_node.http.request(method, f"/config{path}", headers=headers)
        assert answer.status_code == 400
        assert "X-Tenant-ID" in answer.text


ADMIN = principal("acme", "configs:read", "configs:write", "configs:reveal")
ROUTES: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/config/name", {}),
    ("GET", "/config/name?explain=true", {}),
    ("GET", "/config/name?wait=1s&version=0", {}),
    ("GET", "/config/name/history", {}),
    ("GET", "/config/name/schema", {}),
    ("GET", "/config", {}),
    ("GET", "/config/diff?from=0", {}),
    ("GET", "/config/watch?from=0", {}),
    ("PUT", "/config/name", {"content": b'{"value":1}'}),
    ("PUT", "/config/name/schema", {"content": b"{}"}),
    ("PUT", "/config/name/schema?dry_run=true", {"content": b"{}"}),
    ("DELETE", "/config/name", {}),
    ("DELETE", "/config/name/schema", {}),
    ("POST", "/config", {"content": b'{"changes":[{"op":"set","name":"name","value":1}]}'}),
    ("POST", "/config/name/rollback", {"content": b'{"version":1}'}),
    ("POST", "/config/rollback", {"content": b'{"to":1}'}),
]


@pytest.mark.parametrize("method, path, sent", ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
async def test_who_belongs_to_a_tenant_acts_on_no_other_and_not_on_the_layer_beneath(
    module_node: Node, method: str, path: str, sent: dict[str, Any]
) -> None:
    http = module_node.asked_by(ADMIN)
    await module_node.configs("initech").put("name", "theirs")
    refusals = []
    for tenant_id in ("global", "initech", "never-was"):
        headers = {"X-Tenant-ID": tenant_id, **JSON}
        answer = await http.request(method, path, headers=headers, **sent)
        assert answer.status_code == 403
        refusals.append(answer.json()["error"]["message"].replace(tenant_id, "it"))
    # Nor is it told whether there is such a tenant.
    assert set(refusals) == {"somebody does not belong to tenant it"}


async def test_the_layer_beneath_is_read_by_everybody_and_written_by_root_alone(
    module_node: Node,
) -> None:
    beneath = module_node.configs("global")
    await beneath.put("shared", "everybody's")
    acme = ConfigClient(module_node.asked_by(ADMIN), tenant_id="acme")
    assert (await acme.get("shared")).text == "everybody's"
    assert await acme.items(prefix="shared", layer="own") == []
    # It shadows it, and leaves it as it is.
    assert (await acme.put("shared", "ours", if_match='"global:1"')).status_code == 200
    assert (await acme.delete("shared")).status_code == 200
    assert (await acme.delete("shared")).status_code == 410
    assert (await beneath.get("shared")).text == "everybody's"

    for refused in (
        module_node.store.put(ADMIN, "global", "shared", 1),
        module_node.store.delete(ADMIN, "global", "shared"),
        module_node.store.rollback_all(ADMIN, "global", 0),
        module_node.store.schemas.put(ADMIN, "global", SchemaTarget("prefix", ""), b"{}"),
    ):
        with pytest.raises(Denied):
            await refused
    await beneath.delete("shared")


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "worker"),
        ("POST", "worker/restart"),
        ("POST", "worker/test"),
        ("GET", "projection"),
        ("GET", "projection?summary=true"),
        ("POST", "projection/rebuild"),
        ("POST", "projection/reconnect"),
    ],
)
async def test_what_runs_behind_the_settings_is_no_tenants_business(
    module_node: Node, method: str, path: str
) -> None:
    everything = principal("acme", "*")
    answer = await module_node.asked_by(everything).request(method, f"/api/config/{path}")
    assert answer.status_code == 403
    assert answer.json()["error"]["details"] == {"permission": "configs:operate", "tenant": "*"}


async def test_a_log_line_of_a_value_says_whose_it_is(
    configs: ConfigClient, stranger: ConfigClient, module_journal: Journal
) -> None:
    whose = {"of-one": configs, "of-another": stranger}
    for value, client in whose.items():
        await client.put("whose", value)

    def told() -> list[tuple[str, str]]:
        return [
            (value, line["tenant_id"])
            for line in module_journal.lines
            for value in whose
            if line["event"].endswith(f'"{value}"') or f"new_value={value} " in line["event"]
        ]

    # Two lines of the request, and one of the worker.
    await eventually(lambda: len(told()) == 6)
    assert set(told()) == {(value, client.tenant_id) for value, client in whose.items()}


async def test_the_projection_shows_a_tenant_only_its_own(
    configs: ConfigClient, stranger: ConfigClient, module_node: Node
) -> None:
    await configs.put("name", {"a": 1})
    await stranger.put("name", "theirs")
    headers = {"X-Tenant-ID": configs.tenant_id}
    answer = await module_node.http.get("/api/config/projection", headers=headers)
    assert answer.json()["data"]["configs"] == {"name": {"a": 1}}


async def test_an_export_is_of_ones_own_settings_and_shows_no_secret(
    configs: ConfigClient, stranger: ConfigClient, module_node: Node
) -> None:
    await configs.put("b", {"deep": [1, None]})
    await configs.put("a", "text")
    await configs.put("gone", 1)
    await configs.delete("gone")
    await configs.put_raw("key", b'{"value": "hunter2", "secret": true}')
    await stranger.put("c", "theirs")
    await module_node.configs("global").put("beneath", "everybody's")

    reader = principal(configs.tenant_id, "configs:read")
    exported = module_node.store.export(reader, configs.tenant_id)
    assert exported == {"a": "text", "b": {"deep": [1, None]}, "key": "[secret]"}
    assert list(exported) == sorted(exported)
    with pytest.raises(Denied):
        module_node.store.export(reader, stranger.tenant_id)
    with pytest.raises(Denied):
        module_node.store.export(principal(configs.tenant_id, "configs:write"), configs.tenant_id)
    await module_node.configs("global").delete("beneath")


async def test_who_has_no_permission_is_denied_everything(module_node: Node) -> None:
    store = module_node.store
    nobody = principal("acme")

    for refused in (
        store.put(nobody, "acme", "name", 1),
        store.put_json(nobody, "acme", SetConfigValue("name", b"1")),
        store.delete(nobody, "acme", "name"),
        store.at(nobody, "acme", "name", 1),
        anext(store.history(nobody, "acme", "name")),
        store.all_at(nobody, "acme", 1),
    ):
        with pytest.raises(Denied, match="somebody lacks configs:"):
            await refused
    with pytest.raises(Denied):
        store.get(nobody, "acme", "name")
    with pytest.raises(Denied):
        store.all(nobody, "acme")


async def test_a_reader_may_not_write_and_a_writer_may_not_read(module_node: Node) -> None:
    store = module_node.store
    reader, writer = principal("acme", "configs:read"), principal("acme", "configs:write")

    await store.put(writer, "acme", "name", 1)
    with pytest.raises(Denied):
        store.get(writer, "acme", "name")
    assert store.get(reader, "acme", "name").value == b"1"
    with pytest.raises(Denied):
        await store.put(reader, "acme", "name", 2)
    with pytest.raises(Denied):
        await store.delete(reader, "acme", "name")
    assert len(store.all(reader, "acme")) == 1


async def test_permissions_on_one_tenant_are_none_on_another(module_node: Node) -> None:
    insider = principal("acme", "configs:read", "configs:write")
    with pytest.raises(Denied):
        await module_node.store.put(insider, "initech", "name", 1)
    with pytest.raises(Denied):
        module_node.store.get(insider, "initech", "name")


def _without_moment(answer: httpx.Response, name: str) -> tuple[int, str, dict[str, str]]:
    """Return an answer without what every answer has of its own, and without the name."""
    headers = {k: v for k, v in answer.headers.items() if k not in ("x-request-id", "date")}
    text = re.sub(r'"meta":\{[^}]*\}', "", answer.text)
    return answer.status_code, text.replace(name, "it"), headers

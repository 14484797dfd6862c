"""What belongs to one tenant is nobody else's."""

import pytest

from tenantry.base.errors import Denied
from tenantry.configs import SetConfigValue
from tests.support.nodes import ConfigClient, Node, principal

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

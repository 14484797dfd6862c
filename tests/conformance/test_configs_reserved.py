"""Names that another feature reads ask for more of whoever writes them, through every door."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from tenantry.base import Principal
from tenantry.base.errors import Denied, Invalid
from tenantry.configs import (
    GLOBAL_TENANT,
    ConfigStore,
    DeleteConfigValue,
    SchemaTarget,
    SetConfigValue,
)
from tests.support.doors import ask_quickly
from tests.support.nodes import JSON, ROOT, ConfigClient, Node, principal

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLAG = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on"}
OTHER = {**FLAG, "defaultVariant": "off"}
BROKEN = {**FLAG, "state": "on"}
NAME = "flag:new-checkout"

Act = Callable[[ConfigStore, Principal, str], Awaitable[Any]]


async def _roll_back_all(store: ConfigStore, who: Principal, tenant_id: str) -> None:
    entry = store.get(ROOT, tenant_id, NAME)
    await store.rollback_all(who, tenant_id, entry.position - 1)


ACTS: dict[str, Act] = {
    "put": lambda store, who, tenant: store.put(who, tenant, NAME, FLAG),
    "put of a secret": lambda store, who, tenant: store.put(
        who, tenant, NAME, FLAG, is_secret=True
    ),
    "set with others": lambda store, who, tenant: store.change(
        who, tenant, [SetConfigValue("plain", b"2"), _setting(FLAG)]
    ),
    "delete with others": lambda store, who, tenant: store.change(
        who, tenant, [SetConfigValue("plain", b"2"), DeleteConfigValue(NAME)]
    ),
    "delete": lambda store, who, tenant: store.delete(who, tenant, NAME),
    "shred": lambda store, who, tenant: store.shred(who, tenant, NAME),
    "roll back": lambda store, who, tenant: store.rollback(who, tenant, NAME, 1),
    "roll back a tree": _roll_back_all,
    "bind by a schema": lambda store, who, tenant: store.schemas.put(
        who, tenant, SchemaTarget("prefix", "flag:"), b"true"
    ),
    "free of a schema": lambda store, who, tenant: store.schemas.delete(
        who, tenant, SchemaTarget("name", NAME)
    ),
}


def _setting(value: object) -> SetConfigValue:
    return SetConfigValue(NAME, msgspec.json.encode(value))


def editor(tenant_id: str) -> Principal:
    return principal(tenant_id, "configs:read", "configs:write", "configs:reveal")


@pytest.fixture
def bare(module_node: Node) -> ConfigStore:
    """The same settings, without any reservation, as an earlier release had them."""
    app = module_node.app
    return ConfigStore(log=app.log, runner=app.config_runner, clock=app.clock, vault=app.vault)


@pytest.mark.parametrize("act", ACTS)
async def test_whoever_writes_one_needs_its_permission_too(
    configs: ConfigClient, module_node: Node, act: str
) -> None:
    store, tenant = module_node.store, configs.tenant_id
    await store.put(ROOT, tenant, NAME, FLAG)
    await store.put(ROOT, tenant, NAME, OTHER)
    await store.schemas.put(ROOT, tenant, SchemaTarget("name", NAME), b"true")
    before = store.position

    with pytest.raises(Denied, match="flags:write") as caught:
        await ACTS[act](store, editor(tenant), tenant)

    assert caught.value.details is not None
    assert caught.value.details["permission"] == "flags:write"
    assert (await module_node.log.head()).position == before


async def test_whoever_has_both_permissions_may(configs: ConfigClient, module_node: Node) -> None:
    tenant = configs.tenant_id
    both = principal(tenant, "configs:write", "flags:write")

    await module_node.store.put(both, tenant, NAME, FLAG)
    await module_node.store.rollback(both, tenant, NAME, 1)
    await module_node.store.delete(both, tenant, NAME)

    with pytest.raises(Denied, match="configs:write"):
        await module_node.store.put(principal(tenant, "flags:write"), tenant, NAME, FLAG)


async def test_an_editor_rolls_back_a_tree_in_which_no_such_name_changes(
    configs: ConfigClient, module_node: Node
) -> None:
    store, tenant = module_node.store, configs.tenant_id
    await store.put(ROOT, tenant, NAME, FLAG)
    plain = await store.put(ROOT, tenant, "plain", 1)
    await store.put(ROOT, tenant, "plain", 2)

    report = await store.rollback_all(editor(tenant), tenant, plain.position)

    assert [entry.name for entry in report.changes] == ["plain"]


async def test_a_name_that_only_looks_like_one_is_anybodys(
    configs: ConfigClient, module_node: Node
) -> None:
    tenant = configs.tenant_id
    for name in ("flag", "flags:x", "Flag:x", "my-flag:x"):
        await module_node.store.put(editor(tenant), tenant, name, "anything")


async def test_a_tenants_admin_writes_none_of_the_layer_beneath(
    configs: ConfigClient, module_node: Node
) -> None:
    both = principal(configs.tenant_id, "configs:write", "flags:write")

    with pytest.raises(Denied):
        await module_node.store.put(both, GLOBAL_TENANT, NAME, FLAG)
    with pytest.raises(Invalid):
        await module_node.store.put(ROOT, GLOBAL_TENANT, NAME, BROKEN)


async def test_several_changes_of_which_one_is_not_fit_change_nothing(
    configs: ConfigClient, module_node: Node
) -> None:
    tenant = configs.tenant_id
    changes = [SetConfigValue("plain", b"1"), _setting(BROKEN)]

    with pytest.raises(Invalid, match=r"value\.state"):
        await module_node.store.change(ROOT, tenant, changes)

    assert module_node.store.all(ROOT, tenant, own_only=True) == []


async def test_what_is_not_fit_any_more_is_not_restored(
    configs: ConfigClient, module_node: Node, bare: ConfigStore
) -> None:
    store, tenant = module_node.store, configs.tenant_id
    then = await bare.put(ROOT, tenant, NAME, BROKEN)
    await store.put(ROOT, tenant, NAME, FLAG)

    with pytest.raises(Invalid, match=r"value\.state"):
        await store.rollback(ROOT, tenant, NAME, 1)
    with pytest.raises(Invalid, match=r"value\.state"):
        await store.rollback_all(ROOT, tenant, then.position)

    assert msgspec.json.decode(store.get(ROOT, tenant, NAME).value) == FLAG


async def test_none_becomes_a_secret_and_one_that_is_must_be_deleted(
    configs: ConfigClient, module_node: Node, bare: ConfigStore
) -> None:
    store, tenant = module_node.store, configs.tenant_id
    with pytest.raises(Invalid, match="secret"):
        await store.put(ROOT, tenant, NAME, FLAG, is_secret=True)

    await bare.put(ROOT, tenant, NAME, "hidden", is_secret=True)
    with pytest.raises(Invalid, match="secret"):
        await store.put(ROOT, tenant, NAME, FLAG)
    await store.delete(ROOT, tenant, NAME)
    with pytest.raises(Invalid, match="secret"):
        await store.rollback(ROOT, tenant, NAME, 1)

    assert not (await store.put(ROOT, tenant, NAME, FLAG)).is_secret


async def test_every_door_says_which_field_is_wrong_and_stores_nothing(
    configs: ConfigClient, module_node: Node
) -> None:
    path, body = f"/config/{NAME}", msgspec.json.encode({"value": BROKEN})
    headers = {"X-Tenant-ID": configs.tenant_id, "Content-Type": "application/json", **JSON}

    quick = await ask_quickly(module_node, "PUT", path, headers=headers, body=body)
    answers = [
        quick,
        await module_node.http.put(path, headers=headers, content=body),
        await module_node.around_the_door().put(path, headers=headers, content=body),
        await configs.ask(
            "POST",
            json={"changes": [{"op": "set", "name": NAME, "value": BROKEN}]},
            headers=JSON,
        ),
    ]

    for answer in answers:
        assert answer is not None
        assert answer.status_code == 422
        error = msgspec.json.decode(answer.content)["error"]
        assert error["code"] == "invalid_flag"
        assert error["message"] == f"{NAME}: value.state: got 'on', wants ENABLED or DISABLED"
        assert error["details"] == {
            "name": NAME,
            "field": "value.state",
            "got": "on",
            "wants": "ENABLED or DISABLED",
        }
    assert module_node.store.all(ROOT, configs.tenant_id, own_only=True) == []


async def test_every_door_asks_for_the_permission(configs: ConfigClient, module_node: Node) -> None:
    asked = module_node.asked_by(editor(configs.tenant_id))
    path, body = f"/config/{NAME}", msgspec.json.encode({"value": FLAG})
    headers = {"Content-Type": "application/json", **JSON}

    answers = [
        await asked.put(path, headers=headers, content=body),
        await asked.put(f"/v1{path}", headers=headers, content=body),
        # A query string goes past the hot door.
        await asked.put(f"{path}?x=1", headers=headers, content=body),
        await asked.delete(path, headers=headers),
        await asked.post(f"{path}/rollback", headers=headers, json={"version": 1}),
        await asked.put(f"{path}/schema", headers=headers, json=True),
        await asked.delete("/config/schema?prefix=flag:", headers=headers),
        await asked.post(
            "/config",
            headers=headers,
            json={"changes": [{"op": "set", "name": NAME, "value": FLAG}]},
        ),
    ]

    for answer in answers:
        assert answer.status_code == 403, answer.text
        assert answer.json()["error"]["details"]["permission"] == "flags:write"

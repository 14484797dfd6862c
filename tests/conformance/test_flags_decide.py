"""What another feature asks of a flag, in this process: layers, changes, and what is broken."""

from typing import Any

import pytest

from tenantry.base.errors import Denied
from tenantry.configs import GLOBAL_TENANT, ConfigStore
from tenantry.flags import Flags
from tests.support.nodes import ROOT, ConfigClient, Node, principal

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHOD = {
    "state": "ENABLED",
    "variants": {"direct": "direct", "temporal": "temporal"},
    "defaultVariant": "direct",
    "targeting": {
        "if": [
            {"in": [{"var": "targetingKey"}, ["tenant-1"]]},
            "temporal",
            {"fractional": [["temporal", 10], ["direct", 90]]},
        ]
    },
}


@pytest.fixture
def flags(module_node: Node) -> Flags:
    return module_node.app.flags


def _on(value: object) -> dict[str, Any]:
    return {"state": "ENABLED", "variants": {"only": value}, "defaultVariant": "only"}


async def test_a_change_counts_at_once_and_the_own_layer_hides_the_one_beneath(
    configs: ConfigClient, flags: Flags, module_node: Node
) -> None:
    store, tenant = module_node.store, configs.tenant_id
    key = f"layered-{tenant}"
    assert flags.decide(tenant, key, {}).error_code == "FLAG_NOT_FOUND"

    await store.put(ROOT, GLOBAL_TENANT, f"flag:{key}", _on("beneath"))
    assert flags.decide(tenant, key, {}).value == "beneath"
    await store.put(ROOT, tenant, f"flag:{key}", _on("own"))
    assert flags.decide(tenant, key, {}).value == "own"
    assert flags.decide("another", key, {}).value == "beneath"
    await store.delete(ROOT, tenant, f"flag:{key}")
    assert flags.decide(tenant, key, {}).value == "beneath"


async def test_a_method_is_chosen_by_tenant_and_by_share(
    configs: ConfigClient, flags: Flags, module_node: Node
) -> None:
    tenant = configs.tenant_id
    await module_node.store.put(ROOT, tenant, "flag:sync-method", METHOD)

    named = flags.decide(tenant, "sync-method", {"targetingKey": "tenant-1"})
    assert (named.value, named.reason) == ("temporal", "TARGETING_MATCH")
    of_all = [flags.decide(tenant, "sync-method", {"targetingKey": f"t{n}"}) for n in range(500)]
    assert {found.reason for found in of_all} == {"SPLIT"}
    assert 20 < sum(found.value == "temporal" for found in of_all) < 90


async def test_one_that_is_broken_is_an_evaluation_with_an_error(
    configs: ConfigClient, flags: Flags, module_node: Node
) -> None:
    app, tenant = module_node.app, configs.tenant_id
    bare = ConfigStore(log=app.log, runner=app.config_runner, clock=app.clock, vault=app.vault)
    await bare.put(ROOT, tenant, "flag:broken", "no flag")
    await bare.put(ROOT, tenant, "flag:hidden", _on(1), is_secret=True)
    await module_node.store.put(
        ROOT, tenant, "flag:dividing", {**METHOD, "targeting": {"/": [1, {"var": "by"}]}}
    )

    broken = flags.decide(tenant, "broken", {})
    assert (broken.error_code, broken.has_value, broken.variant) == ("PARSE_ERROR", False, "")
    assert flags.decide(tenant, "hidden", {}).error_code == "PARSE_ERROR"
    assert flags.decide(tenant, "dividing", {"by": 0}).error_code == "GENERAL"


async def test_whoever_evaluates_needs_the_permission(
    configs: ConfigClient, flags: Flags, module_node: Node
) -> None:
    tenant = configs.tenant_id
    await module_node.store.put(ROOT, tenant, "flag:on", _on("yes"))

    assert flags.evaluate(principal(tenant, "flags:evaluate"), tenant, "on", {}).value == "yes"
    with pytest.raises(Denied, match="flags:evaluate"):
        flags.evaluate(principal(tenant, "configs:read"), tenant, "on", {})
    with pytest.raises(Denied):
        flags.evaluate(principal("another", "flags:evaluate"), tenant, "on", {})

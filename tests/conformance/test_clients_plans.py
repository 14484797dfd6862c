"""Saved plans: applied exactly as they were shown, or refused with the reason."""

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.support.access_http import AccessHttp
from tests.support.client_http import ClientHttp, shop
from tests.support.nodes import running_node

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_saved_plan_is_applied_exactly(clients: ClientHttp) -> None:
    await clients.apply(shop())
    config = shop(name="Other", emailApiKey="hush hush")
    plan = await clients.plan(config)
    saved = await clients.saved(config)
    assert saved["clients"][0]["plan_hash"] == plan["plan_hash"]

    (result,) = (await clients.post("/apply", plan=saved))["clients"]

    assert (result["revision"], result["changed"]) == (2, True)
    assert (await clients.plan(config))["changed"] is False
    (last, _) = (await clients.get("/shop/revisions"))["revisions"]
    assert last["plan_hash"] == plan["plan_hash"]


async def test_a_plan_for_a_client_that_is_new_makes_it(clients: ClientHttp) -> None:
    saved = await clients.saved(shop(), shop(key="two"))

    results = (await clients.post("/apply", plan=saved))["clients"]

    assert [each["revision"] for each in results] == [1, 1]


async def test_a_plan_is_refused_once_somebody_else_has_applied_something(
    clients: ClientHttp,
) -> None:
    await clients.apply(shop())
    saved = await clients.saved(shop(name="Planned"))
    editor = await clients.holding_key("editor")
    await editor.apply(shop(name="Meanwhile"), source="ui")

    error = await clients.refused("/apply", 409, plan=saved)

    assert error["code"] == "stale_plan"
    (told,) = error["details"]["clients"]
    assert (told["key"], told["base_revision"], told["revision"]) == ("shop", 1, 2)
    (since,) = told["since"]
    assert (since["revision"], since["source"]) == (2, "ui")
    assert since["actor"].startswith("key:")
    assert since["actor"] in error["message"]
    assert "revision 2" in error["message"]
    assert (await clients.get("/shop"))["name"] == "Meanwhile"


async def test_a_plan_is_applied_once(clients: ClientHttp) -> None:
    saved = await clients.saved(shop())
    await clients.post("/apply", plan=saved)

    error = await clients.refused("/apply", 409, plan=saved)

    assert error["code"] == "stale_plan"
    assert await clients.revision() == 1


async def test_of_several_plans_one_that_is_stale_keeps_all_from_being_applied(
    clients: ClientHttp,
) -> None:
    saved = await clients.saved(shop(key="one"), shop(key="two"))
    await clients.apply(shop(key="two", name="Meanwhile"))

    error = await clients.refused("/apply", 409, plan=saved)

    assert [each["key"] for each in error["details"]["clients"]] == ["two"]
    assert await clients.revision("one") == 0


def _with(saved: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a plan that has another value somewhere."""
    changed = copy.deepcopy(saved)
    *way, last = path.split(".")
    place: Any = changed
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return changed


@pytest.mark.parametrize(
    "path, value",
    [
        ("plan_hash", "0" * 64),
        ("sealed", []),
        ("sealed.0", "AAAA"),
        ("sealed.0", "no base64!"),
        ("clients", []),
        ("clients.0.fields", []),
        ("clients.0.base_version", 1),
        ("clients.0.base_revision", 1),
        ("clients.0.routes", {}),
        ("clients.0.users", {"is_managed": False}),
        ("clients.0.key", "other"),
        ("clients.0.plan_hash", "0" * 64),
        ("clients.0.digest", "0" * 64),
    ],
)
async def test_a_plan_that_was_tampered_with_is_refused(
    clients: ClientHttp, path: str, value: Any
) -> None:
    user = {"email": "ann@a.example", "firstName": "A", "lastName": "B", "roles": ["USER"]}
    saved = await clients.saved(shop(users=[user]))

    error = await clients.refused("/apply", 422, plan=_with(saved, path, value))

    assert error["code"] == "plan_broken"
    assert await clients.told() == []


async def test_a_plan_is_refused_that_was_moved_to_another_tenant(clients: ClientHttp) -> None:
    other = await clients.who.tenant(f"{clients.tenant_id}-other")
    saved = await clients.saved(shop())

    moved = _with(saved, "clients.0.tenant_id", other)
    await clients.refused("/apply", 422, plan=moved)
    strange = _with(saved, "clients.0.tenant_id", "not a tenant")
    await clients.refused("/apply", 422, plan=strange)

    assert (await clients.revision(), await clients.of(other).revision()) == (0, 0)


async def test_a_plan_of_another_tenant_is_denied(clients: ClientHttp) -> None:
    saved = await clients.saved(shop())
    other = clients.of(await clients.who.tenant(f"{clients.tenant_id}-other"))
    editor = await other.holding_key("editor")

    error = await editor.refused("/apply", 403, plan=saved)

    assert error["code"] == "denied"
    assert await clients.revision() == 0


async def test_a_plan_of_another_server_is_refused(clients: ClientHttp, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    async with running_node(url=url, folder=tmp_path) as other:
        there = ClientHttp(other, AccessHttp(other), clients.tenant_id)
        saved = await there.saved(shop())

    error = await clients.refused("/apply", 422, plan=saved)

    assert error["code"] == "plan_broken"
    assert "another server" in error["message"]


async def test_a_plan_and_declarations_are_not_taken_together(clients: ClientHttp) -> None:
    saved = await clients.saved(shop())

    error = await clients.refused("/apply", 400, plan=saved, configs=[shop()])

    assert error["details"]["field"] == "plan"


async def test_a_plan_with_people_needs_whoever_applies_it_to_be_an_admin(
    clients: ClientHttp,
) -> None:
    user = {"email": f"x@{clients.tenant_id}.example", "firstName": "X", "lastName": "Y"}
    saved = await clients.saved(shop(users=[{**user, "roles": ["USER"]}]))
    editor = await clients.holding_key("editor")

    assert (await editor.refused("/apply", 403, plan=saved))["code"] == "denied"
    admin = await clients.holding_key("admin")
    (result,) = (await admin.post("/apply", plan=saved))["clients"]
    assert result["counts"]["users"]["added"] == 1


async def test_a_plan_is_refused_once_somebody_it_names_is_otherwise(clients: ClientHttp) -> None:
    email = f"late@{clients.tenant_id}.example"
    user = {"email": email, "firstName": "L", "lastName": "T", "roles": ["USER"]}
    saved = await clients.saved(shop(users=[{**user, "password": "a passphrase of theirs"}]))
    await clients.who.user(clients.tenant_id or "", email, role="viewer")

    error = await clients.refused("/apply", 409, plan=saved)

    assert error["code"] == "stale_plan"
    assert await clients.revision() == 0


async def test_a_viewer_neither_plans_nor_applies(clients: ClientHttp) -> None:
    await clients.apply(shop())
    viewer = await clients.holding_key("viewer")

    for path in ("/plan", "/apply"):
        assert (await viewer.refused(path, 403, configs=[shop()]))["code"] == "denied"
    assert await viewer.refused("/shop/rollback", 403, to=1)
    assert await viewer.refused("/drift/resolve", 403, key="shop", how="adopt")
    assert (await viewer.get("/shop"))["revision"] == 1
    assert (await viewer.post("/validate", configs=[shop()]))["valid"]

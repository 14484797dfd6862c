"""Applying declarations: what is the same does nothing, and what has an id keeps it."""

import copy
import json
from typing import Any

import pytest

from tenantry.base.errors import Unavailable
from tenantry.eventlog import EventLog
from tenantry.tenants import Passwords
from tests.support.client_http import ClientHttp, changes_of, pages, shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = [
    {"email": "ann@{}.example", "firstName": "Ann", "lastName": "A", "roles": ["ADMIN"]},
    {"email": "bob@{}.example", "firstName": "Bob", "lastName": "B", "roles": ["USER"]},
]


def people(tenant_id: str | None, **fields: Any) -> list[dict[str, Any]]:
    return [{**each, "email": str(each["email"]).format(tenant_id), **fields} for each in PEOPLE]


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that was hashed while the test ran."""
    seen, real = list[str](), Passwords.hash

    async def hash_(self: Passwords, password: str) -> str:
        seen.append(password)
        return await real(self, password)

    monkeypatch.setattr(Passwords, "hash", hash_)
    return seen


async def test_a_first_apply_is_one_atomic_unit_that_ends_with_the_revision(
    clients: ClientHttp,
) -> None:
    result = await clients.apply(shop())

    assert (result["revision"], result["changed"]) == (1, True)
    assert result["counts"]["routes"]["added"] == 3
    assert [kind for kind, _ in await clients.told()] == [
        "client_registered",
        "fields_changed",
        "routes_changed",
        "menus_changed",
        "components_changed",
        "client_applied",
    ]


async def test_a_client_that_cannot_be_stored_leaves_no_part_of_itself(
    clients: ClientHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Q14: people, the client, its routes and its menus are one unit.
    config = shop(users=people(clients.tenant_id, password="a passphrase of theirs"))
    await clients.plan(config)
    before = await clients.stored()

    def append_in(*_: Any) -> Any:
        raise Unavailable("the last step fails")

    with monkeypatch.context() as patched:
        patched.setattr(EventLog, "append_in", append_in)
        error = await clients.refused("/apply", 503, configs=[config])

    assert error["message"] == "the last step fails"
    assert await clients.stored() == before
    assert await clients.revision() == 0
    assert (await clients.apply(config))["revision"] == 1


async def test_a_second_apply_of_the_same_writes_nothing_and_hashes_nothing(
    clients: ClientHttp, hashed: list[str]
) -> None:
    config = shop(users=people(clients.tenant_id, password="a passphrase of theirs"))
    await clients.apply(config)
    assert len(hashed) == 2
    before, ids = await clients.stored(), await clients.ids()

    again = await clients.apply(config)

    assert (again["changed"], again["revision"]) == (False, 1)
    assert len(hashed) == 2
    assert await clients.ids() == ids
    assert await clients.stored() == before


async def test_unchanged_is_told_of_what_was_skipped_and_of_what_was_compared(
    clients: ClientHttp,
) -> None:
    # Q1
    await clients.apply(shop())

    skipped = await clients.apply(shop())
    compared = await clients.plan(shop())

    nothing = {"added": 0, "updated": 0, "moved": 0, "removed": 0}
    for told in (skipped, compared):
        assert told["counts"]["routes"] == {**nothing, "unchanged": 3}
        assert told["counts"]["menus"] == {**nothing, "unchanged": 1}
        assert told["counts"]["components"] == {**nothing, "unchanged": 1}
    assert skipped["is_skipped"]


def _same_otherwise() -> dict[str, Any]:
    """Return the same client as somebody else would have written it."""
    config = shop()
    config["applicationRoles"].reverse()
    config["applicationRoles"].append("ADMIN")
    config["routes"][0] |= {"exact": False, "roles": [], "args": [], "redirect": ""}
    config["routes"][1]["roles"] = ["ADMIN", "USER", "USER"]
    config["routes"][2]["args"] = [{"value": None, "key": "a"}]
    config["menus"][0]["entries"][0] |= {"ordinal": 1.0, "enabled": True}
    config["menus"][0]["key"] = "MAIN"
    config["components"][0]["roles"] = ["ADMIN", "USER"]
    return {name: config[name] for name in reversed(config)}


async def test_order_of_roles_defaults_and_order_of_fields_make_no_difference(
    clients: ClientHttp,
) -> None:
    # Q1: what says the same is the same.
    await clients.apply(shop())
    before = await clients.stored()

    plan = await clients.plan(_same_otherwise())
    result = await clients.apply(_same_otherwise())

    assert (plan["changed"], result["changed"]) == (False, False)
    assert result["is_skipped"] is False
    assert await clients.stored() == before


async def test_ids_stay_over_updates_moves_and_renames(clients: ClientHttp) -> None:
    await clients.apply(shop())
    before = await clients.ids()
    config = shop()
    config["routes"][1] |= {"title": "All orders"}
    config["routes"][0]["key"] = "start"
    config["routes"].reverse()
    config["menus"][0]["name"] = "The menu"

    plan = await clients.plan(config)
    result = await clients.apply(config)

    assert changes_of(plan, "routes")["orders"] == "updated"
    assert changes_of(plan, "routes")["start"] == "updated"
    after = await clients.ids()
    assert result["counts"]["routes"]["added"] == result["counts"]["routes"]["removed"] == 0
    assert after["routes"]["orders"] == before["routes"]["orders"]
    assert after["routes"]["start"] == before["routes"]["home"]
    assert after["routes"]["/admin"] == before["routes"]["/admin"]
    assert after["menus"] == before["menus"]
    assert after["components"] == before["components"]


async def test_a_route_without_a_key_is_known_by_its_path(clients: ClientHttp) -> None:
    # Q2: it is not updated and removed at once.
    await clients.apply(shop())
    config = shop()
    config["routes"][2]["title"] = "For admins"

    counts = (await clients.apply(config))["counts"]["routes"]

    assert counts == {"added": 0, "updated": 1, "moved": 0, "removed": 0, "unchanged": 2}
    assert [r["path"] for r in (await clients.exported())["routes"]] == ["/", "/orders", "/admin"]


@pytest.mark.parametrize("kind", ["routes", "menus", "components"])
async def test_what_stands_there_twice_is_refused_and_nothing_is_stored(
    clients: ClientHttp, kind: str
) -> None:
    # Q3
    config = shop()
    config[kind].append(copy.deepcopy(config[kind][0]))

    error = await clients.refused("/apply", 422, configs=[config])

    (told,) = error["details"]["clients"][0]["errors"]
    assert (error["code"], told["code"]) == ("invalid_client", "duplicate-key")
    assert told["path"] == f"$.{kind}[{len(config[kind]) - 1}]"
    assert await clients.told() == []


async def test_a_menu_that_is_removed_is_served_no_longer(clients: ClientHttp) -> None:
    # Q4
    second = {"key": "second", "roles": ["USER"], "entries": [{"title": "Orders"}]}
    both = shop(menus=[*shop()["menus"], second])
    await clients.apply(both)
    assert [m["key"] for m in (await clients.app(as_role="USER"))["menus"]] == ["main", "second"]

    await clients.apply(shop())

    assert [m["key"] for m in (await clients.app(as_role="USER"))["menus"]] == ["main"]


async def test_a_plan_has_no_effect_at_all(clients: ClientHttp, hashed: list[str]) -> None:
    await clients.apply(shop())
    before = await clients.stored()
    new = shop(
        key="new", emailApiKey="hush", users=people(clients.tenant_id, password="a passphrase")
    )

    for config in (new, shop(name="Other", emailApiKey="hush")):
        await clients.plan(config)
        await clients.post("/validate", configs=[config])
        await clients.post("/lint", configs=[config])
        await clients.post("/drift", configs=[config])
        await clients.post("/import", configs=[config])

    assert hashed == []
    assert await clients.stored() == before


async def test_a_plan_that_is_saved_stores_nothing_but_the_key_that_seals_it(
    clients: ClientHttp, hashed: list[str]
) -> None:
    await clients.apply(shop())
    before = await clients.stored()

    await clients.saved(shop(emailApiKey="hush", users=people(clients.tenant_id)))

    after = await clients.stored()
    assert hashed == []
    assert after[:4] == before[:4]
    (new,) = set(after[4]) - set(before[4])
    assert "'clients:plans'" in new
    assert f"'{clients.tenant_id}'" in new


async def test_an_absent_collection_is_not_managed_and_an_empty_one_is_none(
    clients: ClientHttp,
) -> None:
    # Q13
    await clients.apply(shop())

    partial = await clients.apply({"key": "shop", "name": "Renamed"})
    assert partial["changed"]
    exported = await clients.exported()
    assert exported == {**exported, "name": "Renamed", "siteUrl": "https://shop.example"}
    assert len(exported["routes"]) == 3

    error = await clients.refused("/apply", 409, configs=[{"key": "shop", "menus": []}])
    assert error["details"]["clients"][0]["guards"][0]["code"] == "would_empty"
    emptied = await clients.apply({"key": "shop", "menus": []}, force=True)
    assert emptied["counts"]["menus"]["removed"] == 1
    exported = await clients.exported()
    assert exported["menus"] == []
    assert len(exported["routes"]) == 3


@pytest.mark.parametrize("name", ["routes", "menus", "components", "users", "name", "siteUrl"])
async def test_null_is_an_error_that_names_the_field(clients: ClientHttp, name: str) -> None:
    # Q13
    error = await clients.refused("/apply", 422, configs=[{"key": "shop", name: None}])

    (told,) = error["details"]["clients"][0]["errors"]
    assert told["path"] == f"$.{name}"
    assert name in told["message"]
    assert "null" in told["message"]
    assert "wants" in told["message"]


async def test_all_errors_of_a_request_come_at_once_and_nothing_is_applied(
    clients: ClientHttp,
) -> None:
    # Q7: a misspelt field is an error with a suggestion.
    bad = shop(key="bad")
    bad["routes"][0]["titel"] = "x"
    bad["routes"][1]["public"] = "yes"
    bad["menus"][0]["entries"][0]["orinal"] = 3
    worse = {"key": "worse", "routes": [{"key": "nowhere"}]}

    error = await clients.refused(
        "/apply", 422, configs=[shop(), bad, worse], origins=["shop.yaml", "bad.yaml"]
    )

    first, second = error["details"]["clients"]
    assert (first["key"], first["file"], second["key"]) == ("bad", "bad.yaml", "worse")
    assert {each["path"] for each in first["errors"]} == {
        "$.routes[0].titel",
        "$.routes[1].public",
        "$.menus[0].entries[0].orinal",
    }
    told = " ".join(each["message"] for each in first["errors"])
    assert "ordinal" in told
    assert "title" in told
    assert second["errors"][0]["error_type"] == "missing_fields"
    assert await clients.told() == []


async def test_an_item_that_fails_keeps_its_stored_version_and_stands_in_the_errors(
    clients: ClientHttp,
) -> None:
    await clients.apply(shop())
    broken = shop(name="Other")
    broken["routes"][1] = {"key": "orders", "path": "/orders", "title": 7}
    broken["routes"].append({"key": "new", "path": "/new"})
    await clients.refused("/apply", 422, configs=[broken])

    result = await clients.apply(broken, continue_on_error=True)

    (error,) = result["errors"]
    assert (error["error_type"], error["path"]) == ("validation_failed", "$.routes[1].title")
    assert error["item_key"] == "orders"
    assert result["counts"]["routes"]["removed"] == 0
    exported = await clients.exported()
    assert exported["name"] == "Other"
    assert [r.get("title") for r in exported["routes"]] == ["Home", "Orders", "Admin", None]


async def test_what_was_applied_in_part_tells_its_errors_each_time(clients: ClientHttp) -> None:
    await clients.apply(shop())
    broken = shop(name="Other")
    broken["routes"][1]["title"] = 7
    await clients.apply(broken, continue_on_error=True)
    before = await clients.stored()

    again = await clients.apply(broken, continue_on_error=True)

    assert [each["path"] for each in again["errors"]] == ["$.routes[1].title"]
    assert not again["changed"]
    # Nor does it pass for sound where no part may fail.
    await clients.refused("/apply", 422, configs=[broken])
    assert await clients.stored() == before


async def test_one_client_that_fails_does_not_stop_the_others(clients: ClientHttp) -> None:
    await clients.apply(shop(key="guarded"))
    guarded = shop(key="guarded", routes=[])
    configs = [shop(key="one"), guarded, {"key": "Not a key!"}, shop(key="two")]

    await clients.refused("/apply", 422, configs=configs)
    assert (await clients.revision("one"), await clients.revision("two")) == (0, 0)
    results = await clients.apply_all(*configs, continue_on_error=True)

    assert [each["revision"] for each in results] == [1, 1, 0, 1]
    assert [each["changed"] for each in results] == [True, False, False, True]
    assert results[1]["errors"][0]["error_type"] == "update_failed"
    assert results[1]["errors"][0]["code"] == "guarded"
    assert results[2]["errors"][0]["path"] == "$.key"
    assert len((await clients.exported("guarded"))["routes"]) == 3


async def test_where_all_clients_fail_the_refusal_tells_of_all(clients: ClientHttp) -> None:
    await clients.apply_all(shop(key="one"), shop(key="two"))
    configs = [shop(key="one", menus=[]), shop(key="two", routes=[])]

    error = await clients.refused("/apply", 409, configs=configs, continue_on_error=True)
    assert {each["key"] for each in error["details"]["clients"]} == {"one", "two"}
    wrong = [{"key": "Not a key!"}, {"key": "Nor this!"}]
    error = await clients.refused("/apply", 422, configs=wrong, continue_on_error=True)
    assert len(error["details"]["clients"]) == 2


async def test_a_guard_on_one_of_several_keeps_all_as_they_are(clients: ClientHttp) -> None:
    await clients.apply(shop(key="guarded"))

    error = await clients.refused(
        "/apply", 409, configs=[shop(key="one"), shop(key="guarded", menus=[])]
    )

    assert error["code"] == "guarded"
    assert [each["key"] for each in error["details"]["clients"]] == ["guarded"]
    assert await clients.revision("one") == 0


async def test_a_client_that_a_request_declares_twice_is_an_error(clients: ClientHttp) -> None:
    configs = [shop(), shop(key="SHOP", name="Other")]

    error = await clients.refused("/apply", 422, configs=configs, origins=["a.yaml", "b.yaml"])

    (told,) = error["details"]["clients"]
    assert (told["key"], told["file"]) == ("shop", "b.yaml")
    assert told["errors"][0]["path"] == "$.key"
    assert "a.yaml" in told["errors"][0]["message"]
    assert await clients.told() == []


async def test_keys_are_lower_case_and_those_of_one_tenant_alone(
    clients: ClientHttp,
) -> None:
    # Q10: neither the client nor its components are seen or overwritten by another tenant's.
    other = clients.of(await clients.who.tenant(f"{clients.tenant_id}-other"))
    mine, theirs = shop(key="Shop"), shop(name="Theirs")
    mine["components"][0]["title"] = "Mine"
    theirs["components"][0]["title"] = "Theirs"

    await clients.apply(mine)
    await other.apply(theirs)

    assert (await clients.exported())["components"][0]["title"] == "Mine"
    assert (await other.exported())["components"][0]["title"] == "Theirs"
    assert (await clients.get("/SHOP"))["name"] == "Shop"
    assert [each["key"] for each in (await clients.get())["items"]] == ["shop"]
    assert (await clients.ids())["components"] != (await other.ids())["components"]
    viewer = await clients.holding_key("viewer")
    assert (await viewer.of(other.tenant_id or "").ask("GET", "/shop")).status_code == 403
    assert (await clients.revision(), await other.revision()) == (1, 1)


async def test_two_clients_of_a_tenant_keep_their_own_version_of_one_component(
    clients: ClientHttp,
) -> None:
    # Q10
    one, two = shop(key="one"), shop(key="two")
    one["components"][0]["uri"] = "https://one.example/cart.js"
    two["components"][0]["uri"] = "https://two.example/cart.js"

    await clients.apply_all(one, two)

    assert (await clients.plan(one))["changed"] is False
    assert (await clients.exported("one"))["components"][0]["uri"].startswith("https://one")
    assert (await clients.exported("two"))["components"][0]["uri"].startswith("https://two")


async def test_a_configuration_names_its_tenant_where_the_caller_may_act_on_it(
    clients: ClientHttp,
) -> None:
    other = await clients.who.tenant(f"{clients.tenant_id}-other")
    editor = await clients.holding_key("editor")

    answer = await editor.ask("POST", "/apply", json={"configs": [shop(tenant=other)]})
    assert answer.status_code == 403
    result = await clients.apply(shop(tenant=other))

    assert result["tenant"] == other
    assert (await clients.revision(), await clients.of(other).revision()) == (0, 1)


@pytest.mark.parametrize("tenant", ["*", "global tenant", "../x", "A", "é", "x" * 80])
async def test_what_is_no_tenant_is_refused(clients: ClientHttp, tenant: str) -> None:
    for verb in ("plan", "apply"):
        answer = await clients.ask("POST", f"/{verb}", json={"configs": [shop(tenant=tenant)]})
        assert answer.status_code in (400, 422), answer.text
        assert "tenant" in answer.json()["error"]["message"]


async def test_an_erased_tenant_gets_no_clients(clients: ClientHttp) -> None:
    gone = await clients.who.tenant(f"{clients.tenant_id}-gone")
    await clients.who.delete(f"/api/tenants/{gone}", confirm=gone)

    for verb in ("plan", "apply", "validate", "drift"):
        answer = await clients.ask("POST", f"/{verb}", json={"configs": [shop(tenant=gone)]})
        assert "was erased" in answer.text or "410" in answer.text, (verb, answer.text)
    answer = await clients.ask("GET", "/shop/app", params={"tenant": gone})
    assert answer.status_code == 404
    assert await clients.of(gone).told() == []


async def test_a_reordered_file_tells_what_moved_and_no_update(clients: ClientHttp) -> None:
    # Order is kept, and a move is no update.
    await clients.apply(shop(routes=pages(6)))
    order = pages(6)
    order.insert(0, order.pop())

    plan = await clients.plan(shop(routes=order))
    assert changes_of(plan, "routes") == {"page5": "moved"}
    await clients.apply(shop(routes=order))

    assert [each["key"] for each in (await clients.exported())["routes"]] == [
        each["key"] for each in order
    ]


async def test_an_export_plans_to_nothing(clients: ClientHttp) -> None:
    await clients.apply(
        shop(emailApiKey="hush", settings=[{"name": "s", "data": 1, "secret": True}])
    )

    exported = await clients.exported()

    plan = await clients.plan(json.loads(json.dumps(exported)))
    assert plan["changed"] is False
    assert "hush" not in json.dumps(exported)

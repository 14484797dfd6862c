"""Drift: what is live beside what the file said and says, whose it is, and what to do about it."""

from typing import Any

import pytest

from tests.support.client_http import ClientHttp, shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


def found(drift: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return by path what kind of change it is, and who owns it."""
    return {c["path"]: (c["kind"], c.get("owner", "")) for c in drift.get("changes", ())}


async def edited(clients: ClientHttp) -> None:
    """Apply a file, and edit the client by two others."""
    await clients.apply(shop(), source="file")
    routes = shop()["routes"]
    routes[1] = {**routes[1], "title": "Edited"}
    await clients.apply({"key": "shop", "name": "Edited"}, source="ui")
    await clients.apply({"key": "shop", "routes": routes})


async def test_there_is_no_drift_behind_a_file(clients: ClientHttp) -> None:
    await clients.apply(shop(), source="file")

    assert found(await clients.get("/shop/drift")) == {}
    (told,) = (await clients.post("/drift", configs=[shop()]))["clients"]
    assert found(told) == {}


async def test_an_edit_is_drift_with_its_owner(clients: ClientHttp) -> None:
    # Q12
    await edited(clients)

    drift = await clients.get("/shop/drift")

    assert found(drift) == {
        "name": ("changed_live", "ui"),
        "routes[orders].title": ("changed_live", "api"),
    }
    assert (drift["base_revision"], drift["revision"]) == (1, 3)
    (name,) = [each for each in drift["changes"] if each["path"] == "name"]
    assert (name["base"], name["live"]) == ("Shop", "Edited")


async def test_what_both_have_changed_is_a_conflict(clients: ClientHttp) -> None:
    # Q12
    await edited(clients)
    config = shop(name="Of the file", siteUrl="https://new.example")

    (drift,) = (await clients.post("/drift", configs=[config]))["clients"]

    assert found(drift) == {
        "name": ("both", "ui"),
        "siteUrl": ("changed_file", "file"),
        "routes[orders].title": ("changed_live", "api"),
    }


async def test_reverting_makes_it_what_the_file_said(clients: ClientHttp) -> None:
    await edited(clients)

    result = await clients.post("/drift/resolve", key="shop", how="revert", reason="not so")

    assert (result["revision"], result["changed"]) == (4, True)
    assert found(await clients.get("/shop/drift")) == {}
    assert not (await clients.plan(shop()))["changed"]


async def test_reverting_one_field_leaves_the_others_as_they_are_and_as_drift(
    clients: ClientHttp,
) -> None:
    await edited(clients)

    await clients.post("/drift/resolve", key="shop", how="revert", fields=["name"])

    assert (await clients.get("/shop"))["name"] == "Shop"
    assert found(await clients.get("/shop/drift")) == {
        "routes[orders].title": ("changed_live", "api")
    }


async def test_adopting_gives_a_declaration_that_plans_to_nothing(clients: ClientHttp) -> None:
    await edited(clients)
    before = await clients.stored()

    adopted = await clients.post("/drift/resolve", key="shop", how="adopt")

    assert await clients.stored() == before
    assert adopted["config"]["name"] == "Edited"
    assert not (await clients.plan(adopted["config"]))["changed"]
    # Applied from its file, it is the file's.
    await clients.apply(adopted["config"], source="file")
    assert found(await clients.get("/shop/drift")) == {}
    once = await clients.stored()
    await clients.apply(adopted["config"], source="file")
    assert await clients.stored() == once


async def test_adopting_one_field_leaves_the_others_as_the_file_has_them(
    clients: ClientHttp,
) -> None:
    await edited(clients)

    adopted = await clients.post("/drift/resolve", key="shop", how="adopt", fields=["name"])

    titles = [each.get("title") for each in adopted["config"]["routes"]]
    assert (adopted["config"]["name"], titles) == ("Edited", ["Home", "Orders", "Admin"])


async def test_a_file_that_is_applied_ends_the_drift(clients: ClientHttp) -> None:
    await edited(clients)

    await clients.apply(shop(name="Of the file"), source="file")

    assert found(await clients.get("/shop/drift")) == {}
    assert (await clients.get("/shop"))["name"] == "Of the file"


async def test_reverting_to_a_present_file_makes_it_that(clients: ClientHttp) -> None:
    await edited(clients)
    config = shop(name="Of the file")

    await clients.post("/drift/resolve", key="shop", how="revert", config=config)

    assert not (await clients.plan(config))["changed"]
    assert found(await clients.get("/shop/drift")) == {}


async def test_a_revert_is_guarded(clients: ClientHttp) -> None:
    config = shop()
    await clients.apply(config, source="file")
    less = shop()
    less["routes"][0] |= {"public": False, "roles": ["USER"]}
    await clients.apply(less)

    error = await clients.refused("/drift/resolve", 409, key="shop", how="revert")
    assert error["code"] == "guarded"
    await clients.post("/drift/resolve", key="shop", how="revert", allow_public=True)
    assert found(await clients.get("/shop/drift")) == {}


async def test_what_no_file_ever_said_cannot_be_reverted(clients: ClientHttp) -> None:
    await clients.apply(shop())

    error = await clients.refused("/drift/resolve", 409, key="shop", how="revert")
    assert error["code"] == "no_file"
    await clients.refused("/drift/resolve", 404, key="nothing", how="revert")
    error = await clients.refused(
        "/drift/resolve", 400, key="shop", how="adopt", config=shop(), fields=["no.such"]
    )
    assert error["details"]["got"] == "no.such"


async def test_a_declaration_of_another_client_resolves_nothing(clients: ClientHttp) -> None:
    await edited(clients)
    other = clients.of(await clients.who.tenant(f"{clients.tenant_id}-other"))

    for config in (shop(key="other"), shop(tenant=other.tenant_id)):
        for how in ("revert", "adopt"):
            error = await clients.refused("/drift/resolve", 400, key="shop", how=how, config=config)
            assert error["details"]["field"].startswith("config")
    assert await clients.revision() == 3


async def test_an_unknown_client_has_no_drift_but_a_file(clients: ClientHttp) -> None:
    assert (await clients.ask("GET", "/nothing/drift")).status_code == 404
    (drift,) = (await clients.post("/drift", configs=[shop(key="nothing")]))["clients"]
    assert drift.get("revision", 0) == 0

"""What nobody wants to do by mistake is done only by who says so, and may."""

from typing import Any

import pytest

from tests.support.client_http import ClientHttp, pages, shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def guards(clients: ClientHttp, config: dict[str, Any], **options: Any) -> list[str]:
    """Return the guards that an apply meets; nothing may be stored by it."""
    before = await clients.revision()
    error = await clients.refused("/apply", 409, configs=[config], **options)
    assert error["code"] == "guarded"
    assert await clients.revision() == before
    (told,) = error["details"]["clients"]
    found = [each["code"] for each in told["guards"]]
    planned = await clients.plan(config)
    assert {*found} <= {each["code"] for each in planned["guards"]}
    return found


@pytest.mark.parametrize("kind", ["routes", "menus", "components"])
async def test_a_collection_that_would_be_empty_needs_force(clients: ClientHttp, kind: str) -> None:
    await clients.apply(shop())
    config = shop(**{kind: []})

    assert await guards(clients, config) == ["would_empty"]
    assert await guards(clients, config, allow_public=True) == ["would_empty"]
    await clients.apply(config, force=True)

    assert (await clients.exported())[kind] == []


async def test_more_than_ten_and_more_than_30_percent_of_removals_need_force(
    clients: ClientHttp,
) -> None:
    await clients.apply(shop(routes=pages(40)))

    assert await guards(clients, shop(routes=pages(27))) == ["too_many_removed"]
    await clients.apply(shop(routes=pages(28)))
    await clients.apply(shop(routes=pages(18)))
    await clients.apply(shop(routes=pages(7)), force=True)

    assert len((await clients.exported())["routes"]) == 7


async def test_many_that_are_less_than_30_percent_need_nothing(clients: ClientHttp) -> None:
    await clients.apply(shop(routes=pages(100)))

    result = await clients.apply(shop(routes=pages(70)))

    assert result["counts"]["routes"]["removed"] == 30


@pytest.mark.parametrize("kind", ["routes", "menus", "components"])
async def test_what_is_protected_is_never_removed(clients: ClientHttp, kind: str) -> None:
    config = shop()
    config[kind][0]["protected"] = True
    await clients.apply(config)
    without = shop(**{kind: shop()[kind][1:]})

    found = await guards(clients, without, force=True, allow_public=True)

    assert "protected" in found
    config[kind][0]["protected"] = False
    await clients.apply(config)
    await clients.apply(without, force=True)


@pytest.mark.parametrize(
    "change",
    [{"public": True}, {"roles": ["ANON"]}, {"roles": ["*"]}],
)
async def test_a_page_that_becomes_public_needs_leave_and_the_permission(
    clients: ClientHttp, change: dict[str, Any]
) -> None:
    await clients.apply(shop())
    config = shop()
    config["routes"][1] |= change
    editor, admin = await clients.holding_key("editor"), await clients.holding_key("admin")

    assert await guards(editor, config) == ["becomes_public"]
    assert await guards(clients, config, force=True) == ["becomes_public"]
    error = await editor.refused("/apply", 403, configs=[config], allow_public=True)
    assert error["details"]["permission"] == "clients:publish"
    saved = await editor.saved(config)
    assert await editor.refused("/apply", 409, plan=saved)
    assert await editor.refused("/apply", 403, plan=saved, allow_public=True)
    assert "/orders" not in [r["path"] for r in (await clients.app(as_role="ANON"))["routes"]]

    result = await admin.apply(config, allow_public=True)

    assert result["changed"]
    assert "/orders" in [r["path"] for r in (await clients.app(as_role="ANON"))["routes"]]


async def test_a_new_page_that_is_public_needs_leave_but_in_a_first_revision(
    clients: ClientHttp,
) -> None:
    editor = await clients.holding_key("editor")
    first = shop()
    plan = await editor.plan(first)
    assert [each["target"] for each in plan["access"]["public"]] == ["/"]
    await editor.apply(first)
    more = shop(routes=[*first["routes"], {"path": "/more", "public": True}])

    assert await guards(editor, more) == ["becomes_public"]


async def test_a_guard_names_what_it_is_about_and_how_to_go_on(clients: ClientHttp) -> None:
    await clients.apply(shop())
    config = shop(menus=[])
    config["routes"][2]["public"] = True

    error = await clients.refused("/apply", 409, configs=[config])

    found = {each["code"]: each for each in error["details"]["clients"][0]["guards"]}
    assert found["would_empty"]["option"] == "--force"
    assert found["becomes_public"]["option"] == "--allow-public"
    assert "/admin" in found["becomes_public"]["message"]
    assert "menus" in error["message"]


async def test_a_rollback_is_guarded_as_an_apply_is(clients: ClientHttp) -> None:
    open_page = shop()
    open_page["routes"][1]["public"] = True
    open_page["menus"] = []
    await clients.apply(open_page)
    await clients.apply(shop())
    editor = await clients.holding_key("editor")

    error = await editor.refused("/shop/rollback", 409, to=1)
    assert {each["code"] for each in error["details"]["clients"][0]["guards"]} == {
        "would_empty",
        "becomes_public",
    }
    await editor.refused("/shop/rollback", 403, to=1, force=True, allow_public=True)
    dry = await editor.post("/shop/rollback", to=1, dry_run=True)
    assert len(dry["guards"]) == 2
    assert await clients.revision() == 2

    result = await clients.post("/shop/rollback", to=1, force=True, allow_public=True)
    assert result["revision"] == 3


async def test_adding_what_a_role_may_see_by_a_menu_needs_no_leave(clients: ClientHttp) -> None:
    # Menus lead to pages, and only pages are guarded.
    await clients.apply(shop())
    config = shop()
    config["menus"][0]["roles"] = ["ANON", "USER"]

    assert (await clients.apply(config))["changed"]

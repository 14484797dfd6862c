"""What a front end is handed: what its user may see, as it is now, and nothing secret."""

import json
from typing import Any

import pytest

from tests.support.access_http import PASSWORD, AccessHttp
from tests.support.client_http import ClientHttp, paths_of, shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def somebody(clients: ClientHttp, name: str = "ann", **fields: Any) -> ClientHttp:
    """Return a new user of the tenant, logged in."""
    email = f"{name}@{clients.tenant_id}.example"
    tenant_id = clients.tenant_id or ""
    await clients.who.user(tenant_id, email, password=PASSWORD, **{"role": None, **fields})
    return clients.by(await clients.who.at_new_address().login(email=email))


async def test_who_has_not_logged_in_sees_what_is_public(clients: ClientHttp) -> None:
    await clients.apply(shop())

    view = await clients.of(None).app(tenant=clients.tenant_id)

    assert (view["name"], view["key"]) == ("Shop", "shop")
    assert paths_of(view) == ["/"]
    assert view["menus"] == []


async def test_each_sees_what_their_roles_in_this_client_may(clients: ClientHttp) -> None:
    # Q17: routes are filtered, by the roles of whoever asks, without holes.
    await clients.apply_all(shop(), shop(key="two"))
    apps = [{"client_key": "shop", "roles": ["ADMIN"]}, {"client_key": "two", "roles": ["USER"]}]
    admin = await somebody(clients, "admin", applications=apps)
    user = await somebody(clients, "user", role="viewer")

    view = await admin.app()
    assert paths_of(view) == ["/", "/orders", "/admin"]
    assert [e["title"] for e in view["menus"][0]["entries"]] == ["Orders", "Admin"]
    for view in (await admin.app("two"), await user.app()):
        assert paths_of(view) == ["/", "/orders"]
        assert [e["title"] for e in view["menus"][0]["entries"]] == ["Orders"]


async def test_a_page_without_roles_is_nobodys_and_leaves_no_hole(clients: ClientHttp) -> None:
    # Q17
    hidden = {"path": "/hidden", "roles": []}
    await clients.apply(shop(routes=[hidden, *shop()["routes"]]))
    admin = await somebody(
        clients, applications=[{"client_key": "shop", "roles": ["ADMIN"]}], role="admin"
    )

    assert paths_of(await admin.app()) == ["/", "/orders", "/admin"]
    assert None not in (await admin.app())["routes"]


async def test_roles_that_are_given_and_taken_show_at_once(clients: ClientHttp) -> None:
    # Q15: nothing that is stale is served.
    await clients.apply(shop())
    ann = await somebody(clients)
    me = (await ann.who.get("/api/auth/me"))["user"]["id"]
    path = f"/api/tenants/{clients.tenant_id}/users/{me}"

    for roles, seen in ((["ADMIN"], 3), (["USER"], 2)):
        await clients.who.patch(path, applications=[{"client_key": "shop", "roles": roles}])
        assert len(paths_of(await ann.app())) == seen


async def test_a_user_of_another_tenant_sees_what_anybody_sees(clients: ClientHttp) -> None:
    other = clients.of(await clients.who.tenant(f"{clients.tenant_id}-other"))
    await clients.apply(shop())
    eve = await somebody(other, "eve", role="admin")
    named = {"tenant": clients.tenant_id}

    answer = await eve.of(None).ask("GET", "/shop/app", params=named)
    assert answer.json()["data"] == await clients.app()
    for more in ({"as_role": "ADMIN"}, {"revision": "1"}):
        answer = await eve.of(None).ask("GET", "/shop/app", params={**named, **more})
        assert answer.status_code == 403, answer.text
    assert (await eve.of(clients.tenant_id).ask("GET", "/shop/app")).status_code == 403


async def test_whoever_shows_a_bad_token_is_not_taken_for_anybody(clients: ClientHttp) -> None:
    # Q15: what was valid once is not for ever, and nothing is remembered by a key alone.
    await clients.apply(shop())
    ann = await somebody(clients, applications=[{"client_key": "shop", "roles": ["ADMIN"]}])
    assert len(paths_of(await ann.app())) == 3
    await ann.who.post("/api/auth/logout")

    answer = await ann.ask("GET", "/shop/app")

    assert answer.status_code == 401


async def test_previews_are_for_whoever_may_read_clients(clients: ClientHttp) -> None:
    await clients.apply(shop())
    await clients.apply(shop(name="Later", routes=shop()["routes"][:2]))
    viewer, plain = await clients.holding_key("viewer"), await somebody(clients)

    assert paths_of(await viewer.app(as_role="ADMIN")) == ["/", "/orders"]
    old = await viewer.app(as_role="ADMIN", revision=1)
    assert (old["name"], paths_of(old)) == ("Shop", ["/", "/orders", "/admin"])
    assert paths_of(await viewer.app(as_role="ANON")) == ["/"]
    assert (await viewer.ask("GET", "/shop/app", params={"revision": "7"})).status_code == 404
    for query in ({"as_role": "ADMIN"}, {"revision": "1"}):
        assert (await plain.ask("GET", "/shop/app", params=query)).status_code == 403
    for query in ({"revision": "0"}, {"revision": "x"}, {"as_role": ""}):
        answer = await viewer.ask("GET", "/shop/app", params=query)
        assert answer.status_code == 400, query


async def test_what_is_known_already_is_not_sent_again(clients: ClientHttp) -> None:
    await clients.apply(shop())
    first = await clients.ask("GET", "/shop/app")
    etag = {"If-None-Match": first.headers["etag"]}

    again = await clients.ask("GET", "/shop/app", headers=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "private" in first.headers["cache-control"]

    # What others see is not what this one knows, and a change is a change at once.
    role = await clients.ask("GET", "/shop/app", headers=etag, params={"as_role": "ADMIN"})
    assert role.status_code == 200
    await clients.apply(shop(name="Other"))
    changed = await clients.ask("GET", "/shop/app", headers=etag)
    assert changed.status_code == 200
    assert changed.json()["data"]["name"] == "Other"
    assert changed.headers["etag"] != first.headers["etag"]


async def test_a_change_that_one_does_not_see_changes_no_etag(clients: ClientHttp) -> None:
    await clients.apply(shop())
    first = await clients.ask("GET", "/shop/app", params={"as_role": "ANON"})
    config = shop()
    config["routes"][2]["title"] = "Only admins see this"
    await clients.apply(config)

    etag = {"If-None-Match": f'"other", {first.headers["etag"]}'}
    again = await clients.ask("GET", "/shop/app", headers=etag, params={"as_role": "ANON"})

    assert again.status_code == 304


async def test_placeholders_are_filled_in(clients: ClientHttp) -> None:
    config = shop()
    config["routes"][0] |= {
        "title": "Welcome to ${NAME}",
        "componentProps": {"api": ["${URL}"], "own": "${route.id}", "x": "${OTHER:default}"},
    }
    await clients.apply(config, variables={"NAME": "Acme", "URL": "https://api.example"})

    (home,) = (await clients.app(as_role="ANON"))["routes"]

    assert home["title"] == "Welcome to Acme"
    assert home["componentProps"] == {
        "api": ["https://api.example"],
        "own": "${route.id}",
        "x": "default",
    }


@pytest.mark.parametrize(
    "path, status", [("/nothing/app", 404), ("/%20/app", 404), ("/..%2fx/app", 400)]
)
async def test_an_unknown_client_is_not_found(clients: ClientHttp, path: str, status: int) -> None:
    answer = await clients.ask("GET", path)

    assert answer.status_code == status


async def test_an_unknown_client_and_one_of_an_unknown_tenant_look_the_same(
    clients: ClientHttp,
) -> None:
    answers = [
        await clients.of(None).ask("GET", "/nothing/app", params={"tenant": tenant})
        for tenant in (clients.tenant_id, "no-such-tenant", "*", "global", "É")
    ]

    assert {each.status_code for each in answers} <= {400, 404}
    assert [each.status_code for each in answers[:2]] == [404, 404]


async def test_nothing_but_what_pages_need_is_handed_out(clients: ClientHttp) -> None:
    config = shop(
        emailApiKey="hush-1",
        password="hush-2",
        settings=[{"name": "s", "secret": True, "data": "hush-3"}],
        auth_config=[{"provider": "GOOGLE", "options": {"secret": "hush-4"}}],
        themes=[{"name": "day", "options": {"palette": "blue"}}],
        theme="day",
    )
    config["routes"][0]["protected"] = True
    await clients.apply(config)

    view = await clients.app(as_role="ADMIN")

    text = json.dumps(view)
    assert "hush" not in text
    assert "sealed:" not in text
    assert {*view} <= {"key", "name", "theme", "themes", "themeOptions", "routes", "menus"}
    assert "palette" in text


async def test_a_removed_role_or_page_is_gone_from_what_is_served(clients: ClientHttp) -> None:
    # Q15
    await clients.apply(shop())
    assert paths_of(await clients.app(as_role="USER")) == ["/", "/orders"]

    await clients.apply(shop(routes=shop()["routes"][:1] + shop()["routes"][2:]))

    assert paths_of(await clients.app(as_role="USER")) == ["/"]


async def test_somebody_without_a_login_needs_none_where_nodes_are_closed(
    clients: ClientHttp,
) -> None:
    # In development everybody is root, and is nobody all the same where roles are asked for.
    await clients.apply(shop())
    anon = ClientHttp(clients.node, AccessHttp(clients.node), None)

    assert paths_of(await anon.app(tenant=clients.tenant_id)) == ["/"]

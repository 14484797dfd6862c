"""The history of a client: every revision is there, and one can go back to each."""

from typing import Any

import pytest

from tests.support.access_http import AccessHttp
from tests.support.client_http import ClientHttp, changes_of, pages, paths_of, shop

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def three(clients: ClientHttp) -> list[dict[str, Any]]:
    """Apply three revisions, and return their declarations."""
    second = shop(name="Second", routes=shop()["routes"][:2])
    third = shop(name="Third", siteUrl=..., menus=[*shop()["menus"], {"key": "more"}])
    for number, config in enumerate((shop(), second, third), start=1):
        await clients.apply(
            config, reason=f"number {number}", source="ui" if number == 2 else "api"
        )
    return [shop(), second, third]


async def test_every_revision_says_who_made_it_from_what_and_why(clients: ClientHttp) -> None:
    editor = await clients.holding_key("editor")
    await three(editor)

    revisions = (await clients.get("/shop/revisions"))["revisions"]

    assert [each["revision"] for each in revisions] == [3, 2, 1]
    assert [each["source"] for each in revisions] == ["api", "ui", "api"]
    assert [each["reason"] for each in revisions] == ["number 3", "number 2", "number 1"]
    assert all(each["actor"].startswith("key:") for each in revisions)
    assert all(each["applied_at"].startswith("2024-01-15T10:30") for each in revisions)
    assert revisions[1]["counts"]["routes"]["removed"] == 1
    assert revisions[0]["digest"] == (await clients.get("/shop"))["digest"]


async def test_a_revision_has_its_declaration(clients: ClientHttp) -> None:
    await three(clients)

    for number, routes in ((1, 3), (2, 2), (3, 3)):
        found = await clients.get(f"/shop/revisions/{number}")
        assert found["revision"] == number
        assert len(found["config"]["routes"]) == routes
    answers = [await clients.ask("GET", f"/shop/revisions/{n}") for n in ("0", "4", "x", "-1")]
    assert [each.status_code for each in answers] == [400, 404, 400, 400]


async def test_a_difference_is_told_between_any_two(clients: ClientHttp) -> None:
    await three(clients)

    last = await clients.get("/shop/diff")
    assert changes_of(last, "routes") == {"/admin": "added"}
    assert changes_of(last, "menus") == {"more": "added"}
    back = await clients.get("/shop/diff", from_=3, to=1)
    assert changes_of(back, "menus") == {"more": "removed"}
    assert {each["path"]: each["after"] for each in back["fields"]} == {"name": "Shop"}
    whole = await clients.get("/shop/diff", from_=0, to=1)
    assert len(whole["routes"]["changes"]) == 3
    same = await clients.get("/shop/diff", from_=2, to=2)
    assert not same["changed"]
    assert (await clients.ask("GET", "/shop/diff?from=9")).status_code == 404


async def test_a_rollback_is_a_new_revision_with_the_old_state(clients: ClientHttp) -> None:
    await three(clients)
    ids, first = await clients.ids(), await clients.get("/shop/revisions/1")

    result = await clients.post("/shop/rollback", to=1, reason="better before")

    assert (result["revision"], result["changed"]) == (4, True)
    now, (last, *_) = (
        await clients.get("/shop"),
        (await clients.get("/shop/revisions"))["revisions"],
    )
    assert now["config"] == first["config"]
    assert now["digest"] == first["digest"]
    assert (last["rolled_back_to"], last["reason"]) == (1, "better before")
    assert now["ids"]["routes"]["home"] == ids["routes"]["home"]
    assert (await clients.app())["name"] == "Shop"


async def test_a_rollback_holds_back_what_was_applied_since(clients: ClientHttp) -> None:
    await three(clients)

    await clients.post("/shop/rollback", to=1)

    assert len((await clients.get("/shop"))["held_back"]) == 2
    # Whoever applies it on purpose takes it back, and only it.
    await clients.apply(shop(name="Second", routes=shop()["routes"][:2]))
    assert len((await clients.get("/shop"))["held_back"]) == 1


async def test_a_rollback_that_is_only_planned_does_nothing(clients: ClientHttp) -> None:
    await three(clients)
    before = await clients.stored()

    plan = await clients.post("/shop/rollback", to=1, dry_run=True)

    assert changes_of(plan, "menus") == {"more": "removed"}
    assert await clients.stored() == before


@pytest.mark.parametrize("to, status", [(0, 404), (-1, 404), (4, 404), (10**12, 404), ("1", 400)])
async def test_a_revision_that_there_is_not_is_none_to_go_back_to(
    clients: ClientHttp, to: Any, status: int
) -> None:
    await three(clients)

    await clients.refused("/shop/rollback", status, to=to)
    await clients.refused("/nothing/rollback", 404 if status == 404 else 400, to=to)

    assert await clients.revision() == 3


async def test_a_rollback_to_the_present_changes_nothing_but_is_one(clients: ClientHttp) -> None:
    await three(clients)
    before = (await clients.get("/shop"))["config"]

    await clients.post("/shop/rollback", to=3)

    assert (await clients.get("/shop"))["config"] == before


async def test_rolling_back_a_rollback_goes_forward_again(clients: ClientHttp) -> None:
    configs = await three(clients)
    await clients.post("/shop/rollback", to=1)

    await clients.post("/shop/rollback", to=3)

    assert not (await clients.plan(configs[2]))["changed"]
    assert (await clients.get("/shop"))["name"] == "Third"


async def test_nobody_who_was_declared_since_is_removed_by_a_rollback(clients: ClientHttp) -> None:
    user = {"email": f"ann@{clients.tenant_id}.example", "firstName": "A", "lastName": "B"}
    await clients.apply(shop())
    await clients.apply(
        shop(users=[{**user, "roles": ["ADMIN"], "password": "a passphrase of the file"}])
    )

    await clients.post("/shop/rollback", to=1)

    ann = await clients.who.at_new_address().login(
        email=user["email"], password="a passphrase of the file"
    )
    assert paths_of(await clients.by(ann).app()) == ["/", "/orders", "/admin"]


async def test_a_client_with_5000_routes_is_applied_in_chunks_and_rolled_back(
    clients: ClientHttp,
) -> None:
    many = pages(5_000, roles=["USER"], title="A title")
    await clients.apply(shop())
    await clients.apply(shop(routes=many), force=True)
    chunks = [told for kind, told in await clients.told() if kind == "routes_changed"]
    assert len(chunks) > 5
    assert all(len(each.get("added", ())) <= 1_000 for each in chunks)

    assert not (await clients.plan(shop(routes=many)))["changed"]
    changed = [*many[:2500], {**many[2500], "title": "Other"}, *many[2501:]]
    result = await clients.apply(shop(routes=changed))
    assert result["counts"]["routes"]["updated"] == 1
    assert len(paths_of(await clients.app(as_role="USER"))) == 5_000
    await clients.refused("/shop/rollback", 409, to=1)
    await clients.post("/shop/rollback", to=1, force=True, allow_public=True)

    assert (await clients.get("/shop"))["config"] == (await clients.get("/shop/revisions/1"))[
        "config"
    ]
    await clients.post("/shop/rollback", to=3, force=True)
    assert not (await clients.plan(shop(routes=changed)))["changed"]


async def test_the_audit_shows_what_happened_to_clients(clients: ClientHttp) -> None:
    await three(clients)
    await clients.post("/shop/rollback", to=1, reason="better before")

    told = await clients.who.get("/api/audit", tenant=clients.tenant_id, limit=200)

    items = [each for each in told["items"] if each["action"].startswith("clients.")]
    applied = [each for each in items if each["action"] == "clients.client_applied"]
    assert len(applied) == 4
    assert {each["tenant_id"] for each in items} == {clients.tenant_id}
    assert "shop" in applied[0]["subject"]
    assert {each["actor"] for each in items} == {"root"}
    viewer = AccessHttp(clients.node, await clients.who.key(clients.tenant_id or "", "viewer"))
    assert (await viewer.ask("GET", "/api/audit")).status_code == 403

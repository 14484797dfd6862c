"""People whom a client declares: made once, never changed, never removed, never shown."""

import json
import re
from typing import Any

import pytest

from tests.support.access_http import PASSWORD, AccessHttp, events_of, rows_of
from tests.support.client_http import ClientHttp, shop
from tests.support.nodes import Journal

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECLARED = "a passphrase of the file"


def person(clients: ClientHttp, name: str = "ann", **fields: Any) -> dict[str, Any]:
    return {
        "email": f"{name}@{clients.tenant_id}.example",
        "firstName": name.title(),
        "lastName": "Declaredson",
        "roles": ["ADMIN"],
        "password": DECLARED,
        **fields,
    }


async def logged_in(clients: ClientHttp, name: str = "ann", password: str = DECLARED) -> AccessHttp:
    somebody = clients.who.at_new_address()
    return await somebody.login(email=f"{name}@{clients.tenant_id}.example", password=password)


async def lets_in(clients: ClientHttp, name: str, password: str) -> bool:
    somebody = clients.who.at_new_address()
    email = f"{name}@{clients.tenant_id}.example"
    answer = await somebody.try_login(
        email=email, password=password, tenant=clients.tenant_id or ""
    )
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


async def test_somebody_new_can_log_in_with_the_password_declared(clients: ClientHttp) -> None:
    result = await clients.apply(shop(users=[person(clients)]))

    assert result["counts"]["users"] == {
        "added": 1, "updated": 0, "moved": 0, "removed": 0, "unchanged": 0,
    }  # fmt: skip
    ann = await logged_in(clients)
    view = await clients.by(ann).app()
    assert "/admin" in [route["path"] for route in view["routes"]]


async def test_a_password_is_declared_for_the_apply_that_makes_somebody_and_no_other(
    clients: ClientHttp,
) -> None:
    # Q6: neither is it hashed again, nor does it take anybody's place.
    await clients.apply(shop(users=[person(clients)]))
    (before,) = await rows_of(clients.node, "users", email=person(clients)["email"])

    result = await clients.apply(shop(users=[person(clients, password="quite another one")]))

    assert not result["changed"]
    (after,) = await rows_of(clients.node, "users", email=person(clients)["email"])
    assert after == before
    assert not await lets_in(clients, "ann", "quite another one")


@pytest.mark.parametrize("where", ["here", "elsewhere"])
async def test_nobody_is_taken_over_by_a_file_that_declares_them(
    clients: ClientHttp, where: str
) -> None:
    # Q6
    tenant_id = clients.tenant_id or ""
    owner = tenant_id if where == "here" else await clients.who.tenant(f"{tenant_id}-other")
    email = f"ann@{tenant_id}.example"
    await clients.who.user(
        owner, email, role="viewer", password=PASSWORD, first_name="Real", username=f"r-{tenant_id}"
    )
    (before,) = await rows_of(clients.node, "users", email=email)
    config = shop(users=[person(clients, email=email.upper(), username=f"x-{tenant_id}")])

    plan = await clients.plan(config)
    await clients.apply(config)

    (change,) = plan["users"]["changes"]
    assert change["action"] == "updated"
    assert change["note"] == "existing user: only the membership is added"
    (after,) = await rows_of(clients.node, "users", email=email)
    assert after == before
    assert not await lets_in(clients, "ann", DECLARED)
    assert await lets_in(clients, "ann", PASSWORD)
    members = await rows_of(clients.node, "members", user_id=before["user_id"])
    assert {row["tenant_id"] for row in members} == {tenant_id, owner}
    # The roles in the client are all that is new, and none in the tenant.
    (mine,) = [row for row in members if row["tenant_id"] == tenant_id]
    assert mine["role"] == ("viewer" if where == "here" else None)


async def test_roles_in_a_client_change_and_those_in_others_stay(clients: ClientHttp) -> None:
    await clients.apply(shop(key="other", users=[person(clients, roles=["EDITOR"])]))
    await clients.apply(shop(users=[person(clients)]))

    plan = await clients.plan(shop(users=[person(clients, roles=["USER"])]))
    await clients.apply(shop(users=[person(clients, roles=["USER"])]))

    (change,) = plan["users"]["changes"]
    assert change["note"] == "existing user: only the roles in this client change"
    me = (await (await logged_in(clients)).get("/api/auth/me"))["memberships"][0]
    roles = {each["client_key"]: each["roles"] for each in me["applications"]}
    assert roles == {"other": ["EDITOR", "USER"], "shop": ["USER"]}


async def test_nobody_is_ever_removed(clients: ClientHttp) -> None:
    await clients.apply(shop(users=[person(clients), person(clients, "bob")]))

    result = await clients.apply(shop(users=[]))

    assert (result["changed"], result["counts"]["users"]["removed"]) == (False, 0)
    assert await lets_in(clients, "bob", DECLARED)
    assert len(await rows_of(clients.node, "members", tenant_id=clients.tenant_id or "")) == 2


async def test_an_editor_declares_no_people(clients: ClientHttp) -> None:
    editor = await clients.holding_key("editor")
    await editor.apply(shop())

    for path in ("/plan", "/apply"):
        for users in ([person(clients)], []):
            error = await editor.refused(path, 403, configs=[shop(users=users)])
            assert error["details"]["permission"] == "users:write"
    admin = await clients.holding_key("admin")
    assert (await admin.apply(shop(users=[person(clients)])))["changed"]


async def test_an_admin_of_a_tenant_takes_nobody_elses_password_or_name(
    clients: ClientHttp,
) -> None:
    # Q6
    other = clients.of(await clients.who.tenant(f"{clients.tenant_id}-other"))
    await clients.apply(shop(users=[person(clients, username=f"ann-{clients.tenant_id}")]))
    admin = await other.holding_key("admin")

    error = await admin.refused(
        "/apply",
        409,
        configs=[shop(users=[person(other, "eve", username=f"ann-{clients.tenant_id}")])],
    )
    assert error["code"] in ("name_taken", "conflict")
    assert await other.revision() == 0


async def test_people_are_masked_wherever_they_are_told_of(
    clients: ClientHttp, module_journal: Journal
) -> None:
    # Q11, Q18: nothing personal in a plan, an event, a line of the log, a figure or an error.
    ann = person(clients, "annabel", username=f"nick-{clients.tenant_id}")
    plan = await clients.post("/plan", configs=[shop(users=[ann])], save=True)
    told: list[Any] = [plan]
    (change,) = plan["clients"][0]["users"]["changes"]
    assert change["identity"] == f"a***@{clients.tenant_id}.example"
    told.append(await clients.apply(shop(users=[ann])))
    told.append(await clients.get("/shop"))
    told.append(await clients.get("/shop/revisions"))
    told.append(await clients.exported())
    bad = person(clients, "annabel", roles="ADMIN", lastName=7)
    told.append(await clients.refused("/apply", 422, configs=[shop(users=[bad])]))
    told.append(await clients.refused("/apply", 422, configs=[shop(users=[ann, ann])]))
    told.append(await clients.apply(shop(users=[bad]), continue_on_error=True))
    strange = person(clients, "annabel", username="annabel annabel")
    told.append(await clients.refused("/apply", 422, configs=[shop(users=[strange])]))
    told.append((await clients.who.ask("GET", "/metrics")).text)
    told.append(module_journal.text)
    told += [event.data.decode() for event in await events_of(clients.node, clients.tenant_id)]

    everything = json.dumps(told).lower()
    assert clients.tenant_id or "-" in everything
    for personal in (ann["email"], "annabel", "declaredson", ann["username"], DECLARED):
        assert personal.lower() not in everything, personal


async def test_figures_have_neither_counts_nor_people_as_labels(clients: ClientHttp) -> None:
    # Q18
    await clients.apply(shop(users=[person(clients)]))
    await clients.apply(shop(name="Other"))

    lines = (await clients.who.ask("GET", "/metrics")).text.splitlines()

    mine = [line for line in lines if f'"{clients.tenant_id}"' in line and "client" in line]
    labels = {name for line in mine for name in re.findall(r'(\w+)="', line)}
    assert mine
    assert labels <= {"clientKey", "operation", "hasErrors", "errorType", "tenant", "le"}


async def test_whoever_cannot_be_made_is_an_error_of_their_own(clients: ClientHttp) -> None:
    # Q11: neither counted as created nor left unsaid.
    short = person(clients, "short", password="x")

    error = await clients.refused("/apply", 422, configs=[shop(users=[person(clients), short])])
    (told,) = error["details"]["clients"][0]["errors"]
    assert told["path"].startswith("$.users[1]")
    assert "password" in told["message"]
    assert await clients.revision() == 0

    config = shop(users=[short, person(clients)])
    result = await clients.apply(config, continue_on_error=True)
    assert result["counts"]["users"]["added"] == 1
    assert [each["path"][:10] for each in result["errors"]] == ["$.users[0]"]
    assert not await lets_in(clients, "short", "x")
    assert not (await clients.apply(config, continue_on_error=True))["changed"]


async def test_events_name_people_by_id_alone(clients: ClientHttp) -> None:
    await clients.apply(shop(users=[person(clients)]))

    (row,) = await rows_of(clients.node, "users", email=person(clients)["email"])
    _, applied = (await clients.told())[-1]
    assert applied["users"] == {row["user_id"]: ["ADMIN", "USER"]}


async def test_people_who_come_with_an_unchanged_client_are_a_revision_of_it(
    clients: ClientHttp,
) -> None:
    await clients.apply(shop())

    result = await clients.apply(shop(users=[person(clients)]))

    assert (result["revision"], result["changed"]) == (2, True)
    assert not (await clients.plan(shop(users=[person(clients)])))["changed"]


async def test_the_same_declaration_gives_people_back_the_roles_that_it_says(
    clients: ClientHttp,
) -> None:
    declared = shop(users=[person(clients)])
    await clients.apply(declared)
    await clients.apply(shop(name="Other", users=[person(clients, roles=["EDITOR"])]))
    await clients.post("/shop/rollback", to=1)

    assert (await clients.plan(declared))["changed"]
    assert (await clients.apply(declared))["changed"]
    assert not (await clients.plan(declared))["changed"]
    assert (await clients.apply(declared)).get("is_skipped")

"""People and memberships: added, changed, let go; and whose business a person is."""

from typing import Any

import pytest

from tests.support.access_http import (
    PASSWORD,
    AccessHttp,
    code_of,
    data_of,
    events_of,
    rows_of,
    told_by,
    types_of,
)
from tests.support.nodes import Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = "another long password"


async def test_a_new_person_is_as_they_were_made(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    body = {
        "email": f"Ada@{acme}.example",
        "username": f"Ada.{acme}",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "role": "editor",
        "applications": [
            {"client_key": "shop", "roles": ["USER", "ADMIN"]},
            {"roles": ["ANON"]},
        ],
    }
    answer = await root.ask("POST", f"/api/tenants/{acme}/users", json=body)

    assert answer.status_code == 201
    made = data_of(answer)
    assert {name: made[name] for name in body if name != "applications"} == {
        name: value for name, value in body.items() if name != "applications"
    }
    assert made["applications"] == [
        {"client_key": None, "roles": ["ANON"]},
        {"client_key": "shop", "roles": ["ADMIN", "USER"]},
    ]
    assert made["is_owned"] is True
    path = f"/api/tenants/{acme}/users"
    assert await root.get(f"{path}/{made['id']}") == made
    found = await root.get(f"{path}?email=ada@{acme.upper()}.EXAMPLE")
    assert found["items"] == [made]
    assert (await root.get(path))["items"] == [made]


async def test_somebody_who_is_there_becomes_a_member_and_stays_who_they_are(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    other = await root.tenant(f"{acme}-other")
    await root.tenant(acme)
    ada = await root.user(other, f"ada@{acme}.example", first_name="Ada", role="admin")

    admin = root.holding(await root.key(acme))
    answer = await admin.ask(
        "POST",
        f"/api/tenants/{acme}/users",
        json={"email": f"ADA@{acme}.example", "role": "viewer"},
    )

    assert answer.status_code == 200
    member = data_of(answer)
    assert (member["id"], member["is_owned"], member["first_name"]) == (ada, False, None)
    (row,) = await rows_of(module_node, "users", user_id=ada)
    assert (row["email"], row["owner_tenant"]) == (f"ada@{acme}.example", other)
    assert (await root.get(f"/api/tenants/{other}/users/{ada}"))["role"] == "admin"
    assert (await root.get(f"/api/tenants/{acme}/users/{ada}"))["first_name"] == "Ada"


@pytest.mark.parametrize("field", ["username", "first_name", "last_name", "password"])
async def test_of_somebody_who_is_there_nothing_is_said_but_the_address(
    root: AccessHttp, module_node: Node, acme: str, field: str
) -> None:
    other = await root.tenant(f"{acme}-other")
    await root.tenant(acme)
    await root.user(other, f"ada@{acme}.example")

    path, body = f"/api/tenants/{acme}/users", {"email": f"ada@{acme}.example", field: "somebody"}
    assert await root.refusal("POST", path, 403, **body) == "not_owner"
    assert await rows_of(module_node, "members", tenant_id=acme) == []


async def test_a_member_is_added_once(root: AccessHttp, module_node: Node, acme: str) -> None:
    await root.tenant(acme)
    await root.user(acme, f"ada@{acme}.example", role="viewer")

    path, body = f"/api/tenants/{acme}/users", {"email": f"ADA@{acme}.example", "role": "admin"}
    assert await root.refusal("POST", path, 409, **body) == "member_exists"
    assert await types_of(module_node, acme) == ["tenant_created", "member_set"]


@pytest.mark.parametrize(
    "body",
    [
        {"email": "ada"},
        {"email": "ada@"},
        {"email": "a b@example.com"},
        {"email": "ada@example.com\n"},
        {"email": "a" * 250 + "@x.de"},
        {"email": "ada@example.com", "username": "a@b"},
        {"email": "ada@example.com", "username": ""},
        {"email": "ada@example.com", "username": "a b"},
        {"email": "ada@example.com", "first_name": " Ada"},
        {"email": "ada@example.com", "last_name": "x" * 101},
        {"email": "ada@example.com", "password": "1234567"},
        {"email": "ada@example.com", "password": "x" * 257},
        {"email": "ada@example.com", "role": "owner"},
        {"email": "ada@example.com", "applications": [{"client_key": "a b", "roles": []}]},
        {"email": "ada@example.com", "applications": [{"roles": [""]}]},
        {"email": "ada@example.com", "applications": [{"roles": ["a"]}] * 101},
        {"email": "ada@example.com", "is_owned": True},
        {"username": "ada"},
    ],
)
async def test_what_is_said_wrongly_makes_nobody(
    root: AccessHttp, module_node: Node, acme: str, body: dict[str, Any]
) -> None:
    await root.tenant(acme)

    answer = await root.ask("POST", f"/api/tenants/{acme}/users", json=body)

    assert answer.status_code == 400
    assert str(body.get("password", "nothing")) not in answer.text
    assert await rows_of(module_node, "members", tenant_id=acme) == []


async def test_a_name_is_somebodys_in_all_its_spellings(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    await root.user(acme, f"ada@{acme}.example", username=f"straße-{acme}")
    bob = await root.user(acme, f"bob@{acme}.example", username=f"bob-{acme}")
    path = f"/api/tenants/{acme}/users"

    taken = {"email": f"eve@{acme}.example", "username": f"STRASSE-{acme}"}
    assert await root.refusal("POST", path, 409, **taken) == "name_taken"
    for wish in ({"username": f"Strasse-{acme}"}, {"email": f"ADA@{acme}.example"}):
        assert await root.refusal("PATCH", f"{path}/{bob}", 409, **wish) == "name_taken"
    # One's own is not taken.
    changed = await root.patch(f"{path}/{bob}", username=f"BOB-{acme}", email=f"BOB@{acme}.example")
    assert (changed["username"], changed["email"]) == (f"BOB-{acme}", f"BOB@{acme}.example")


async def test_role_and_applications_are_changed_apart(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    shop = [{"client_key": "shop", "roles": ["USER"]}]
    ada = await root.user(acme, f"ada@{acme}.example", role="viewer", applications=shop)
    path = f"/api/tenants/{acme}/users/{ada}"

    changed = await root.patch(path, role="admin")
    assert (changed["role"], changed["applications"]) == ("admin", shop)
    changed = await root.patch(path, applications=[])
    assert (changed["role"], changed["applications"]) == ("admin", [])
    changed = await root.patch(path, role=None)
    assert (changed["role"], changed["applications"]) == (None, [])
    assert await root.patch(path, role=None, applications=[]) == changed
    assert await root.patch(path) == changed

    assert await types_of(module_node, acme) == ["tenant_created", *["member_set"] * 4]
    state = module_node.app.access_ledger.state.member(acme, ada)
    assert state is not None
    assert (state.role, state.version) == (None, 4)


async def test_what_a_user_may_do_changes_with_the_role_at_once(
    root: AccessHttp, acme: str
) -> None:
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD, role="viewer")
    session = await root.login(email=f"ada@{acme}.example")
    path = f"/api/tenants/{acme}"
    assert await session.refusal("PATCH", path, 403, name="x") == "denied"

    await root.patch(f"{path}/users/{ada}", role="admin")
    assert (await session.patch(path, name="x"))["name"] == "x"

    await root.patch(f"{path}/users/{ada}", role=None)
    assert await session.refusal("GET", path, 403) == "denied"
    me = await session.get("/api/auth/me")
    assert (me["role"], me["permissions"]) == (None, [])


async def test_an_application_role_permits_nothing(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    applications = [{"client_key": None, "roles": ["root", "admin", "configs:write"]}]
    await root.user(acme, f"ada@{acme}.example", password=PASSWORD, applications=applications)
    session = await root.login(email=f"ada@{acme}.example")

    assert (await session.get("/api/auth/me"))["permissions"] == []
    assert await session.refusal("GET", f"/api/tenants/{acme}", 403) == "denied"


async def test_whose_person_it_is_changes_names_and_credentials(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    admin = root.holding(await root.key(acme))
    ada = await root.user(acme, f"ada@{acme}.example", first_name="Ada", role="viewer")
    path = f"/api/tenants/{acme}/users/{ada}"

    changed = await admin.patch(
        path, email=f"ada@new-{acme}.example", first_name="Augusta", password=OTHER
    )

    assert (changed["email"], changed["first_name"]) == (f"ada@new-{acme}.example", "Augusta")
    assert (await root.try_login(email=f"ada@{acme}.example")).status_code == 401
    await root.login(email=f"ADA@new-{acme}.example", password=OTHER)
    (*_, event) = await events_of(module_node, acme)
    fields = ["email", "first_name", "password"]
    assert told_by(event) == {"user_id": ada, "fields": fields, "sessions": []}


@pytest.mark.parametrize(
    "wish",
    [{"email": "eve@evil.example"}, {"username": "eve"}, {"first_name": "E"}, {"password": OTHER}],
)
async def test_a_shared_person_is_nobody_elses_to_change(
    root: AccessHttp, module_node: Node, acme: str, wish: dict[str, str]
) -> None:
    other = await root.tenant(f"{acme}-other")
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", role="viewer")
    await root.user(other, f"ada@{acme}.example", role="viewer")
    before = await rows_of(module_node, "users", user_id=ada)

    for tenant in (acme, other):
        admin = root.holding(await root.key(tenant))
        path = f"/api/tenants/{tenant}/users/{ada}"
        assert await admin.refusal("PATCH", path, 403, role="admin", **wish) == "not_owner"
        assert (await root.get(path))["role"] == "viewer"
    assert await rows_of(module_node, "users", user_id=ada) == before
    # Root may, and the one who created them may again once nobody else has them.
    await root.patch(f"/api/tenants/{other}/users/{ada}", last_name="by root")
    await root.delete(f"/api/tenants/{other}/users/{ada}")
    admin = root.holding(await root.key(acme))
    await admin.patch(f"/api/tenants/{acme}/users/{ada}", last_name="by their own")


async def test_a_person_left_by_the_tenant_that_made_them_is_not_the_next_ones(
    root: AccessHttp, acme: str
) -> None:
    other = await root.tenant(f"{acme}-other")
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", first_name="Ada")
    await root.user(other, f"ada@{acme}.example", role="viewer")
    await root.delete(f"/api/tenants/{acme}/users/{ada}")

    admin = root.holding(await root.key(other))
    path = f"/api/tenants/{other}/users/{ada}"
    assert await admin.refusal("PATCH", path, 403, password=OTHER) == "not_owner"
    assert (await admin.get(path))["first_name"] is None


async def test_a_tenant_sees_of_anothers_person_what_it_has_said_itself(
    root: AccessHttp, acme: str
) -> None:
    other = await root.tenant(f"{acme}-other")
    await root.tenant(acme)
    ada = await root.user(
        other, f"ada@{acme}.example", username=f"ada-{acme}", first_name="Ada", last_name="L."
    )
    await root.user(acme, f"ada@{acme}.example", role="viewer")
    admin = root.holding(await root.key(acme))

    path = f"/api/tenants/{acme}/users"
    by_list = (await admin.get(path))["items"][0]
    for seen in (by_list, await admin.get(f"{path}/{ada}"), await admin.patch(f"{path}/{ada}")):
        assert seen == by_list
        assert seen["email"] == f"ada@{acme}.example"
        assert {seen["username"], seen["first_name"], seen["last_name"]} == {None}
        assert seen["is_owned"] is False


async def test_a_new_password_ends_all_sessions_of_the_user_and_of_nobody_else(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD, role="viewer")
    await root.user(acme, f"bob@{acme}.example", password=PASSWORD, role="viewer")
    hers = [await root.login(email=f"ada@{acme}.example") for _ in range(2)]
    his = await root.login(email=f"bob@{acme}.example")

    await root.patch(f"/api/tenants/{acme}/users/{ada}", password=OTHER)

    assert [await session.is_let_in() for session in hers] == [False, False]
    assert await his.is_let_in()
    assert await rows_of(module_node, "sessions", user_id=ada) == []
    (*_, event) = await events_of(module_node, acme)
    assert len(told_by(event)["sessions"]) == 2


async def test_users_are_listed_in_parts_those_first_who_came_first(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    # Two at each instant, so that an instant is no place to go on from.
    made = []
    for number in range(7):
        module_node.clock.advance(number % 2)
        made.append(await root.user(acme, f"{number}@{acme}.example"))
    path = f"/api/tenants/{acme}/users"

    whole = [user["id"] for user in (await root.get(path))["items"]]
    assert sorted(whole) == sorted(made)
    assert (whole[0], {*whole[1:3]}) == (made[0], {*made[1:3]})
    parts: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = await root.get(path, **query)
        parts += [user["id"] for user in page["items"]]
        if page["next_cursor"] is None:
            break
        assert len(page["items"]) == 2
        query["cursor"] = page["next_cursor"]
    assert parts == whole
    assert (await root.get(path, limit=7))["next_cursor"] is None


async def test_whoever_is_let_go_loses_their_sessions_here_and_their_person_at_the_last(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    other = await root.tenant(f"{acme}-other")
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD, role="viewer")
    await root.user(other, f"ada@{acme}.example", role="viewer")
    here = await root.login(email=f"ada@{acme}.example", tenant=acme)
    there = await root.login(email=f"ada@{acme}.example", tenant=other)

    await root.delete(f"/api/tenants/{acme}/users/{ada}")
    assert (await here.is_let_in(), await there.is_let_in()) == (False, True)
    assert await root.refusal("GET", f"/api/tenants/{acme}/users/{ada}", 404) == "unknown_user"
    assert await root.refusal("DELETE", f"/api/tenants/{acme}/users/{ada}", 404) == "unknown_user"
    assert await rows_of(module_node, "users", user_id=ada)
    (*_, event) = await events_of(module_node, acme)
    assert (told_by(event)["user_id"], len(told_by(event)["sessions"])) == (ada, 1)

    await root.delete(f"/api/tenants/{other}/users/{ada}")
    assert not await there.is_let_in()
    assert await rows_of(module_node, "users", user_id=ada) == []
    assert await rows_of(module_node, "sessions", user_id=ada) == []
    assert (await root.try_login(email=f"ada@{acme}.example")).status_code == 401
    # The address is free again, for a person of another id.
    assert await root.user(other, f"ada@{acme}.example") != ada


async def test_the_users_of_all_tenants_together_are_root(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    await root.user("*", f"root@{acme}.example", password=PASSWORD, role="root")
    session = await root.login(email=f"root@{acme}.example")

    me = await session.get("/api/auth/me")
    assert (me["role"], me["permissions"], me["tenant"]) == ("root", ["*"], None)
    await session.tenant(f"{acme}-by-root")
    (event,) = await events_of(module_node, f"{acme}-by-root")
    assert f'"actor":"user:{me["user"]["id"]}"'.encode() in event.metadata

    admin = root.holding(await root.key(acme))
    assert await admin.refusal("GET", "/api/tenants/*/users", 403) == "denied"
    body = {"email": f"eve@{acme}.example", "role": "root"}
    assert await admin.refusal("POST", "/api/tenants/*/users", 403, **body) == "denied"


@pytest.mark.parametrize("tenant_id, role", [("", "root"), ("*", "admin"), ("*", "viewer")])
async def test_a_role_is_given_only_where_there_is_one(
    root: AccessHttp, acme: str, tenant_id: str, role: str
) -> None:
    await root.tenant(acme)
    path = f"/api/tenants/{tenant_id or acme}"
    body = {"email": f"ada@{acme}.example", "role": role}
    assert await root.refusal("POST", f"{path}/users", 403, **body) == "beyond_own_role"
    body = {"name": "x", "role": role}
    assert await root.refusal("POST", f"{path}/keys", 403, **body) == "beyond_own_role"


@pytest.mark.parametrize("user", ["none", "a%00b", "none@example.com", "a%00@b", "%F0%9F%9A%80"])
async def test_a_user_who_is_not_there_is_not_found(root: AccessHttp, acme: str, user: str) -> None:
    await root.tenant(acme)
    path = f"/api/tenants/{acme}/users/{user}"

    for method in ("GET", "PATCH", "DELETE"):
        answer = await root.ask(method, path, json={"role": "viewer"})
        assert (answer.status_code, code_of(answer)) == (404, "unknown_user")

"""A person's names and credentials: whose they are to change, and what a new password ends."""

from pathlib import Path

import pytest

from tests.support.access_http import (
    PASSWORD,
    AccessHttp,
    events_of,
    rows_of,
    told_by,
    two_nodes,
)
from tests.support.nodes import Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = "another long password"


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


async def test_a_user_changes_their_own_names_without_a_password(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    await root.user(acme, f"ada@{acme}.example", password=PASSWORD)
    session = await root.login(email=f"ada@{acme}.example")

    changed = await session.patch("/api/auth/me", first_name="Ada", username=f"ada-{acme}")

    assert (changed["first_name"], changed["username"]) == ("Ada", f"ada-{acme}")
    assert (await session.get("/api/auth/me"))["user"] == changed
    await root.login(username=f"ADA-{acme}")
    (*_, event) = await events_of(module_node, acme)
    assert told_by(event)["fields"] == ["username", "first_name"]
    assert await session.patch("/api/auth/me", first_name="Ada") == changed
    assert (await events_of(module_node, acme))[-1] == event


@pytest.mark.parametrize("wish", [{"password": OTHER}, {"email": "new"}])
@pytest.mark.parametrize("present", [{}, {"current_password": OTHER}, {"current_password": ""}])
async def test_credentials_are_changed_by_who_knows_the_present_password(
    root: AccessHttp, acme: str, wish: dict[str, str], present: dict[str, str]
) -> None:
    await root.tenant(acme)
    await root.user(acme, f"ada@{acme}.example", password=PASSWORD)
    session = await root.login(email=f"ada@{acme}.example")
    wish = {
        name: f"new@{acme}.example" if value == "new" else value for name, value in wish.items()
    }

    code = await session.refusal("PATCH", "/api/auth/me", 403, **wish, **present)

    assert code == "wrong_password"
    await root.login(email=f"ada@{acme}.example")


async def test_a_users_own_new_password_ends_their_other_sessions(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    other = await root.tenant(f"{acme}-other")
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD)
    await root.user(other, f"ada@{acme}.example")
    own = await root.login(email=f"ada@{acme}.example", tenant=acme)
    others = [
        await root.login(email=f"ada@{acme}.example", tenant=tenant) for tenant in (acme, other)
    ]

    await own.patch("/api/auth/me", password=OTHER, current_password=PASSWORD)

    assert await own.is_let_in()
    assert [await session.is_let_in() for session in others] == [False, False]
    assert len(await rows_of(module_node, "sessions", user_id=ada)) == 1
    assert (await root.try_login(email=f"ada@{acme}.example")).status_code == 401
    await root.login(email=f"ada@{acme}.example", password=OTHER, tenant=other)


async def test_wrong_present_passwords_are_counted(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    await root.user(acme, f"ada@{acme}.example", password=PASSWORD)
    session = await root.login(email=f"ada@{acme}.example")
    wish = {"password": OTHER, "current_password": "wrong"}

    for _ in range(5):
        assert await session.refusal("PATCH", "/api/auth/me", 403, **wish) == "wrong_password"
    assert await session.refusal("PATCH", "/api/auth/me", 429, **wish) == "rate_limited"
    right = {"password": OTHER, "current_password": PASSWORD}
    assert await session.refusal("PATCH", "/api/auth/me", 429, **right) == "rate_limited"


async def test_a_key_has_nothing_of_its_own_to_change(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    key = root.holding(await root.key(acme))

    assert await key.refusal("PATCH", "/api/auth/me", 400, first_name="x") == "no_session"


@pytest.mark.asyncio(loop_scope="function")
async def test_a_new_password_ends_the_sessions_on_every_node(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        root, there = AccessHttp(one), AccessHttp(other)
        await root.tenant("acme")
        ada = await root.user("acme", "ada@example.com", password=PASSWORD)
        session = await there.login(email="ada@example.com")
        assert await session.is_let_in()

        await root.patch(f"/api/tenants/acme/users/{ada}", password=OTHER)
        await other.app.access_ledger.catch_up()

        assert not await session.is_let_in()

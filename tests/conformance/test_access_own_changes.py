"""What users change of themselves: names freely, credentials by the present password."""

import pytest

from tests.support.access_http import PASSWORD, AccessHttp, events_of, rows_of, told_by
from tests.support.nodes import Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = "another long password"


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

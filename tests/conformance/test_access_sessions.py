"""Sessions: how long they live, what takes their place, and what ends them before their time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tenantry.base import Principal
from tenantry.base.errors import TenantryError
from tenantry.db import System
from tenantry.tenants.errors import NoSession, WrongPassword
from tenantry.tenants.model import Refresh, SelfChange, Session
from tenantry.tenants.store import credentials, people
from tests.support.access_http import (
    PASSWORD,
    AccessHttp,
    code_of,
    events_of,
    grant_of,
    rows_of,
    told_by,
    two_nodes,
)
from tests.support.nodes import Node, running_node
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR = 3_600.0
OTHER = "another long password"
SYSTEM = System("test")


async def logged_in(root: AccessHttp, tenant_id: str) -> tuple[AccessHttp, str]:
    """Make the tenant and `ada` in it, and return her session and its token."""
    await root.tenant(tenant_id)
    await root.user(tenant_id, f"ada@{tenant_id}.example", password=PASSWORD, role="admin")
    answer = await root.try_login(email=f"ada@{tenant_id}.example")
    token = str(answer.json()["data"]["token"])
    return root.holding(token), token


def holder(token: str, tenant_id: str, user_id: str) -> Principal:
    """Return who the door makes of the token."""
    return Principal(
        id=f"user:{user_id}",
        tenant_id=tenant_id,
        permissions=frozenset(),
        source="test",
        grant=f"session:{grant_of(token)}",
    )


def admit_all(_tenant_id: str) -> None:
    """Let everybody in."""


async def test_a_session_lives_as_long_as_it_says(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    session, token = await logged_in(root, acme)
    hours = module_node.app.settings.session_hours
    (row,) = await rows_of(module_node, "sessions", session_id=grant_of(token))
    assert row["expires_at"] - row["created_at"] == hours * HOUR * 1e6

    module_node.clock.advance(hours * HOUR - 1)
    assert await session.is_let_in()
    module_node.clock.advance(1)
    assert await session.refusal("GET", "/api/auth/me", 401) == "token_expired"

    async def is_forgotten() -> bool:
        module_node.clock.advance(30)
        return not await rows_of(module_node, "sessions", session_id=grant_of(token))

    await eventually(is_forgotten)
    assert not await session.is_let_in()


async def test_a_logout_ends_this_session_and_no_other(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    session, token = await logged_in(root, acme)
    other = await root.login(email=f"ada@{acme}.example")

    assert (await session.ask("POST", "/api/auth/logout")).status_code == 204

    assert await session.refusal("GET", "/api/auth/me", 401) == "unauthenticated"
    assert await session.refusal("POST", "/api/auth/logout", 401) == "unauthenticated"
    assert await other.is_let_in()
    (*_, event) = await events_of(module_node, acme)
    assert event.stream == f"session-{grant_of(token)}"
    assert told_by(event)["session_id"] == grant_of(token)


@pytest.mark.parametrize("path", ["logout", "refresh"])
async def test_what_is_no_session_has_none_to_end(root: AccessHttp, acme: str, path: str) -> None:
    await root.tenant(acme)
    key = root.holding(await root.key(acme))

    for who in (root, key):
        assert await who.refusal("POST", f"/api/auth/{path}", 400) == "no_session"


async def test_a_refresh_puts_another_session_in_the_place_of_the_old_one(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    session, token = await logged_in(root, acme)
    module_node.clock.advance(HOUR)

    told = await session.post("/api/auth/refresh")

    assert told["token"] != token
    assert set(told) == {"token", "expires_at", "user", "tenant", "sync"}
    assert not await session.is_let_in()
    fresh = root.holding(told["token"])
    assert (await fresh.get("/api/auth/me"))["role"] == "admin"
    (row,) = await rows_of(module_node, "sessions", tenant_id=acme)
    assert row["created_at"] == module_node.clock.now_us()
    assert row["session_id"] == grant_of(told["token"])


async def test_a_refresh_takes_one_into_another_of_ones_tenants(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    session, _ = await logged_in(root, acme)
    other = await root.tenant(f"{acme}-other")
    assert await session.refusal("POST", "/api/auth/refresh", 403, tenant=other) == "not_a_member"
    assert await session.is_let_in()
    await root.user(other, f"ada@{acme}.example", role="viewer")

    told = await session.post("/api/auth/refresh", tenant=other)

    assert told["tenant"]["id"] == other
    assert not await session.is_let_in()
    me = await root.holding(told["token"]).get("/api/auth/me")
    assert (me["tenant"]["id"], me["role"]) == (other, "viewer")
    assert await rows_of(module_node, "sessions", tenant_id=acme) == []

    await root.post(f"/api/tenants/{acme}/suspend")
    code = await root.holding(told["token"]).refusal("POST", "/api/auth/refresh", 403, tenant=acme)
    assert code == "tenant_suspended"


async def test_of_two_refreshes_of_one_session_one_succeeds(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    session, _ = await logged_in(root, acme)

    answers = await asyncio.gather(*(session.ask("POST", "/api/auth/refresh") for _ in range(5)))

    assert [answer.status_code for answer in answers].count(200) == 1
    assert len(await rows_of(module_node, "sessions", tenant_id=acme)) == 1


async def test_a_session_is_not_stored_for_a_password_that_is_no_longer_theirs(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    """What the step between the proof and the session may find changed, asked of it directly."""
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD)
    database = module_node.app.database
    person = await database.read(SYSTEM, people.find_person, ada)
    assert person is not None
    assert person.password_hash is not None

    async def is_stored(number: int, user_id: str, tenant_id: str, password_hash: str) -> bool:
        session = Session(
            tenant_id=tenant_id, session_id=f"{acme}-{number}", user_id=user_id, expires_at=1
        )
        return await database.write(
            SYSTEM,
            credentials.insert_session,
            session,
            secret_hash=bytes(32),
            password_hash=password_hash,
            created_at=0,
            source="test",
        )

    assert await is_stored(1, ada, acme, person.password_hash)
    assert not await is_stored(2, ada, f"{acme}-other", person.password_hash)
    assert not await is_stored(3, "nobody", acme, person.password_hash)
    await root.patch(f"/api/tenants/{acme}/users/{ada}", password=OTHER)
    assert not await is_stored(4, ada, acme, person.password_hash)
    assert not await is_stored(5, ada, acme, "")
    assert await rows_of(module_node, "sessions", tenant_id=acme) == []


async def test_a_password_changed_while_somebody_logs_in_with_the_old_one_lets_nobody_in(
    root: AccessHttp, module_node: Node, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD)
    catch_up = module_node.app.access_ledger.catch_up

    async def change_and_catch_up() -> Any:
        monkeypatch.undo()
        await root.patch(f"/api/tenants/{acme}/users/{ada}", password=OTHER)
        return await catch_up()

    monkeypatch.setattr(module_node.app.access_ledger, "catch_up", change_and_catch_up)
    answer = await root.try_login(email=f"ada@{acme}.example")

    assert (answer.status_code, code_of(answer)) == (401, "invalid_credentials")
    assert await rows_of(module_node, "sessions", tenant_id=acme) == []


async def test_a_password_changed_while_somebody_refreshes_leaves_them_outside(
    root: AccessHttp, module_node: Node, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between what is read of the session and what is read of the person."""
    _, token = await logged_in(root, acme)
    (row,) = await rows_of(module_node, "users", email=f"ada@{acme}.example")
    find = people.find_person
    ada, loop = row["user_id"], asyncio.get_running_loop()
    has_changed = False

    def change_and_find(*args: Any) -> Any:
        nonlocal has_changed
        if not has_changed:
            has_changed = True
            change = root.patch(f"/api/tenants/{acme}/users/{ada}", password=OTHER)
            asyncio.run_coroutine_threadsafe(change, loop).result(20)
        return find(*args)

    monkeypatch.setattr(people, "find_person", change_and_find)
    with pytest.raises(NoSession):
        await module_node.app.logins.refresh(
            holder(token, acme, ada), Refresh(), source="test", admit=admit_all
        )

    assert await rows_of(module_node, "sessions", tenant_id=acme) == []


async def test_who_is_locked_out_meanwhile_changes_nothing_of_themselves_any_more(
    root: AccessHttp, module_node: Node, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody knows the old password, and gives the user a new one after the admin has."""
    _, token = await logged_in(root, acme)
    (row,) = await rows_of(module_node, "users", email=f"ada@{acme}.example")
    passwords, ada = module_node.app.passwords, row["user_id"]
    hash_ = passwords.hash

    async def change_and_hash(password: str) -> str:
        monkeypatch.undo()
        await root.patch(f"/api/tenants/{acme}/users/{ada}", password=OTHER)
        return await hash_(password)

    monkeypatch.setattr(passwords, "hash", change_and_hash)
    wish = SelfChange(password="a thief's password", current_password=PASSWORD)
    with pytest.raises(NoSession):
        await module_node.app.logins.change_self(holder(token, acme, ada), wish, source="test")

    await root.login(email=f"ada@{acme}.example", password=OTHER)


async def test_of_two_own_changes_of_the_password_at_once_one_is_made(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    """Both prove the same present password; the second to be stored would not know the first's."""
    _, token = await logged_in(root, acme)
    (row,) = await rows_of(module_node, "users", email=f"ada@{acme}.example")
    logins, who = module_node.app.logins, holder(token, acme, row["user_id"])

    async def change(password: str) -> TenantryError | str:
        wish = SelfChange(password=password, current_password=PASSWORD)
        try:
            await logins.change_self(who, wish, source=f"{acme} {password}")
        except WrongPassword as error:
            return error
        return password

    made = await asyncio.gather(change("first one"), change("other one"))

    (password,) = [each for each in made if isinstance(each, str)]
    await root.login(email=f"ada@{acme}.example", password=password)


@pytest.mark.asyncio(loop_scope="function")
async def test_a_member_let_go_while_they_log_in_is_not_let_in(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_node(url=postgres_url, folder=tmp_path) as node:
        root = AccessHttp(node)
        await root.tenant("acme")
        ada = await root.user("acme", "ada@acme.example", password=PASSWORD)
        insert, loop = credentials.insert_session, asyncio.get_running_loop()

        def remove_and_insert(*args: Any, **named: Any) -> bool:
            monkeypatch.undo()
            removal = root.delete(f"/api/tenants/acme/users/{ada}")
            asyncio.run_coroutine_threadsafe(removal, loop).result(20)
            return insert(*args, **named)

        monkeypatch.setattr(credentials, "insert_session", remove_and_insert)
        answer = await root.try_login(email="ada@acme.example")

        assert (answer.status_code, code_of(answer)) == (401, "invalid_credentials")


@pytest.mark.asyncio(loop_scope="function")
async def test_a_session_made_on_one_node_is_good_and_ended_on_the_other(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        session, token = await logged_in(AccessHttp(one), "acme")
        there = AccessHttp(other, token)
        assert await there.is_let_in()

        await session.ask("POST", "/api/auth/logout")
        await other.app.access_ledger.catch_up()

        assert not await there.is_let_in()


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("with_snapshot", [False, True], ids=["replayed", "from a snapshot"])
async def test_what_was_ended_stays_so_over_a_restart(node: Node, *, with_snapshot: bool) -> None:
    ended, _ = await logged_in(AccessHttp(node), "acme")
    live_token = (await AccessHttp(node).try_login(email="ada@acme.example")).json()["data"][
        "token"
    ]
    ended_token = ended.http.headers["authorization"].removeprefix("Bearer ")
    await ended.ask("POST", "/api/auth/logout")

    await node.restart(with_snapshot=with_snapshot)

    assert await AccessHttp(node, live_token).is_let_in()
    assert not await AccessHttp(node, ended_token).is_let_in()

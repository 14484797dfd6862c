"""Both clients on a real socket: as whom they ask, and what they show."""

import asyncio
import json
import threading
import traceback
from collections.abc import Iterable
from typing import Any

import pytest

from tenantry.sdk import (
    AccessClient,
    Application,
    AsyncAccessClient,
    Invalid,
    Unauthenticated,
    Unreachable,
)
from tests.support.access import (
    AUDIT_JSON,
    KEY_JSON,
    MEMBER_JSON,
    NEW,
    NEW_KEY_JSON,
    OLD,
    OTHER_SESSION_JSON,
    SESSION_JSON,
    TENANT_JSON,
    Doing,
    asked,
    dropped,
    failing,
    giving,
    known,
    listing,
    logged_in,
    login,
    logout,
    me,
    nothing,
    refresh,
    unavailable,
)
from tests.support.scripted import Exchange, ScriptedServer


def test_a_client_asks_as_whom_it_was_given(do: Doing) -> None:
    with ScriptedServer(known) as server:
        (principal,) = do(server, me, token="tnk_k1_hush", tenant="acme")

    assert principal.id == "user:u1"
    assert asked(server) == [("GET", "/api/auth/me", "Bearer tnk_k1_hush")]
    # The path has the tenant; a header could only contradict it.
    assert "x-tenant-id" not in server.seen[0].headers


def test_a_login_lasts_until_the_logout(do: Doing) -> None:
    with ScriptedServer(known, logged_in, known, listing(MEMBER_JSON), nothing, known) as server:
        _, session, _, members, _, _, _ = do(
            server, me, login, me, lambda client: client.users.list(), logout, logout, me
        )

    assert session.token == "tns_s1_hush"
    assert [member.id for member in members] == ["u1"]
    assert asked(server) == [
        ("GET", "/api/auth/me", None),
        ("POST", "/api/auth/login", None),
        ("GET", "/api/auth/me", "Bearer tns_s1_hush"),
        ("GET", "/api/tenants/acme/users?limit=500", "Bearer tns_s1_hush"),
        ("POST", "/api/auth/logout", "Bearer tns_s1_hush"),
        ("GET", "/api/auth/me", None),
    ]


def test_a_second_login_is_asked_without_the_first_session(do: Doing) -> None:
    with ScriptedServer(logged_in, giving(OTHER_SESSION_JSON), known) as server:
        do(server, login, login, me)

    assert [who for _, _, who in asked(server)] == [None, None, "Bearer tns_s2_hush"]


def test_a_client_with_a_token_does_not_log_in(do: Doing) -> None:
    with ScriptedServer(logged_in) as server, pytest.raises(Invalid, match="login"):
        do(server, login, token="tnk_k1_hush")

    assert server.seen == []


def test_a_login_that_fails_leaves_the_client_as_it_was(do: Doing) -> None:
    with ScriptedServer(failing(401, "invalid_credentials"), known) as server:
        refused, _ = do(server, login, me, catching=Unauthenticated)

    assert (refused.status, refused.code) == (401, "invalid_credentials")
    assert asked(server)[-1] == ("GET", "/api/auth/me", None)


def test_a_refresh_puts_the_next_session_in_the_place_of_the_present(
    do: Doing,
) -> None:
    with ScriptedServer(logged_in, giving(OTHER_SESSION_JSON), listing(KEY_JSON)) as server:
        do(
            server,
            login,
            lambda client: client.refresh(tenant="beta"),
            lambda client: client.keys.list(),
        )

    assert asked(server)[1:] == [
        ("POST", "/api/auth/refresh", "Bearer tns_s1_hush"),
        ("GET", "/api/tenants/beta/keys?limit=500", "Bearer tns_s2_hush"),
    ]


def test_a_session_that_was_given_is_refreshed_and_ended_too(do: Doing) -> None:
    with ScriptedServer(giving(OTHER_SESSION_JSON), nothing, logged_in) as server:
        do(server, refresh, logout, login, token="tns_s0_hush")

    assert [who for _, _, who in asked(server)] == [
        "Bearer tns_s0_hush",
        "Bearer tns_s2_hush",
        None,
    ]


def test_a_logout_of_what_has_ended_is_one(do: Doing) -> None:
    with ScriptedServer(logged_in, failing(401, "unauthenticated"), known) as server:
        do(server, login, logout, me)

    assert asked(server)[-1] == ("GET", "/api/auth/me", None)


def test_a_key_is_no_session_to_end(do: Doing) -> None:
    with ScriptedServer(failing(400, "no_session")) as server, pytest.raises(Invalid) as refused:
        do(server, logout, token="tnk_k1_hush")

    assert refused.value.code == "no_session"


def test_the_tenant_of_a_key_is_asked_for_once(do: Doing) -> None:
    with ScriptedServer(known, listing(), giving(MEMBER_JSON)) as server:
        do(
            server,
            lambda client: client.keys.list(),
            lambda client: client.users.get("u1"),
            token="tnk_k1_hush",
        )

    assert [target for _, target, _ in asked(server)] == [
        "/api/auth/me",
        "/api/tenants/acme/keys?limit=500",
        "/api/tenants/acme/users/u1",
    ]


def test_an_iterator_is_sent_though_the_tenant_had_to_be_asked_for(
    do: Doing,
) -> None:
    def applications() -> Iterable[Application]:
        yield Application(client_key="shop", roles=("USER",))

    with ScriptedServer(known, giving(MEMBER_JSON)) as server:
        do(
            server,
            lambda client: client.users.change("u1", applications=applications()),
            token="tnk_k1_hush",
        )

    assert json.loads(server.seen[-1].body) == {
        "applications": [{"client_key": "shop", "roles": ["USER"]}]
    }


def test_who_acts_on_every_tenant_or_is_nobody_must_name_one(do: Doing) -> None:
    root = giving({"id": "root", "kind": "root", "permissions": ["*"], "tenant": None})
    for options in ({}, {"token": "root"}):
        with ScriptedServer(root) as server, pytest.raises(Invalid, match="tenant: got none"):
            do(server, lambda client: client.users.list(), **options)


def test_a_list_follows_the_pages(do: Doing) -> None:
    first = listing(AUDIT_JSON, {**AUDIT_JSON, "position": 8}, cursor="8")
    last = listing({**AUDIT_JSON, "position": 9})

    with ScriptedServer(first, unavailable, last) as server:
        (entries,) = do(server, lambda client: client.audit(action="tenants."), tenant="acme")

    assert [entry.position for entry in entries] == [7, 8, 9]
    assert [target for _, target, _ in asked(server)] == [
        "/api/audit?tenant=acme&action=tenants.&limit=500",
        "/api/audit?tenant=acme&action=tenants.&limit=500&cursor=8",
        "/api/audit?tenant=acme&action=tenants.&limit=500&cursor=8",
    ]


def test_a_list_asks_for_no_page_that_nobody_wants() -> None:
    page = listing(TENANT_JSON, TENANT_JSON, cursor="2")

    with ScriptedServer(page) as server, AccessClient(server=server.address) as client:
        tenants = client.tenants.list()
        assert server.seen == []
        next(tenants)
        tenants.close()

    assert len(server.seen) == 1


def test_no_cookie_of_a_login_is_kept(do: Doing) -> None:
    with_cookie = giving(SESSION_JSON, set_cookie="tenantry_session=hush; Path=/")

    with ScriptedServer(with_cookie, known) as server:
        do(server, login, me)

    assert "cookie" not in server.seen[-1].headers


def test_nothing_secret_is_shown_by_clients_and_errors(do: Doing) -> None:
    def keep(client: Any) -> Any:
        shown.append(repr(client))
        return None

    shown: list[str] = []
    with ScriptedServer(logged_in, dropped) as server, pytest.raises(Unreachable) as failed:
        do(
            server,
            login,
            keep,
            lambda client: client.change_me(password=NEW, current_password=OLD),
            tenant="acme",
        )

    shown += traceback.format_exception(failed.value)
    assert "AccessClient(server='http://127.0.0.1:" in shown[0]
    assert "tenant='acme'" in shown[0]
    for secret in ("hush", OLD, NEW):
        assert not any(secret in each for each in shown)


def test_a_new_key_is_handed_over(do: Doing) -> None:
    with ScriptedServer(giving(NEW_KEY_JSON, 201)) as server:
        (key,) = do(server, lambda client: client.keys.create("ci", role="viewer", tenant="acme"))

    assert key.key == "tnk_k1_hush"
    assert json.loads(server.seen[0].body) == {"name": "ci", "role": "viewer"}


def test_threads_that_refresh_at_once_take_turns() -> None:
    """Each puts its session in the place of the one before, so that none loses the last."""
    lock = threading.Lock()
    count = 0

    def next_session(exchange: Exchange) -> None:
        nonlocal count
        with lock:
            shown = exchange.headers["authorization"]
            assert shown == f"Bearer tns_s{count}_hush"
            count += 1
            session = {**SESSION_JSON, "token": f"tns_s{count}_hush"}
        exchange.reply(200, {"success": True, "data": session})

    with (
        ScriptedServer(next_session) as server,
        AccessClient(server=server.address, token="tns_s0_hush") as client,
    ):
        threads = [threading.Thread(target=client.refresh) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert count == 8


async def test_tasks_that_refresh_at_once_take_turns() -> None:
    count = 0

    def next_session(exchange: Exchange) -> None:
        nonlocal count
        assert exchange.headers["authorization"] == f"Bearer tns_s{count}_hush"
        count += 1
        session = {**SESSION_JSON, "token": f"tns_s{count}_hush"}
        exchange.reply(200, {"success": True, "data": session})

    with ScriptedServer(next_session) as server:
        async with AsyncAccessClient(server=server.address, token="tns_s0_hush") as client:
            await asyncio.gather(*(client.refresh() for _ in range(8)))

    assert count == 8


def test_a_client_is_closed_twice() -> None:
    client = AccessClient(server="http://localhost")
    client.close()
    client.close()

"""What is taken from somebody on one node is taken from them on every node, at once."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest
import pytest_asyncio

from tests.support.callers import (
    PASSWORD,
    Caller,
    add_key,
    add_tenant,
    add_user,
    log_in,
)
from tests.support.counts import soak_count
from tests.support.nodes import Journal, Node, running_node
from tests.support.waiting import eventually
from tests.support.watching import Watch, watching

ROUNDS = soak_count(50)
LONGEST_SECONDS = 2.0
"""A few milliseconds, as measured; so much only where the machine is busy with other things."""


class Nodes(NamedTuple):
    """Two nodes on one PostgreSQL."""

    one: Node
    other: Node


Make: TypeAlias = Callable[[Nodes], Awaitable[tuple["Holder", str]]]


@pytest_asyncio.fixture
async def nodes(postgres_url: str, journal: Journal, tmp_path: Path) -> AsyncIterator[Nodes]:
    assert not journal.text
    folder = tmp_path / "other"
    folder.mkdir()
    async with (
        running_node(url=postgres_url, folder=tmp_path) as one,
        running_node(url=postgres_url, folder=folder) as other,
    ):
        await add_tenant(one, "acme")
        yield Nodes(one, other)


class Holder:
    """Somebody with a token, who is let in on both nodes and watches settings on both."""

    def __init__(self, nodes: Nodes, token: str | None) -> None:
        self.here = Caller(nodes.one, token)
        self.there = Caller(nodes.other, token)

    async def answers(self, path: str = "/api/auth/me") -> list[int]:
        """Return the status of each node."""
        return [await caller.status("GET", path) for caller in (self.here, self.there)]

    async def is_refused_after(
        self, order: Awaitable[object], *, status: int, path: str = "/api/auth/me"
    ) -> None:
        """Check that both nodes answer `status` after `order`, how soon, and end what is open."""
        assert await self.answers(path) == [200, 200]
        async with _watch_of(self.here) as near, _watch_of(self.there) as far:
            before = time.perf_counter()
            await order
            # No later than the answer to the order, where that was given.
            assert await self.here.status("GET", path) == status
            await eventually(partial(self.is_answered, status, path))
            seconds = time.perf_counter() - before
            await eventually(lambda: near.is_over and far.is_over)
            over = time.perf_counter() - before
        # For `pytest -s`: from the order, which takes a transaction, until the other node knows.
        sys.stdout.write(
            f"\nrefused {seconds * 1_000:.0f} ms, watches over {over * 1_000:.0f} ms\n"
        )
        assert seconds < LONGEST_SECONDS
        assert await self.answers(path) == [status, status]
        for caller in (self.here, self.there):
            async with _watch_of(caller) as refused:
                assert (refused.status, refused.is_over) == (status, True)

    async def is_answered(self, status: int, path: str) -> bool:
        """Whether the second node answers so."""
        return await self.there.status("GET", path) == status


def _watch_of(caller: Caller) -> AbstractAsyncContextManager[Watch]:
    return watching(caller.node.app.asgi, tenant_id="acme", headers=caller.headers)


async def key_holder(nodes: Nodes) -> tuple[Holder, str]:
    key = await add_key(nodes.one, "acme")
    return Holder(nodes, key["key"]), key["id"]


async def session_holder(nodes: Nodes) -> tuple[Holder, str]:
    user = await add_user(nodes.one, "acme", "ann@acme.example")
    session = await log_in(nodes.one, "ann@acme.example")
    return Holder(nodes, session.token), user["id"]


async def test_a_revoked_key_is_refused(nodes: Nodes) -> None:
    holder, key_id = await key_holder(nodes)
    bystander, _ = await key_holder(nodes)
    async with _watch_of(bystander.there) as watch:
        order = Caller(nodes.one).told("DELETE", f"/api/tenants/acme/keys/{key_id}")
        await holder.is_refused_after(order, status=401)
        assert not watch.is_over
    assert await bystander.answers() == [200, 200]


async def test_a_key_that_revokes_itself_gets_its_answer_and_no_other(nodes: Nodes) -> None:
    holder, key_id = await key_holder(nodes)
    order = holder.here.told("DELETE", f"/api/tenants/acme/keys/{key_id}")
    await holder.is_refused_after(order, status=401)


async def test_a_session_that_was_logged_out_is_refused(nodes: Nodes) -> None:
    holder, _ = await session_holder(nodes)
    await holder.is_refused_after(holder.here.told("POST", "/api/auth/logout"), status=401)


async def test_a_session_that_was_put_in_the_place_of_is_refused(nodes: Nodes) -> None:
    holder, _ = await session_holder(nodes)
    await holder.is_refused_after(holder.here.told("POST", "/api/auth/refresh"), status=401)


async def test_a_user_who_was_let_go_is_refused(nodes: Nodes) -> None:
    holder, user_id = await session_holder(nodes)
    order = Caller(nodes.one).told("DELETE", f"/api/tenants/acme/users/{user_id}")
    await holder.is_refused_after(order, status=401)


async def test_a_session_does_not_come_back_with_its_user(nodes: Nodes) -> None:
    holder, user_id = await session_holder(nodes)
    path = "/api/tenants/acme/users"
    await Caller(nodes.one).told("DELETE", f"{path}/{user_id}")
    await Caller(nodes.one).told("POST", path, {"email": "ann@acme.example", "role": "admin"})
    await nodes.other.app.access_ledger.catch_up()
    assert await holder.answers() == [401, 401]


async def test_sessions_with_another_password_are_refused(nodes: Nodes) -> None:
    holder, user_id = await session_holder(nodes)
    order = Caller(nodes.one).told(
        "PATCH", f"/api/tenants/acme/users/{user_id}", {"password": "another password"}
    )
    await holder.is_refused_after(order, status=401)


@pytest.mark.parametrize("role", [None, "viewer"])
async def test_a_lower_role_is_all_that_is_left(nodes: Nodes, role: str | None) -> None:
    holder, user_id = await session_holder(nodes)
    path, change = f"/api/tenants/acme/users/{user_id}", {"role": role}
    await Caller(nodes.one).told("PUT", "/config/a", {"value": 1}, X_Tenant_ID="acme")
    await nodes.other.app.access_ledger.catch_up()
    await eventually(partial(holder.is_answered, 200, "/config/a"))
    order = Caller(nodes.one).told("PATCH", path, change)
    if role is None:
        await holder.is_refused_after(order, status=403, path="/config/a")
        return

    assert await holder.answers(path) == [200, 200]
    async with _watch_of(holder.there) as watch:
        await order
        assert await holder.here.status("GET", path) == 403
        await eventually(partial(holder.is_answered, 403, path))
        # What it may still do, it goes on with.
        assert await holder.answers("/config/a") == [200, 200]
        assert not watch.is_over


@pytest.mark.parametrize("make", [key_holder, session_holder], ids=["key", "session"])
async def test_what_is_a_suspended_tenants_stands_still_until_it_is_active_again(
    nodes: Nodes, make: Make
) -> None:
    holder, _ = await make(nodes)
    root = Caller(nodes.one)
    order = root.told("POST", "/api/tenants/acme/suspend", {"reason": "unpaid"})
    await holder.is_refused_after(order, status=403)
    for caller in (holder.here, holder.there):
        refused = await caller.ask("GET", "/config/a", Accept="application/json")
        assert refused.json()["error"]["code"] == "tenant_suspended"
        assert "unpaid" not in refused.text

    before = time.perf_counter()
    await root.told("POST", "/api/tenants/acme/activate")
    assert await holder.here.status("GET", "/api/auth/me") == 200
    await eventually(partial(holder.is_answered, 200, "/api/auth/me"))
    assert time.perf_counter() - before < LONGEST_SECONDS


@pytest.mark.parametrize("make", [key_holder, session_holder], ids=["key", "session"])
async def test_what_was_an_erased_tenants_is_refused(nodes: Nodes, make: Make) -> None:
    holder, _ = await make(nodes)
    order = Caller(nodes.one).told("DELETE", "/api/tenants/acme?confirm=acme")
    await holder.is_refused_after(order, status=401)


async def test_what_is_over_by_itself_is_refused_by_each_node_in_its_own_time(nodes: Nodes) -> None:
    body = {"name": "k", "role": "admin", "expires_in_days": 1}
    key = await Caller(nodes.one).told("POST", "/api/tenants/acme/keys", body)
    holder = Holder(nodes, key["key"])
    assert await holder.answers() == [200, 200]
    async with _watch_of(holder.here) as watch:
        nodes.one.clock.advance(86_400)
        assert await holder.answers() == [401, 200]
        await eventually(lambda: watch.is_over)


async def test_a_token_is_good_on_every_node_as_soon_as_it_was_told(nodes: Nodes) -> None:
    for n in range(ROUNDS):
        holder, _ = await key_holder(nodes)
        assert await holder.there.status("GET", "/api/auth/me") == 200
        email = f"u{n}@acme.example"
        await add_user(nodes.one, "acme", email)
        session = Holder(nodes, (await log_in(nodes.one, email)).token)
        assert await session.there.status("GET", "/api/auth/me") == 200


async def test_a_node_that_has_not_heard_of_somebody_yet_looks_before_it_refuses(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, ledger, asked = nodes.other.log, nodes.other.app.access_ledger, asyncio.Event()
    read, catch_up = log.read, ledger.catch_up

    async def read_once_asked(*, after: int) -> Any:
        await asked.wait()
        return await read(after=after)

    async def ask_and_catch_up() -> Any:
        asked.set()
        return await catch_up()

    monkeypatch.setattr(log, "read", read_once_asked)
    monkeypatch.setattr(ledger, "catch_up", ask_and_catch_up)
    user = await add_user(nodes.one, "acme", "ann@acme.example")
    session = await log_in(nodes.one, "ann@acme.example")
    assert ledger.state.member("acme", user["id"]) is None
    assert await session.on(nodes.other).status("GET", "/api/auth/me") == 200
    asked.clear()
    key, _ = await key_holder(nodes)
    assert await key.there.status("GET", "/api/auth/me") == 200


async def test_who_is_made_on_one_node_logs_in_on_another_at_once(nodes: Nodes) -> None:
    for n in range(ROUNDS):
        email = f"u{n}@acme.example"
        await add_user(nodes.one, "acme", email)
        session = await log_in(nodes.other, email)
        assert await session.on(nodes.one).status("GET", "/api/auth/me") == 200


async def test_whom_one_node_has_let_go_another_does_not_let_in_afterwards(nodes: Nodes) -> None:
    for n in range(ROUNDS):
        user = await add_user(nodes.one, "acme", f"u{n}@acme.example")
        await Caller(nodes.one).told("DELETE", f"/api/tenants/acme/users/{user['id']}")
        body = {"email": f"u{n}@acme.example", "password": PASSWORD}
        assert await Caller(nodes.other).status("POST", "/api/auth/login", body) == 401
        nodes.one.clock.advance(61)
        nodes.other.clock.advance(61)

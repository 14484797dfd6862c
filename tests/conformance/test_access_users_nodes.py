"""People on two nodes at once: added, renamed and let go, and in their sessions."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tenantry.tenants.store import people
from tests.support.access_http import PASSWORD, AccessHttp, rows_of, two_nodes

OTHER = "another long password"


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


async def test_one_address_added_on_two_nodes_at_once_is_one_person(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        first, second = AccessHttp(one), AccessHttp(other)
        await first.tenant("acme")
        await first.tenant("other")
        await other.app.access_ledger.catch_up()

        async def add(who: AccessHttp, tenant: str, email: str) -> int:
            path = f"/api/tenants/{tenant}/users"
            return (await who.ask("POST", path, json={"email": email})).status_code

        for number in range(5):
            email = f"ada-{number}@example.com"
            statuses = await asyncio.gather(
                add(first, "acme", email),
                add(second, "acme", email.upper()),
                add(first, "other", email),
                add(second, "other", email),
            )
            assert sorted(statuses) == [200, 201, 409, 409]
            assert (409 in statuses[:2], 409 in statuses[2:]) == (True, True)
        assert len(await rows_of(one, "users")) == 5
        assert len(await rows_of(one, "members")) == 10


async def test_a_person_whose_last_tenant_lets_go_while_another_takes_them_in_is_a_new_one(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        root, there = AccessHttp(one), AccessHttp(other)
        await root.tenant("acme")
        await root.tenant("other")
        ada = await root.user("acme", "ada@example.com")
        await other.app.access_ledger.catch_up()
        loop, find, is_lost = asyncio.get_running_loop(), people.find_by_email, False

        def find_and_lose(*args: Any) -> Any:
            nonlocal is_lost
            found = find(*args)
            if not is_lost:
                is_lost = True
                removal = there.delete(f"/api/tenants/acme/users/{ada}")
                asyncio.run_coroutine_threadsafe(removal, loop).result(10)
            return found

        monkeypatch.setattr(people, "find_by_email", find_and_lose)
        added = await root.user("other", "ada@example.com")

        assert added != ada
        assert [row["user_id"] for row in await rows_of(one, "users")] == [added]


async def test_whoever_is_added_and_renamed_at_once_keeps_nobody_waiting_for_each_other(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deadlock would be found by the server, after a second, and the unit be run again."""
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        root, there = AccessHttp(one), AccessHttp(other)
        await root.tenant("acme")
        await root.tenant("other")
        ada = await root.user("acme", "ada@example.com")
        await other.app.access_ledger.catch_up()
        loop, lock, locks = asyncio.get_running_loop(), people.lock_person, 0
        adding: list[Any] = []

        def lock_and_let_others(tx: Any, user_id: str) -> Any:
            nonlocal locks
            locks += 1
            locked = lock(tx, user_id)
            if locks == 1:
                # The other takes what it can, and waits for this one.
                addition = there.user("other", "ada@example.com")
                adding.append(asyncio.run_coroutine_threadsafe(addition, loop))
                asyncio.run_coroutine_threadsafe(asyncio.sleep(0.3), loop).result(10)
            return locked

        monkeypatch.setattr(people, "lock_person", lock_and_let_others)
        await root.patch(f"/api/tenants/acme/users/{ada}", email="ada@new.example")
        added = await asyncio.wrap_future(adding[0])

        # Renamed first, she is not who was added; and no unit was begun twice.
        assert (added != ada, locks) == (True, 1)

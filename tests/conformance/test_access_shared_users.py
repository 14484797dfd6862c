"""Somebody who is a user of two tenants: neither can do anything to the other, or to the person."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from tenantry.db import System, Transaction
from tests.support.callers import PASSWORD, Caller, add_tenant, add_user, holder_of_key, log_in
from tests.support.counts import soak_count
from tests.support.nodes import Node, running_node
from tests.support.waiting import eventually

EMAIL = "sam@shared.example"
PERSONAL = {
    "email": "eve@shared.example",
    "username": "eve",
    "first_name": "Eve",
    "last_name": "Mallory",
    "password": "another password",
}
ROUNDS = soak_count(500)
TEST = System("test")


class Two(NamedTuple):
    """Admins of the two tenants, and the id of who is a user of both; acme brought them."""

    acme: Caller
    globex: Caller
    user_id: str


@pytest_asyncio.fixture
async def two(node: Node) -> Two:
    for tenant_id in ("acme", "globex"):
        await add_tenant(node, tenant_id)
    said = {"username": "sam", "first_name": "Sam", "last_name": "Shared"}
    user = await add_user(node, "acme", EMAIL, role="editor", **said)
    await add_user(node, "globex", EMAIL, role="viewer")
    await add_user(node, "acme", "ann@acme.example")
    await add_user(node, "globex", "gil@globex.example")
    return Two(
        await log_in(node, "ann@acme.example"),
        await log_in(node, "gil@globex.example"),
        user["id"],
    )


@pytest.mark.parametrize("tenant_id", ["acme", "globex"])
async def test_nothing_personal_of_a_shared_user_is_a_tenants_to_change(
    node: Node, two: Two, tenant_id: str
) -> None:
    admin = two.acme if tenant_id == "acme" else two.globex
    key = await holder_of_key(node, tenant_id)
    before = await person(node, two.user_id)
    path = f"/api/tenants/{tenant_id}/users"
    for caller, field in product((admin, key), PERSONAL):
        change = {field: PERSONAL[field]}
        refused = await caller.ask("PATCH", f"{path}/{two.user_id}", change)
        assert (refused.status_code, code_of(refused)) == (403, "not_owner")
        # Nor together with what is the tenant's to say.
        both = {**change, "role": "admin"}
        assert await caller.status("PATCH", f"{path}/{two.user_id}", both) == 403

    assert await person(node, two.user_id) == before
    assert (await admin.told("GET", f"{path}/{two.user_id}"))["role"] != "admin"


async def test_who_adds_somebody_who_is_there_says_nothing_of_them(node: Node, two: Two) -> None:
    await two.globex.told("DELETE", f"/api/tenants/globex/users/{two.user_id}")
    before = await person(node, two.user_id)
    key = await holder_of_key(node, "globex")
    for caller, field in product((two.globex, key), PERSONAL.keys() - {"email"}):
        body = {"email": EMAIL.upper(), field: PERSONAL[field]}
        refused = await caller.ask("POST", "/api/tenants/globex/users", body)
        assert (refused.status_code, code_of(refused)) == (403, "not_owner")
        assert two.user_id not in refused.text
    assert await person(node, two.user_id) == before


async def test_who_lets_somebody_go_and_takes_them_again_does_not_own_them(
    node: Node, two: Two
) -> None:
    before = await person(node, two.user_id)
    path = f"/api/tenants/globex/users/{two.user_id}"
    for also_alone in (False, True):
        await two.globex.told("DELETE", path)
        if also_alone:
            await two.acme.told("DELETE", f"/api/tenants/acme/users/{two.user_id}")
            break
        await two.globex.told("POST", "/api/tenants/globex/users", {"email": EMAIL})
        assert await two.globex.status("PATCH", path, {"password": PERSONAL["password"]}) == 403
        assert await person(node, two.user_id) == before
    # Now nobody has them: whoever comes next is somebody else, and has no password of before.
    assert await person(node, two.user_id) is None
    again = await two.globex.told("POST", "/api/tenants/globex/users", {"email": EMAIL})
    assert again["id"] != two.user_id
    assert (again["username"], again["is_owned"]) == (None, True)
    body = {"email": EMAIL, "password": PASSWORD}
    assert await Caller(node).status("POST", "/api/auth/login", body) == 401


async def test_whom_the_other_tenant_has_alone_stays_its_creators_or_nobodys(
    node: Node, two: Two
) -> None:
    await two.acme.told("DELETE", f"/api/tenants/acme/users/{two.user_id}")
    before = await person(node, two.user_id)
    path = f"/api/tenants/globex/users/{two.user_id}"
    assert await two.globex.status("PATCH", path, {"first_name": "Eve"}) == 403
    assert await two.acme.status("PATCH", path, {"first_name": "Eve"}) == 403
    assert (
        await two.acme.status("PATCH", path.replace("globex", "acme"), {"first_name": "E"}) == 404
    )
    assert await person(node, two.user_id) == before


async def test_what_a_tenant_has_made_of_somebody_is_the_other_tenants_business_never(
    two: Two,
) -> None:
    roles = [{"client_key": None, "roles": ["boss-of-acme"]}]
    path = f"/api/tenants/acme/users/{two.user_id}"
    await two.acme.told("PATCH", path, {"role": "admin", "applications": roles})
    seen = await two.globex.told("GET", f"/api/tenants/globex/users/{two.user_id}")
    assert (seen["role"], seen["applications"], seen["username"]) == ("viewer", [], None)
    assert (seen["first_name"], seen["last_name"], seen["is_owned"]) == (None, None, False)
    for told in ("users", "export", "keys"):
        answer = await two.globex.ask("GET", f"/api/tenants/globex/{told}")
        assert "boss-of-acme" not in answer.text
        assert "Shared" not in answer.text


async def test_a_change_of_ones_password_tells_one_tenant_nothing_of_sessions_in_another(
    node: Node, two: Two
) -> None:
    there = await log_in(node, EMAIL, tenant="globex")
    here = await log_in(node, EMAIL, tenant="acme")
    wish = {"password": "a better password", "current_password": PASSWORD}
    await here.told("PATCH", "/api/auth/me", wish)
    assert await there.status("GET", "/api/auth/me") == 401
    assert await here.status("GET", "/api/auth/me") == 200
    assert there.token is not None
    session_id = there.token.split("_")[1]
    for caller in (two.acme, two.globex):
        assert session_id not in (await caller.ask("GET", "/api/audit")).text


async def test_who_is_erased_with_a_tenant_is_only_who_has_no_other(node: Node, two: Two) -> None:
    here = await log_in(node, EMAIL, tenant="acme")
    there = await log_in(node, EMAIL, tenant="globex")
    erased = await Caller(node).told("DELETE", "/api/tenants/acme?confirm=acme")
    assert (erased["users_erased"], erased["members_removed"]) == (1, 2)
    assert await here.status("GET", "/api/auth/me") == 401
    assert await there.status("GET", "/api/auth/me") == 200
    assert await person(node, two.user_id) is not None


# Races: two nodes on PostgreSQL, and requests at the same moment to one node on SQLite.


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def racing(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Node, Node]]:
    url = request.getfixturevalue(f"{request.param}_url")
    async with running_node(url=url, folder=tmp_path) as one:
        for tenant_id in ("acme", "globex"):
            await add_tenant(one, tenant_id)
        if request.param == "sqlite":
            yield one, one
            return
        folder = tmp_path / "other"
        folder.mkdir()
        async with running_node(url=url, folder=folder) as other:
            yield one, other


async def test_whom_both_let_go_at_the_same_moment_is_nobody_any_more(
    racing: tuple[Node, Node],
) -> None:
    one, other = racing
    for n in range(ROUNDS):
        user_id = await shared_user(one, n, password=None)
        statuses = await asyncio.gather(
            Caller(one).status("DELETE", f"/api/tenants/acme/users/{user_id}"),
            Caller(other).status("DELETE", f"/api/tenants/globex/users/{user_id}"),
        )
        assert set(statuses) == {204}
        assert await person(one, user_id) is None
        await nothing_dangles(one)


async def test_whom_one_takes_while_the_other_lets_go_is_one_whole_person(
    racing: tuple[Node, Node],
) -> None:
    one, other = racing
    for n in range(ROUNDS):
        user = await add_user(one, "acme", f"p{n}@race.example", password=None)
        removed, added = await asyncio.gather(
            Caller(one).ask("DELETE", f"/api/tenants/acme/users/{user['id']}"),
            Caller(other).ask("POST", "/api/tenants/globex/users", {"email": f"p{n}@race.example"}),
        )
        assert removed.status_code == 204
        assert added.status_code in {200, 201}, added.text
        kept = added.json()["data"]
        assert (kept["id"] == user["id"]) == (added.status_code == 200)
        assert kept["is_owned"] == (added.status_code == 201)
        assert await person(one, kept["id"]) is not None
        await nothing_dangles(one)


async def test_of_two_who_bring_the_same_person_at_once_one_brings_them(
    racing: tuple[Node, Node],
) -> None:
    one, other = racing
    for n in range(ROUNDS):
        body = {"email": f"p{n}@race.example", "role": "viewer"}
        answers = await asyncio.gather(
            Caller(one).ask("POST", "/api/tenants/acme/users", body),
            Caller(other).ask("POST", "/api/tenants/globex/users", body),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 201]
        assert len({answer.json()["data"]["id"] for answer in answers}) == 1
        await nothing_dangles(one)


async def test_who_logs_in_while_they_are_let_go_has_no_session_afterwards(
    racing: tuple[Node, Node],
) -> None:
    one, other = racing
    for n in range(soak_count(100)):
        user_id = await shared_user(one, n)
        body = {"email": f"p{n}@race.example", "password": PASSWORD, "tenant": "acme"}
        login, removed = await asyncio.gather(
            Caller(other).ask("POST", "/api/auth/login", body),
            Caller(one).ask("DELETE", f"/api/tenants/acme/users/{user_id}"),
        )
        assert removed.status_code == 204
        assert login.status_code in {200, 401, 403}, login.text
        if login.status_code == 200:
            session = Caller(one, login.json()["data"]["token"])
            assert await session.status("GET", "/api/auth/me") == 401
            await eventually(partial(refused, session.on(other)))
        await nothing_dangles(one)


async def test_who_logs_in_while_their_tenant_is_erased_has_no_session_afterwards(
    racing: tuple[Node, Node],
) -> None:
    one, other = racing
    root = Caller(one)
    for n in range(soak_count(100)):
        tenant_id = f"t{n}"
        await add_tenant(one, tenant_id)
        for m in range(3):
            await add_user(one, tenant_id, f"u{m}@{tenant_id}.example")
            await add_user(one, "globex", f"u{m}@{tenant_id}.example", password=None)
        for m in range(3):
            await log_in(one, f"u{m}@{tenant_id}.example", tenant=tenant_id)
        *logins, erased = await asyncio.gather(
            *(
                Caller(other).ask(
                    "POST",
                    "/api/auth/login",
                    {
                        "email": f"u{m}@{tenant_id}.example",
                        "password": PASSWORD,
                        "tenant": tenant_id,
                    },
                )
                for m in range(3)
            ),
            erase_a_little_later(root, tenant_id, milliseconds=n * 15),
        )
        assert erased.status_code == 200, erased.text
        assert {login.status_code for login in logins} <= {200, 401, 403}
        await nothing_dangles(one)


async def test_who_is_added_while_a_tenant_is_erased_is_whole_or_not_there(
    racing: tuple[Node, Node],
) -> None:
    one, other = racing
    for n in range(soak_count(100)):
        tenant_id = f"t{n}"
        await add_tenant(one, tenant_id)
        await add_user(one, "globex", f"p{n}@race.example", password=None)
        await other.app.access_ledger.catch_up()
        path = f"/api/tenants/{tenant_id}/users"
        *added, erased = await asyncio.gather(
            *(
                Caller(other).ask("POST", path, {"email": f"p{m}@race.example"})
                for m in range(n, n + 3)
            ),
            erase_a_little_later(Caller(one), tenant_id, milliseconds=n),
        )
        assert erased.status_code == 200, erased.text
        assert {answer.status_code for answer in added} <= {200, 201, 403, 404}
        await nothing_dangles(one)


async def test_who_changes_their_address_while_they_are_taken_waits_for_nobody_in_a_circle(
    racing: tuple[Node, Node],
) -> None:
    one, other = racing
    await add_user(one, "acme", "p@race.example")
    person = await log_in(one, "p@race.example")
    for n in range(soak_count(100)):
        address = "p@race.example" if n % 2 else "q@race.example"
        change = {"email": address, "current_password": PASSWORD}
        changed, *added = await asyncio.gather(
            person.ask("PATCH", "/api/auth/me", change),
            *(
                Caller(other).ask(
                    "POST", "/api/tenants/globex/users", {"email": f"{each}@race.example"}
                )
                for each in "qpqp"
            ),
        )
        assert changed.status_code in {200, 409}, changed.text
        assert {answer.status_code for answer in added} <= {200, 201, 409}
        for each in (await Caller(one).told("GET", "/api/tenants/globex/users"))["items"]:
            await Caller(one).told("DELETE", f"/api/tenants/globex/users/{each['id']}")
        await nothing_dangles(one)


async def erase_a_little_later(root: Caller, tenant_id: str, *, milliseconds: int) -> Any:
    await asyncio.sleep(milliseconds / 1000)
    return await root.ask("DELETE", f"/api/tenants/{tenant_id}?confirm={tenant_id}")


async def shared_user(node: Node, n: int, *, password: str | None = PASSWORD) -> str:
    """Make a new user of acme whom globex has taken too, and return the id."""
    user = await add_user(node, "acme", f"p{n}@race.example", password=password)
    await add_user(node, "globex", f"p{n}@race.example", password=None)
    return str(user["id"])


async def refused(caller: Caller) -> bool:
    return await caller.status("GET", "/api/auth/me") == 401


async def person(node: Node, user_id: str) -> Any:
    """Return the row of a person."""

    def unit(tx: Transaction) -> Any:
        query = "SELECT * FROM users WHERE user_id = "
        return tx.connection.execute(f"{query}'{user_id}'").fetchone()

    return await node.app.database.read(TEST, unit)


async def nothing_dangles(node: Node) -> None:
    """Check that nobody is a member who is not there, and nobody is there who is no member."""

    def unit(tx: Transaction) -> list[Any]:
        return [tx.connection.execute(query).fetchall() for query in _DANGLING]

    assert await node.app.database.read(TEST, unit) == [[], [], []]


_DANGLING = (
    "SELECT user_id FROM users WHERE user_id NOT IN (SELECT user_id FROM members)",
    "SELECT user_id FROM members WHERE user_id NOT IN (SELECT user_id FROM users)",
    """SELECT s.session_id FROM sessions AS s WHERE NOT EXISTS (
        SELECT 1 FROM members AS m WHERE m.tenant_id = s.tenant_id AND m.user_id = s.user_id
    )""",
)


def code_of(answer: Any) -> str:
    return str(answer.json()["error"]["code"])

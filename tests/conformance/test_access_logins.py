"""Logins: who gets in, what everybody else is told, and how failures are counted."""

import asyncio
import gc
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tenantry.reliability import MemoryAllowance, RateLimited, RateLimiter, SharedRateLimiter
from tenantry.tenants import FAILURE_SECONDS, MAX_FAILURES, LoginFailures, Passwords
from tests.support.access_http import PASSWORD, AccessHttp, code_of, data_of, rows_of, two_nodes
from tests.support.counts import soak_count
from tests.support.nodes import Node
from tests.support.waiting import eventually

T = TypeVar("T")

pytestmark = pytest.mark.asyncio(loop_scope="module")

CROWD = soak_count(1_000)


async def made_user(root: AccessHttp, tenant_id: str, **fields: Any) -> str:
    """Make the tenant and `ada` in it, and return her id."""
    await root.tenant(tenant_id)
    fields = {"username": f"ada-{tenant_id}", "password": PASSWORD, "role": "viewer", **fields}
    return await root.user(tenant_id, f"ada@{tenant_id}.example", **fields)


@pytest.mark.parametrize("by", ["email", "username"])
@pytest.mark.parametrize("spelling", [str, str.upper])
async def test_a_user_gets_in_by_either_name(
    root: AccessHttp, module_node: Node, acme: str, by: str, spelling: Any
) -> None:
    ada = await made_user(root, acme)
    name = {"email": f"ada@{acme}.example", "username": f"ada-{acme}"}[by]

    answer = await root.try_login(**{by: spelling(name)})

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = data_of(answer)
    assert set(told) == {"token", "expires_at", "user", "tenant", "sync"}
    assert re.fullmatch(r"tns_[a-z2-7]{16}_[A-Za-z0-9_-]{43}", told["token"])
    assert (told["user"]["id"], told["tenant"]["id"], told["sync"]) == (ada, acme, None)
    me = await root.holding(told["token"]).get("/api/auth/me")
    assert (me["id"], me["kind"], me["role"]) == (f"user:{ada}", "user", "viewer")
    (row,) = await rows_of(module_node, "sessions", user_id=ada)
    assert (row["source"], row["tenant_id"]) == (root.address, acme)


@pytest.mark.parametrize("spelling", ["cafe\u0301 au lait", "caf\u00e9 au lait"])
async def test_a_password_is_the_same_whatever_keyboard_it_comes_from(
    root: AccessHttp, acme: str, spelling: str
) -> None:
    await made_user(root, acme, password="caf\u00e9 au lait")
    await root.login(email=f"ada@{acme}.example", password=spelling)


def without_moment(answer: httpx.Response) -> tuple[Any, ...]:
    """Return everything of an answer but which request it answers, and when."""
    request_id = answer.headers["x-request-id"]
    body = answer.text.replace(request_id, "ID")
    body = re.sub(r'"timestamp":"[^"]*"', '"timestamp":"T"', body)
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, body


async def test_nobody_is_told_which_of_the_two_was_wrong(root: AccessHttp, acme: str) -> None:
    await made_user(root, acme)
    await root.user(acme, f"bob@{acme}.example", role="viewer")
    here = root.at_new_address()

    answers = [
        await here.try_login(email=f"ada@{acme}.example", password="wrong password"),
        await here.try_login(email=f"eve@{acme}.example", password="wrong password"),
        # He has no password yet.
        await here.try_login(email=f"bob@{acme}.example", password="wrong password"),
        await here.try_login(username=f"ada-{acme}", password="", tenant=acme),
        await here.try_login(username="\x00", password="x" * 10_000, tenant="\x00"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert {code_of(answer) for answer in answers} == {"invalid_credentials"}
    first, *others = map(without_moment, answers)
    assert others == [first] * 4


@pytest.mark.parametrize(
    "body",
    [
        {"password": PASSWORD},
        {"email": "a@example.com"},
        {"email": "a@example.com", "username": "a", "password": PASSWORD},
        {"email": "a@example.com", "password": PASSWORD, "remember": True},
        {"email": 1, "password": PASSWORD},
        [],
    ],
)
async def test_what_is_no_login_is_refused_and_counts_as_no_failure(
    root: AccessHttp, body: Any
) -> None:
    here = root.at_new_address()
    for _ in range(MAX_FAILURES + 1):
        answer = await here.ask("POST", "/api/auth/login", json=body)
        assert (answer.status_code, code_of(answer)) == (400, "invalid")
        assert PASSWORD not in answer.text


async def test_who_belongs_to_several_says_which_one_is_meant(root: AccessHttp, acme: str) -> None:
    await made_user(root, acme)
    other = await root.tenant(f"{acme}-other")
    await root.user(other, f"ada@{acme}.example", role="admin")
    name = {"email": f"ada@{acme}.example"}

    answer = await root.try_login(**name)
    assert (answer.status_code, code_of(answer)) == (400, "tenant_required")
    assert answer.json()["error"]["details"]["tenants"] == [acme, other]
    session = await root.login(**name, tenant=other)
    me = await session.get("/api/auth/me")
    assert (me["tenant"]["id"], me["role"]) == (other, "admin")
    assert [each["tenant_id"] for each in me["memberships"]] == [acme, other]

    wrong = await root.try_login(**name, password="wrong password")
    assert (wrong.status_code, code_of(wrong)) == (401, "invalid_credentials")
    assert acme not in wrong.text


@pytest.mark.parametrize("named", ["-other", "-none", "*", ""])
async def test_nobody_gets_into_a_tenant_that_they_do_not_belong_to(
    root: AccessHttp, acme: str, named: str
) -> None:
    await made_user(root, acme)
    await root.tenant(f"{acme}-other")
    tenant = f"{acme}{named}" if named.startswith("-") else named

    answer = await root.try_login(email=f"ada@{acme}.example", tenant=tenant)
    assert (answer.status_code, code_of(answer)) == (403, "not_a_member")
    wrong = await root.try_login(
        email=f"ada@{acme}.example", tenant=tenant, password="wrong password"
    )
    assert (wrong.status_code, code_of(wrong)) == (401, "invalid_credentials")


async def test_an_account_is_refused_after_five_failures_by_whatever_name(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await made_user(root, acme)
    names = [{"email": f"ada@{acme}.example"}, {"username": f"ADA-{acme}"}]

    for number in range(MAX_FAILURES):
        # Each from another address: it is the account that is counted.
        there = root.at_new_address()
        answer = await there.try_login(**names[number % 2], password="wrong password")
        assert answer.status_code == 401

    there = root.at_new_address()
    answers = [
        await there.try_login(**name, password=password)
        for name in names
        for password in ("wrong password", PASSWORD)
    ]
    assert {answer.status_code for answer in answers} == {429}
    assert {code_of(answer) for answer in answers} == {"rate_limited"}
    seconds = int(answers[-1].headers["retry-after"])
    assert 1 <= seconds <= FAILURE_SECONDS + 1

    # Who comes again when they were told to gets in.
    module_node.clock.advance(seconds)
    await there.login(**names[0])


async def test_nobody_is_told_by_refusals_whether_there_is_a_user(
    root: AccessHttp, acme: str
) -> None:
    await made_user(root, acme)
    answers = []
    for name in (f"ada@{acme}.example", f"eve@{acme}.example"):
        told = [
            await root.at_new_address().try_login(email=name, password="wrong password")
            for _ in range(MAX_FAILURES + 2)
        ]
        assert [each.status_code for each in told] == [401] * MAX_FAILURES + [429] * 2
        answers.append(without_moment(told[-1]))
    assert answers[0] == answers[1]


async def test_an_address_is_refused_after_five_failures_with_whatever_accounts(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await made_user(root, acme)
    here = root.at_new_address()

    statuses = [
        (await here.try_login(email=f"{number}@{acme}.example", password="wrong")).status_code
        for number in range(MAX_FAILURES + 1)
    ]
    assert statuses == [401] * MAX_FAILURES + [429]
    answer = await here.try_login(email=f"ada@{acme}.example")
    assert (answer.status_code, code_of(answer)) == (429, "rate_limited")
    await root.at_new_address().login(email=f"ada@{acme}.example")

    module_node.clock.advance(int(answer.headers["retry-after"]))
    await here.login(email=f"ada@{acme}.example")


async def test_a_success_counts_as_nothing_and_makes_nothing_good(
    root: AccessHttp, acme: str
) -> None:
    await made_user(root, acme)
    here, name = root.at_new_address(), {"email": f"ada@{acme}.example"}

    for _ in range(MAX_FAILURES + 1):
        await here.login(**name)
    for _ in range(MAX_FAILURES - 1):
        assert (await here.try_login(**name, password="wrong")).status_code == 401
    await here.login(**name)
    assert (await here.try_login(**name, password="wrong")).status_code == 401
    assert (await here.try_login(**name)).status_code == 429


async def test_many_attempts_at_once_on_one_account_are_no_way_around_the_count(
    root: AccessHttp, acme: str
) -> None:
    await made_user(root, acme)
    guesses = [f"guess number {number}" for number in range(19)]

    async def guess(password: str) -> int:
        there = root.at_new_address()
        return (await there.try_login(email=f"ada@{acme}.example", password=password)).status_code

    statuses = await asyncio.gather(*map(guess, [*guesses, PASSWORD]))

    assert sorted(statuses) == [401] * MAX_FAILURES + [429] * 15


async def test_many_attempts_at_once_from_one_address_are_no_way_around_the_count(
    root: AccessHttp, acme: str
) -> None:
    here = root.at_new_address()

    async def guess(number: int) -> int:
        email = f"{number}@{acme}.example"
        return (await here.try_login(email=email, password="wrong password")).status_code

    statuses = await asyncio.gather(*map(guess, range(20)))

    assert sorted(statuses) == [401] * MAX_FAILURES + [429] * 15


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_thousand_users_log_in_at_once(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    """All from one address, as a school's or a company's do."""
    await root.tenant(acme)
    await root.user(acme, f"first@{acme}.example", password=PASSWORD)
    (row,) = await rows_of(module_node, "users", email=f"first@{acme}.example")
    emails = [f"{number}@{acme}.example" for number in range(CROWD)]
    for email in emails:
        await root.user(acme, email, role="viewer")
    # To hash each of their passwords would take as long again.
    await module_node.app.database.administer(_give_password, acme, row["password_hash"])

    answers = await asyncio.gather(*(root.try_login(email=email) for email in emails))

    assert {answer.status_code for answer in answers} == {200}
    tokens = {data_of(answer)["token"] for answer in answers}
    assert len(tokens) == CROWD
    assert len(await rows_of(module_node, "sessions", tenant_id=acme)) == CROWD


def _give_password(tx: Any, tenant_id: str, password_hash: str) -> None:
    named = {"tenant": tenant_id, "hash": password_hash}
    where = "owner_tenant = :tenant" if tx.dialect == "sqlite" else "owner_tenant = %(tenant)s"
    value = ":hash" if tx.dialect == "sqlite" else "%(hash)s"
    tx.connection.execute(f"UPDATE users SET password_hash = {value} WHERE {where}", named)


class HeldPasswords(Passwords):
    """Passwords that are compared when the test says so."""

    def __init__(self, *, max_waiting: int) -> None:
        super().__init__(max_waiting=max_waiting)
        self.may_go_on = asyncio.Event()

    async def _on_thread(self, work: Callable[[], T]) -> T:
        await self.may_go_on.wait()
        return await super()._on_thread(work)


async def test_where_too_many_wait_the_others_are_told_to_come_again(
    root: AccessHttp, module_node: Node, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made_user(root, acme)
    few = HeldPasswords(max_waiting=3)
    monkeypatch.setattr(module_node.app.logins, "_passwords", few)
    wanted = [{"email": f"ada@{acme}.example"}] + [
        {"email": f"{number}@{acme}.example", "password": "x"} for number in range(9)
    ]

    logins = [asyncio.create_task(root.at_new_address().try_login(**each)) for each in wanted]
    # Nobody gives a place up before all have asked for one.
    await eventually(lambda: sum(login.done() for login in logins) == 5)
    few.may_go_on.set()
    answers = await asyncio.gather(*logins)
    await few.stop()

    statuses = [answer.status_code for answer in answers]
    # Which five those are, the database decides, that finds one account sooner than another.
    assert statuses.count(503) == 5
    assert set(statuses[1:]) == {401, 503}
    assert statuses[0] in {200, 503}
    for answer in answers:
        if answer.status_code == 503:
            assert code_of(answer) == "bulkhead_full"
            assert int(answer.headers["retry-after"]) >= 1
    # Who was turned away has guessed nothing, so nothing of it was counted.
    await root.login(email=f"ada@{acme}.example")


@pytest.mark.asyncio(loop_scope="function")
async def test_nodes_count_the_failures_of_an_account_together(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two_nodes(postgres_url, tmp_path) as nodes:
        root = AccessHttp(nodes[0])
        await made_user(root, "acme")
        statuses = []
        for number in range(2 * MAX_FAILURES):
            there = AccessHttp(nodes[number % 2])
            answer = await there.try_login(email="ada@acme.example", password="wrong")
            statuses.append(answer.status_code)

        assert statuses == [401] * MAX_FAILURES + [429] * MAX_FAILURES
        for node in nodes:
            assert (await AccessHttp(node).try_login(email="ada@acme.example")).status_code == 429
        names = [row["bucket"] for row in await rows_of(nodes[0], "allowances")]
        assert names
        assert not any("acme" in name or "@" in name for name in names)


async def test_attempts_on_an_account_take_turns_which_are_forgotten(module_node: Node) -> None:
    clock = module_node.clock

    def limiter(name: str) -> RateLimiter:
        return RateLimiter(name, limit=5, algorithm="fixed-window", clock=clock)

    failures = LoginFailures(accounts=limiter("a"), addresses=limiter("b"), clock=clock)
    running, most = 0, 0

    async def turn(account: str) -> None:
        nonlocal running, most
        async with failures.turn(account):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    async def twice() -> None:
        # Who comes again before the next one has begun is behind them all the same.
        await turn("one")
        await turn("one")

    await asyncio.gather(*(twice() for _ in range(5)))
    assert most == 1
    cancelled = [asyncio.create_task(turn("one")) for _ in range(5)]
    await asyncio.sleep(0)
    for task in cancelled:
        task.cancel()
    await asyncio.wait(cancelled)
    del task, cancelled
    gc.collect()
    assert len(vars(failures)["_turns"]) == 0


async def test_what_another_node_has_counted_meanwhile_is_a_refusal(module_node: Node) -> None:
    clock, allowance = module_node.clock, MemoryAllowance()

    def node() -> LoginFailures:
        accounts, addresses = (
            SharedRateLimiter(name, allowance=allowance, limit=MAX_FAILURES, clock=clock)
            for name in ("a", "b")
        )
        return LoginFailures(accounts=accounts, addresses=addresses, clock=clock)

    one, other = node(), node()
    for number in range(MAX_FAILURES):
        await one.count("ada", str(number))
    other.refuse_spent("ada", "x")
    with pytest.raises(RateLimited):
        await other.count("ada", "x")
    with pytest.raises(RateLimited):
        other.refuse_spent("ada", "y")

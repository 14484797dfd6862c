"""Runs of strategies on both databases: to their end, within their budget, shown and cancelled."""

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tenantry.base import Principal
from tenantry.base.errors import Denied, Invalid, Unavailable
from tenantry.collector.errors import NoRun, TooManyRuns
from tenantry.collector.model.strategy_step import Page, Profile, Request, Trouble
from tenantry.collector.rules.strategy import read_params
from tenantry.collector.service.permissions import READ, RUN
from tenantry.collector.service.strategies import MAX_UNDER_WAY
from tenantry.collector.service.strategy_running import KEPT_DAYS
from tenantry.collector.store import collected_by_tags, collected_mentions
from tenantry.db import Database, System, Tenant, Transaction
from tenantry.eventlog import EventLog
from tenantry.testing import FakeClock
from tests.support.collected_posts import CollectedPost, collect
from tests.support.strategies import ROOT, TENANT, Answering, Ran, running_log_of
from tests.support.strategy_world import MemoryRun, SmallNetwork, did, handle, random_network

SEED = {"startHandle": handle(0)}


@pytest_asyncio.fixture
async def log(database: Database, clock: FakeClock) -> AsyncIterator[EventLog]:
    async with running_log_of(database, clock) as log:
        yield log


@pytest.fixture
def small() -> SmallNetwork:
    return random_network(random.Random(3), 60)


@pytest.fixture
def network(small: SmallNetwork) -> Answering:
    return Answering(small.answer)


@pytest.fixture
def ran(database: Database, log: EventLog, network: Answering, clock: FakeClock) -> Ran:
    return Ran(database, log, network, clock)


def tables(tx: Transaction) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: list(tx.connection.execute(f"SELECT * FROM {name}"))
        for name in ("collector_runs", "collector_frontier", "collector_found")
    }


async def test_a_run_finds_what_the_machine_finds_in_memory(ran: Ran, small: SmallNetwork) -> None:
    run = await ran.run("follow-graph", **SEED, minFollowers=2, maxDegrees=4)

    raw = {**SEED, "minFollowers": 2, "maxDegrees": 4}
    plain = MemoryRun(read_params("follow-graph", raw))
    plain.run(small.answer)
    users = await ran.users(run.id, limit=7)
    assert run.status == "done"
    assert [(each.did, each.degree, each.via) for each in users] == [
        (each.did, each.degree, each.via) for each in plain.listed()
    ]
    assert all((each.followers_count or 0) >= 2 for each in users[1:])
    assert run.progress.users_found == len(users)
    assert run.progress.frontier_size == 0
    assert run.progress.requests_made == len(small.asked) // 2


async def test_only_what_was_found_is_left_of_a_run_that_is_over(ran: Ran) -> None:
    run = await ran.run("follow-graph", **SEED, minFollowers=3)

    stored = await ran.database.read(System("test"), tables)
    assert run.status == "done"
    assert not stored["collector_frontier"]
    assert len(stored["collector_found"]) == run.progress.users_found


@pytest.mark.parametrize("budget", [1, 2, 7])
async def test_the_budget_is_never_exceeded_and_its_end_is_said(
    ran: Ran, network: Answering, budget: int
) -> None:
    run = await ran.run("follow-graph", **SEED, maxRequests=budget)

    assert len(network.made) == budget
    assert run.status == "done"
    assert (run.progress.requests_made, run.progress.budget_left) == (budget, 0)
    assert any(f"the budget of {budget} requests is used up" in note for note in run.notes)


async def test_a_budget_is_kept_where_several_posts_are_asked_about_at_once(
    ran: Ran, small: SmallNetwork, network: Answering
) -> None:
    for number in range(20):
        small.posts[f"at://{did(0)}/app.bsky.feed.post/{number}"] = (0, 0)

    run = await ran.run("post-interactions", sourceHandle=handle(0), maxRequests=9)

    assert len(network.made) == 9
    assert run.progress.requests_made == 9


async def test_a_request_that_fails_is_made_again_when_the_service_says(
    ran: Ran, network: Answering, clock: FakeClock
) -> None:
    network.troubles = [Unavailable("too many requests", retry_after_seconds=30.0)]

    waiting = await ran.run("follow-graph", **SEED)
    await ran.runner.carry(TENANT, waiting.id)
    assert await ran.runner.due(10) == []
    still = await ran.status(waiting.id)
    clock.advance(30)
    assert await ran.runner.due(10) == [(TENANT, waiting.id)]
    await ran.runner.carry(TENANT, waiting.id)

    assert (waiting.status, still.status) == ("waiting", "waiting")
    assert waiting.progress.waiting_until == "2024-01-15T10:30:30.000000Z"
    assert (await ran.status(waiting.id)).status == "done"
    assert network.made[0] == network.made[1]


async def test_answers_beside_a_request_that_fails_are_kept(
    ran: Ran, small: SmallNetwork, network: Answering, clock: FakeClock
) -> None:
    for number in range(5):
        uri = f"at://{did(0)}/app.bsky.feed.post/{number}"
        small.posts[uri] = (0, 0)
        small.likers[uri] = [number + 1]
    answer = network.answer
    failed = list[Request]()

    def fail_once(request: Request) -> Page | Trouble:
        if request.kind == "likes" and request.subject.endswith("/2") and not failed:
            failed.append(request)
            raise Unavailable("down", retry_after_seconds=5.0)
        return answer(request)

    network.answer = fail_once
    run = await ran.run("post-interactions", sourceHandle=handle(0), reposts=False, replies=False)
    clock.advance(10)
    await ran.runner.carry(TENANT, run.id)

    assert run.status == "waiting"
    asked = [each for each in network.made if each.kind == "likes"]
    assert len(asked) == len({(each.subject, each.cursor) for each in asked}) + 1
    assert {each.did for each in await ran.users(run.id)} == {did(n) for n in range(1, 6)}


async def test_users_are_one_by_did_and_have_their_latest_handle(
    ran: Ran, network: Answering
) -> None:
    pages = {
        None: Page(
            profiles=(
                Profile(did=did(1), handle="old.example"),
                Profile(did=did(2), handle="handle.invalid"),
            ),
            cursor="a",
        ),
        "a": Page(
            profiles=(
                Profile(did=did(1), handle="new.example"),
                Profile(did=did(1), handle="handle.invalid"),
            )
        ),
    }
    answer = network.answer
    network.answer = lambda asked: (
        pages[asked.cursor] if asked.kind == "followers" else answer(asked)
    )

    run = await ran.run("follow-graph", **SEED, maxDegrees=1, includeFollowing=False)

    users = {each.did: each.handle for each in await ran.users(run.id)}
    assert users == {did(0): handle(0), did(1): "new.example", did(2): None}


async def test_a_run_about_nobody_fails_and_says_so(ran: Ran) -> None:
    run = await ran.run("follow-back", handle="nobody.example")

    assert run.status == "failed"
    assert run.error == "the service knows none of the users to begin with"


async def test_whom_a_user_follows_must_be_known_to_say_who_is_not_followed_back(
    ran: Ran, network: Answering
) -> None:
    answer = network.answer
    network.answer = lambda asked: "refused" if asked.kind == "follows" else answer(asked)

    run = await ran.run("follow-back", handle=handle(0))

    assert run.status == "failed"
    assert run.error == "the service does not say whom this user follows"
    assert await ran.users(run.id) == []


async def test_users_who_cannot_be_asked_about_are_passed_over(
    ran: Ran, network: Answering
) -> None:
    answer = network.answer
    network.answer = lambda asked: "refused" if asked.kind == "followers" else answer(asked)

    run = await ran.run("follow-graph", **SEED)

    assert run.status == "done"
    assert run.notes == (
        "some users or posts could not be asked about: they are gone, or not shown",
    )


async def test_a_page_that_names_itself_as_the_next_is_the_last(
    ran: Ran, network: Answering
) -> None:
    answer = network.answer
    network.answer = lambda asked: (
        Page(cursor="again") if asked.kind == "followers" else answer(asked)
    )

    run = await ran.run("follow-back", handle=handle(0))

    assert run.status == "done"
    assert [each.kind for each in network.made].count("followers") == 2


async def test_a_cancelled_run_keeps_what_it_has_found_and_asks_nothing_more(
    ran: Ran, network: Answering
) -> None:
    run_id = await ran.start("follow-graph", **SEED)
    answer = network.answer
    cancelled = list[str]()

    async def ask(request: Request, budget: object) -> Page | Trouble:
        assert budget
        network.made.append(request)
        if len(network.made) == 3:
            cancelled.append((await ran.strategies.cancel(ROOT, TENANT, run_id)).status)
        return answer(request)

    network.ask = ask  # type: ignore[method-assign]
    await ran.runner.carry(TENANT, run_id)

    run = await ran.status(run_id)
    again = await ran.strategies.cancel(ROOT, TENANT, run_id)
    assert cancelled == ["cancelled"]
    assert again == run
    assert run.status == "cancelled"
    assert len(network.made) == 3
    assert len(await ran.users(run_id)) == run.progress.users_found > 0


async def test_nothing_is_left_of_a_tenant_that_is_erased_while_a_run_is_on_its_way(
    ran: Ran, network: Answering
) -> None:
    run_id = await ran.start("follow-graph", **SEED, minFollowers=1)
    answer = network.answer

    async def ask(request: Request, budget: object) -> Page | Trouble:
        assert budget
        network.made.append(request)
        if len(network.made) == 3:
            await ran.database.write(Tenant(TENANT), ran.strategies.erase_in, TENANT)
        return answer(request)

    network.ask = ask  # type: ignore[method-assign]
    await ran.runner.carry(TENANT, run_id)

    stored = await ran.database.read(System("test"), tables)
    assert len(network.made) == 3
    assert not any(stored.values())


async def test_one_runner_carries_a_run(ran: Ran, network: Answering) -> None:
    run_id = await ran.start("follow-graph", **SEED)
    other = ran.runner_on(network, node="other")
    answer, carried = network.answer, list[bool]()

    async def ask(request: Request, budget: object) -> Page | Trouble:
        assert budget
        network.made.append(request)
        carried.append(await other.carry(TENANT, run_id))
        return answer(request)

    network.ask = ask  # type: ignore[method-assign]
    assert await ran.runner.carry(TENANT, run_id)

    assert carried
    assert not any(carried)
    assert (await ran.status(run_id)).status == "done"


async def test_a_dry_run_says_what_it_would_cost_and_asks_nothing(
    ran: Ran, network: Answering
) -> None:
    plan = ran.strategies.plan(ROOT, TENANT, "follow-graph", {**SEED, "maxUsers": 1_001})

    assert plan.strategy == "follow-graph"
    assert (plan.estimate.requests_at_least, plan.estimate.requests_at_most) == (11, 3_000)
    assert plan.estimate.seconds_at_most == 300.0
    assert not network.made
    assert not (await ran.strategies.list(ROOT, TENANT)).items


async def test_runs_are_listed_newest_first_page_by_page(ran: Ran, clock: FakeClock) -> None:
    started = list[str]()
    for _ in range(5):
        started.append(await ran.start("follow-graph", **SEED))
        clock.advance(1)

    first = await ran.strategies.list(ROOT, TENANT, limit=3)
    second = await ran.strategies.list(ROOT, TENANT, limit=3, cursor=first.cursor)

    assert [run.id for run in (*first.items, *second.items)] == started[::-1]
    assert second.cursor is None


async def test_a_tenant_has_only_so_many_runs_under_way(ran: Ran) -> None:
    for _ in range(MAX_UNDER_WAY):
        await ran.start("follow-graph", **SEED)

    with pytest.raises(TooManyRuns, match="20 strategy runs of tenant acme are not over"):
        await ran.start("follow-graph", **SEED)
    await ran.start("follow-graph", "globex", **SEED)


async def test_who_may_not_is_refused_before_anything_else(ran: Ran) -> None:
    def who(*permissions: str, tenant: str = TENANT) -> Principal:
        return Principal(
            id="ann", tenant_id=tenant, permissions=frozenset(permissions), source="test"
        )

    run_id = await ran.start("follow-graph", **SEED)
    strategies = ran.strategies
    for stranger in (who(), who(READ, RUN, tenant="globex")):
        with pytest.raises(Denied):
            strategies.plan(stranger, TENANT, "no-such", {})
        with pytest.raises(Denied):
            await strategies.start(stranger, TENANT, "no-such", {})
        with pytest.raises(Denied):
            await strategies.status(stranger, TENANT, "no-such")
        with pytest.raises(Denied):
            await strategies.users(stranger, TENANT, "no-such", limit=0)
        with pytest.raises(Denied):
            await strategies.list(stranger, TENANT, limit=0)
        with pytest.raises(Denied):
            await strategies.cancel(stranger, TENANT, run_id)
    with pytest.raises(Denied):
        await strategies.cancel(who(READ), TENANT, run_id)
    with pytest.raises(NoRun):
        await strategies.status(who(READ, tenant="globex"), "globex", run_id)
    with pytest.raises(Invalid):
        await strategies.list(who(READ), TENANT, cursor="nonsense")


async def test_starts_and_cancels_are_in_the_audit(ran: Ran, log: EventLog) -> None:
    run_id = await ran.start("follow-graph", **SEED)
    await ran.strategies.cancel(ROOT, TENANT, run_id)

    events = await log.read()
    assert [event.type for event in events] == [
        "collector.strategy_started.v1",
        "collector.strategy_cancelled.v1",
    ]
    assert b"user-0" not in events[0].data


async def test_runs_are_forgotten_a_month_after_their_end(ran: Ran, clock: FakeClock) -> None:
    run = await ran.run("follow-graph", **SEED)
    queued = await ran.start("follow-graph", **SEED)

    clock.advance(KEPT_DAYS * 86_400 - 1)
    await ran.runner.forget_old()
    assert (await ran.status(run.id)).status == "done"
    clock.advance(2)
    await ran.runner.forget_old()

    with pytest.raises(NoRun):
        await ran.status(run.id)
    assert (await ran.status(queued)).status == "queued"
    stored = await ran.database.read(System("test"), tables)
    assert not stored["collector_found"]


async def test_what_was_collected_is_looked_through_where_nothing_can_be_searched(
    ran: Ran, small: SmallNetwork, network: Answering
) -> None:
    small.has_search = False
    posts = [
        CollectedPost(number=1, author=1, tags=("art",), likes=5),
        CollectedPost(number=2, author=2, tags=("art", "tech"), likes=9),
        CollectedPost(number=3, author=3, tags=("art",), likes=4),
        CollectedPost(number=4, author=2, tags=("music",), likes=9),
        CollectedPost(number=5, author=4, tags=("cats",), likes=9),
        CollectedPost(number=6, author=5, tags=("art",), likes=9, is_hidden=True),
    ]
    await ran.database.write(Tenant(TENANT), collect, TENANT, posts)
    await ran.database.write(Tenant("globex"), collect, "globex", [posts[4]])

    run = await ran.run("popular-content", searchQueries=["#art is #tech", "nice Music"])

    users = await ran.users(run.id)
    assert run.status == "done"
    assert [(each.did, each.handle) for each in users] == [(did(2), handle(2)), (did(1), handle(1))]
    assert any(note.startswith("the service offers no search of posts") for note in run.notes)
    assert run.progress.requests_made == len(network.made) == 1


async def test_pages_of_what_was_collected_leave_nothing_out(database: Database) -> None:
    posts = [
        CollectedPost(number=number, author=number % 3, tags=("a", "b", "c"), mentions=(9,))
        for number in range(20)
    ]
    await database.write(Tenant(TENANT), collect, TENANT, posts)

    def all_of(tx: Transaction, scanned: int) -> tuple[list[str], list[str]]:
        tagged, mentioned = list[str](), list[str]()
        for read, subject, uris in (
            (collected_by_tags, "#c", tagged),
            (collected_mentions, did(9), mentioned),
        ):
            page = read(tx, TENANT, subject, None, scanned)
            uris += [post.uri for post in page.posts]
            while page.cursor is not None:
                page = read(tx, TENANT, subject, page.cursor, scanned)
                uris += [post.uri for post in page.posts]
        return tagged, mentioned

    expected = [post.uri for post in reversed(posts)]
    for scanned in (1, 4, 7, 1_000):
        tagged, mentioned = await database.read(Tenant(TENANT), all_of, scanned)
        assert tagged == mentioned == expected


async def test_mentions_are_of_what_was_collected_and_of_what_the_service_finds(
    ran: Ran, small: SmallNetwork
) -> None:
    collected = CollectedPost(number=7, author=1, mentions=(0,))
    await ran.database.write(Tenant(TENANT), collect, TENANT, [collected])
    searched = f"at://{did(2)}/app.bsky.feed.post/9"
    small.posts = {searched: (2, 0), collected.uri: (1, 0)}
    small.searches[did(0)] = list(small.posts)

    run = await ran.run("like-mentions", handle=handle(0))
    small.has_search = False
    again = await ran.run("like-mentions", handle=handle(0))

    assert [each.uri for each in await ran.users(run.id)] == [collected.uri, searched]
    assert [each.uri for each in await ran.users(again.id)] == [collected.uri]
    assert again.notes == (
        "the service offers no search of posts: only posts that were collected here are listed",
    )

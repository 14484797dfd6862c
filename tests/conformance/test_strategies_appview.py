"""Every strategy against a service that answers over HTTP, as the real one does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from tenantry.base import SystemClock
from tenantry.collector.model.strategy_run import StrategyRunView
from tenantry.collector.remote.appview import AppView, appview_limiter
from tenantry.collector.service.strategy_network import AppViewNetwork
from tenantry.db import Database, Tenant
from tenantry.eventlog import EventLog
from tenantry.reliability import CircuitBreaker
from tenantry.testing.appview import FakeAppView, FewEntries, SameCursor, SmallGraph, Twice
from tenantry.testing.upstream import Status
from tests.support.collected_posts import CollectedPost, collect
from tests.support.strategies import TENANT, Ran, running_log_of
from tests.support.strategy_world import did
from tests.support.waiting import eventually

CLOCK = SystemClock()
GRAPH = SmallGraph(users=60, posts=150)
ADA = GRAPH.people[1]


@pytest_asyncio.fixture
async def log(database: Database) -> AsyncIterator[EventLog]:
    async with running_log_of(database, CLOCK) as log:
        yield log


@asynccontextmanager
async def asking(
    database: Database, log: EventLog, service: FakeAppView, *, per_second: int = 500
) -> AsyncIterator[Ran]:
    client = AppView(
        service.url,
        limiter=appview_limiter(per_second),
        breaker=CircuitBreaker("test", failure_threshold=1_000),
    )
    await client.start()
    try:
        yield Ran(database, log, AppViewNetwork(client), CLOCK)
    finally:
        await client.stop()


async def finished(ran: Ran, name: str, **raw: Any) -> StrategyRunView:
    """Run a strategy to its end, however often it has to wait."""
    run_id = await ran.start(name, **raw)

    async def is_over() -> StrategyRunView | None:
        await ran.runner.carry(TENANT, run_id)
        run = await ran.status(run_id)
        return run if run.finished_at else None

    run = await eventually(is_over, timeout=60)
    assert run is not None
    return run


def reached(start: int, degrees: int, *, least: int = 0, most: int = 10**6) -> dict[str, int]:
    found, level = {start: 0}, [start]
    for degree in range(1, degrees + 1):
        near = [each for who in level for each in (*GRAPH.followers(who), *GRAPH.follows(who))]
        level = [
            each
            for each in dict.fromkeys(near)
            if each not in found and least <= len(GRAPH.followers(each)) <= most
        ]
        found |= dict.fromkeys(level, degree)
    return {GRAPH.people[index].did: degree for index, degree in found.items()}


async def test_a_follow_graph_is_everybody_so_far_away(database: Database, log: EventLog) -> None:
    async with FakeAppView(GRAPH) as service, asking(database, log, service) as ran:
        run = await finished(ran, "follow-graph", startHandle=ADA.handle, maxDegrees=1)
        bounded = await finished(
            ran, "follow-graph", startHandle=ADA.did, minFollowers=5, maxFollowers=9
        )

        assert run.status == bounded.status == "done"
        users = await ran.users(run.id)
        assert {each.did: each.degree for each in users} == reached(1, 1)
        within = await ran.users(bounded.id)
        assert {each.did: each.degree for each in within} == reached(1, 3, least=5, most=9)
        assert all(5 <= (each.followers_count or 0) <= 9 for each in within[1:])
        assert run.progress.requests_made + bounded.progress.requests_made == len(service.requests)


async def test_interactions_are_of_all_four_kinds(database: Database, log: EventLog) -> None:
    author = max(range(60), key=lambda who: sum(post.author == who for post in GRAPH.posts))
    mine = {index for index, post in enumerate(GRAPH.posts) if post.author == author}
    expected = {who for index in mine for who in GRAPH.posts[index].likers}
    expected |= {who for index in mine for who in GRAPH.posts[index].reposters}
    expected |= {
        post.author for post in GRAPH.posts if post.reply_to in mine or post.quotes in mine
    }

    async with FakeAppView(GRAPH) as service, asking(database, log, service) as ran:
        run = await finished(ran, "post-interactions", sourceHandle=GRAPH.people[author].handle)

        users = await ran.users(run.id)
    assert run.status == "done"
    assert {each.did for each in users} == {GRAPH.people[who].did for who in expected - {author}}


async def test_follow_back_lists_whom_the_user_does_not_follow(
    database: Database, log: EventLog
) -> None:
    async with FakeAppView(GRAPH) as service, asking(database, log, service) as ran:
        run = await finished(ran, "follow-back", handle=GRAPH.people[0].handle)

        users = await ran.users(run.id)
        assert all(one.method.startswith("get") for one in service.requests)
    expected = set(GRAPH.followers(0)) - set(GRAPH.follows(0))
    assert {each.did for each in users} == {GRAPH.people[who].did for who in expected}


@pytest.mark.parametrize("search", ["open", "first-page", "forbidden"])
async def test_popular_content_is_searched_or_else_collected(
    database: Database, log: EventLog, search: Any
) -> None:
    collected = CollectedPost(number=1, author=1, tags=("art",), likes=7)
    await database.write(Tenant(TENANT), collect, TENANT, [collected])
    authors = {
        GRAPH.people[post.author].did
        for post in GRAPH.posts
        if "#art" in post.text and len(post.likers) >= 5
    }

    async with FakeAppView(GRAPH, search=search) as service, asking(database, log, service) as ran:
        run = await finished(ran, "popular-content", searchQueries=["#art"])

        users = {each.did for each in await ran.users(run.id)}
    assert run.status == "done"
    assert users == ({did(1)} if search == "forbidden" else authors)
    assert bool(run.notes) == (search == "forbidden")


async def test_mentions_are_listed_by_post(database: Database, log: EventLog) -> None:
    class Mentioning(SmallGraph):
        @property
        def posts(self) -> tuple[Any, ...]:
            posts = list(GRAPH.posts)
            posts[3] = msgspec.structs.replace(posts[3], text=f"hello {ADA.did}")
            return tuple(posts)

    async with (
        FakeAppView(Mentioning(users=60)) as service,
        asking(database, log, service) as ran,
    ):
        run = await finished(ran, "like-mentions", handle=ADA.handle)

        assert [each.uri for each in await ran.users(run.id)] == [GRAPH.posts[3].uri]


@pytest.mark.parametrize("budget", [1, 5, 23])
async def test_no_more_requests_come_than_the_budget_allows_whatever_fails(
    database: Database, log: EventLog, budget: int
) -> None:
    async with FakeAppView(GRAPH) as service, asking(database, log, service) as ran:
        service.fail("*", Status(502), times=1)
        service.fail("getFollows", Status(503), times=2)
        run = await finished(ran, "follow-graph", startHandle=ADA.handle, maxRequests=budget)

        assert len(service.requests) == run.progress.requests_made == budget
        assert any("is used up" in note for note in run.notes)


async def test_the_limits_of_the_service_are_kept_and_the_run_comes_to_its_end(
    database: Database, log: EventLog
) -> None:
    async with (
        FakeAppView(GRAPH, limit=40, window_seconds=1.0) as service,
        asking(database, log, service) as ran,
    ):
        run = await finished(ran, "follow-graph", startHandle=ADA.handle)

        assert run.status == "done"
        assert not service.asked(status=429)
        assert run.progress.requests_made == len(service.requests) > 40
        assert {each.did for each in await ran.users(run.id)} == reached(1, 3).keys()


async def test_odd_pages_cost_nobody(database: Database, log: EventLog) -> None:
    async with FakeAppView(GRAPH) as service, asking(database, log, service) as ran:
        service.methods.invalid_handles.add(GRAPH.people[2].did)
        service.methods.gone.add(GRAPH.people[3].did)
        service.fail("getFollowers", Twice(), times=None)
        run = await finished(ran, "follow-graph", startHandle=GRAPH.people[0].handle, maxDegrees=1)
        counted = await finished(
            ran, "follow-graph", startHandle=GRAPH.people[0].handle, maxDegrees=1, minFollowers=0
        )
        service.mend()
        service.fail("getFollowers", FewEntries(0), times=None)
        service.fail("getFollowers", SameCursor("again"), times=None)
        endless = await finished(ran, "follow-back", handle=GRAPH.people[0].handle)

        users = await ran.users(run.id)
        assert [each.did for each in users] == list({each.did: None for each in users})
        handles = {each.did: each.handle for each in users}
        assert handles[GRAPH.people[2].did] is None
        shown = {each.did for each in await ran.users(counted.id)}
        assert shown == handles.keys() - {GRAPH.people[3].did}
        assert endless.status == "done"

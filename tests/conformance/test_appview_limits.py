"""The AppView client asks no faster than we want to, and no more than the service allows.

The fake itself fails at the end of its block where anybody has asked too much, or too soon.
"""

import asyncio
import itertools
from functools import partial

import pytest

from tenantry.base.errors import Unavailable
from tenantry.collector.errors import AppViewError
from tenantry.collector.remote.appview import AppView, BudgetSpent, Declined, RequestBudget
from tenantry.reliability import DeadlineExceeded, RateLimited, within
from tenantry.testing import FakeClock
from tenantry.testing.appview import FakeAppView, SmallGraph, most_in
from tenantry.testing.upstream import Held, Status
from tests.support.appviews import in_time, items, opened
from tests.support.waiting import eventually

GRAPH = SmallGraph(users=60, posts=20)
FAMOUS = GRAPH.people[0].did


async def ask(client: AppView, count: int) -> list[object]:
    """Have so many callers ask at once."""
    return await asyncio.gather(*(client.get_followers(FAMOUS) for _ in range(count)))


def _have_come(fake: FakeAppView, count: int) -> bool:
    return len(fake.limits.times) == count


@pytest.mark.parametrize("per_second", [1, 3, 10])
async def test_no_more_are_asked_in_a_second_than_we_want(per_second: int) -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, most_per_second=per_second) as fake,
        opened(fake, clock=clock, per_second=per_second) as client,
    ):
        pages = await in_time(clock, client, ask(client, 25), step_seconds=0.01)

    assert all(items(page) for page in pages)
    assert fake.limits.most_in(1.0) == per_second
    # Evenly, and not in bursts.
    assert most_in(fake.limits.times, 1 / per_second) == 1


async def test_slow_answers_do_not_let_more_through() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, most_per_second=10) as fake,
        opened(fake, clock=clock, per_second=10) as client,
    ):
        await in_time(clock, client, ask(client, 1))
        held = fake.fail("getFollowers", Held(), times=5)
        work = asyncio.create_task(ask(client, 5))
        for number in range(2, 7):
            await eventually(lambda: clock.sleeper_count == 1)
            clock.advance(0.11)
            await eventually(partial(_have_come, fake, number))
        held.release()
        await work

    assert len(fake.requests) == 6


async def test_the_budget_of_the_service_is_never_exceeded_by_many_at_once() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, limit=7, window_seconds=60.0) as fake,
        opened(fake, clock=clock, per_second=100) as client,
    ):
        pages = await in_time(clock, client, ask(client, 40), step_seconds=0.5)

    assert all(items(page) for page in pages)
    assert len(fake.asked(status=200)) == 40
    assert fake.asked(status=429) == []
    # Six windows, each used up to its end.
    assert 300.0 <= fake.limits.times[-1] - fake.limits.times[0] < 320.0


async def test_the_budget_holds_in_real_time_with_answers_that_are_slow() -> None:
    async with (
        FakeAppView(GRAPH, limit=12, window_seconds=0.5, delay_seconds=0.02) as fake,
        opened(fake, per_second=1_000) as client,
    ):
        pages = await ask(client, 30)

    assert len(pages) == 30
    assert fake.asked(status=429) == []


async def test_a_service_that_has_told_nothing_yet_is_asked_once() -> None:
    async with FakeAppView(GRAPH, limit=3) as fake, opened(fake, patience_seconds=0.0) as client:
        fake.limits.spend(2)
        held = fake.fail("getFollowers", Held())
        work = asyncio.gather(
            *(client.get_followers(FAMOUS) for _ in range(5)), return_exceptions=True
        )
        await held.reached()
        assert len(fake.limits.times) == 1
        held.release()
        answers = await work

    # One was left, and by its answer the other four knew.
    assert [isinstance(answer, RateLimited) for answer in answers] == [False, *[True] * 4]
    assert len(fake.requests) == 1


async def test_what_others_spend_is_waited_out_and_nothing_is_lost() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, limit=10, window_seconds=300.0) as fake,
        opened(fake, clock=clock) as client,
    ):
        first = await in_time(clock, client, ask(client, 1))
        fake.limits.spend(9)
        pages = await in_time(clock, client, ask(client, 3), step_seconds=1.0)

    assert [items(page) for page in pages] == [items(first[0])] * 3
    # Those that went at once have learnt it, and no other.
    assert 1 <= len(fake.asked(status=429)) <= 3
    assert fake.limits.times[-1] >= 300.0


@pytest.mark.parametrize("retry_after", [True, False])
async def test_429_is_waited_out_by_its_reset_with_and_without_retry_after(
    retry_after: bool,  # noqa: FBT001 - a parameter of a test
) -> None:
    clock = FakeClock()
    async with (
        FakeAppView(
            GRAPH, clock=clock, limit=5, window_seconds=30.0, retry_after=retry_after
        ) as fake,
        opened(fake, clock=clock) as client,
    ):
        fake.limits.spend(5)
        pages = await in_time(clock, client, ask(client, 2), step_seconds=0.5)

    assert all(items(page) for page in pages)
    assert len(fake.asked(status=429)) == 1


async def test_retry_after_is_waited_out_where_no_limits_are_told() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, tells_limits=False) as fake,
        opened(fake, clock=clock) as client,
    ):
        fake.fail("getFollowers", Status(429, retry_after=20))
        pages = await in_time(clock, client, ask(client, 3), step_seconds=0.5)

    assert all(items(page) for page in pages)
    assert 20.0 <= fake.limits.times[-1] < 22.0


async def test_429_that_says_nothing_is_met_with_longer_and_longer_pauses() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, tells_limits=False) as fake,
        opened(fake, clock=clock, chance=lambda: 0.0) as client,
    ):
        fake.fail("getFollowers", Status(429), times=5)
        await in_time(clock, client, ask(client, 1))

    times = fake.limits.times
    pauses = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert [round(pause * 2) for pause in pauses] == [1, 2, 4, 8, 16]


async def test_a_clock_that_is_wrong_changes_nothing() -> None:
    theirs, ours = FakeClock(), FakeClock()
    ours.set_now(theirs.now().replace(year=2031))
    async with (
        FakeAppView(GRAPH, clock=theirs, limit=1, window_seconds=30.0) as fake,
        opened(fake, clock=ours) as client,
    ):
        await client.get_followers(FAMOUS)
        work = asyncio.create_task(client.get_followers(FAMOUS))
        await eventually(lambda: ours.sleeper_count == 1)
        for clock in (theirs, ours):
            clock.advance(29.0)
        assert len(fake.requests) == 1
        for clock in (theirs, ours):
            clock.advance(2.0)
        assert items(await work)


async def test_whoever_cannot_wait_is_told_how_long_it_would_be() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, limit=1, window_seconds=300.0) as fake,
        opened(fake, clock=clock, patience_seconds=10.0) as client,
    ):
        await client.get_followers(FAMOUS)
        with pytest.raises(RateLimited) as told:
            await client.get_followers(FAMOUS)

    assert 300.0 <= told.value.retry_after_seconds <= 301.0
    assert len(fake.requests) == 1


async def test_503_is_not_waited_out_by_whoever_cannot_wait() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock) as fake,
        opened(fake, clock=clock, patience_seconds=10.0) as client,
    ):
        fake.fail("getFollowers", Status(503, retry_after=60))
        with pytest.raises(AppViewError) as told:
            await client.get_followers(FAMOUS)

    assert told.value.retry_after_seconds == 60.0
    assert len(fake.requests) == 1


async def test_a_deadline_ends_a_wait_before_it_begins() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, limit=1, window_seconds=300.0) as fake,
        opened(fake, clock=clock) as client,
    ):
        await client.get_followers(FAMOUS)
        with within(60.0, clock=clock), pytest.raises(DeadlineExceeded):
            await client.get_followers(FAMOUS)

    assert len(fake.requests) == 1


async def test_whoever_gives_up_takes_no_turn_away() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, most_per_second=1) as fake,
        opened(fake, clock=clock, per_second=1) as client,
    ):
        await client.get_followers(FAMOUS)
        hasty = asyncio.create_task(client.get_followers(FAMOUS))
        patient = asyncio.create_task(client.get_follows(FAMOUS))
        await eventually(lambda: clock.sleeper_count == 1)
        hasty.cancel()
        await asyncio.gather(hasty, return_exceptions=True)
        await eventually(lambda: clock.sleeper_count == 1)
        clock.advance(1.01)
        await patient

    assert [one.method for one in fake.requests] == ["getFollowers", "getFollows"]


async def test_turns_are_taken_in_the_order_in_which_callers_came() -> None:
    clock = FakeClock()
    names = [person.did for person in GRAPH.people[:12]]
    async with (
        FakeAppView(GRAPH, clock=clock) as fake,
        opened(fake, clock=clock, per_second=5) as client,
    ):

        async def work() -> None:
            await asyncio.gather(*(client.get_follows(name) for name in names))

        await in_time(clock, client, work())

    assert [one.query["actor"][0] for one in fake.requests] == names


async def test_a_caller_makes_no_more_requests_than_its_budget_has() -> None:
    clock = FakeClock()
    budget = RequestBudget(4)
    async with (
        FakeAppView(GRAPH, clock=clock) as fake,
        opened(fake, clock=clock, chance=lambda: 0.5) as client,
    ):
        fake.fail("getFollowers", Status(503), times=None)

        async def work() -> list[object]:
            return await asyncio.gather(
                *(client.get_followers(FAMOUS, budget=budget) for _ in range(4)),
                return_exceptions=True,
            )

        answers = await in_time(clock, client, work())
        # Another one's budget is its own.
        page = await in_time(clock, client, client.get_follows(FAMOUS))
        assert not isinstance(page, Declined)

    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert any(isinstance(answer, BudgetSpent) for answer in answers)
    assert len(fake.asked("getFollowers")) == budget.made == 4

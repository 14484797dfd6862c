"""The AppView client lives through a service that fails, and tells nobody's name when it does."""

import asyncio
import json

import pytest

from tenantry.base.errors import Invalid
from tenantry.collector.errors import AppViewError
from tenantry.collector.remote.appview import AppView as Client
from tenantry.collector.remote.appview import NotOffered, RequestBudget, appview_limiter
from tenantry.reliability import BreakerOpen, CircuitBreaker, HealthRegistry
from tenantry.testing import FakeClock
from tenantry.testing.appview import AppViewFault, FakeAppView, SmallGraph
from tenantry.testing.upstream import Cut, Held, Huge, Raw, Redirect, Reset, Status
from tests.support.appviews import in_time, items, opened
from tests.support.waiting import eventually

GRAPH = SmallGraph(users=30, posts=10)
FAMOUS = GRAPH.people[0]

PASSING: list[AppViewFault] = [
    Status(500),
    Status(502, body="<html>"),
    Status(503, retry_after=3),
    Status(504),
    Status(408),
    Reset(),
    Cut(),
    Raw(b"<html></html>", content_type="text/html"),
    Raw(b""),
    Raw(b"[]"),
    Raw(b'{"followers": 7}'),
    Raw(b'{"follows": []}'),
    Raw(b"[" * 100_000),
    Raw(b'{"followers": "\xff"}'),
]


def fault_name(fault: AppViewFault) -> str:
    return repr(fault)[:40]


@pytest.mark.parametrize("fault", PASSING, ids=fault_name)
async def test_what_passes_is_asked_for_again(fault: AppViewFault) -> None:
    clock = FakeClock()
    budget = RequestBudget(10)
    async with FakeAppView(GRAPH, clock=clock) as fake, opened(fake, clock=clock) as client:
        fake.fail("getFollowers", fault, times=2)
        page = await in_time(
            clock, client, client.get_followers(FAMOUS.handle, budget=budget), step_seconds=0.1
        )

    assert len(items(page)) == 29
    assert budget.made == len(fake.limits.times) == 3


@pytest.mark.parametrize("fault", [*PASSING, Huge(9_000_000), Huge(9_000_000, is_packed=True)])
async def test_what_stays_is_an_error_that_tells_no_name(fault: AppViewFault) -> None:
    clock = FakeClock()
    async with FakeAppView(GRAPH, clock=clock) as fake, opened(fake, clock=clock) as client:
        fake.fail("getFollowers", fault, times=None)
        with pytest.raises(AppViewError) as caught:
            await in_time(clock, client, client.get_followers(FAMOUS.handle), step_seconds=0.1)

    assert FAMOUS.handle not in f"{caught.value} {caught.value.details}"
    assert caught.value.__cause__ is None
    assert len(fake.limits.times) == 3


async def test_redirects_are_not_followed_nor_asked_for_again() -> None:
    async with FakeAppView(GRAPH) as fake, opened(fake) as client:
        fake.fail("getFollowers", Redirect(f"{fake.url}/xrpc/_health"), times=None)
        with pytest.raises(AppViewError, match="redirects are not followed"):
            await client.get_followers(FAMOUS.did)

    assert [one.method for one in fake.requests] == ["getFollowers"]


async def test_a_service_that_hangs_is_given_up() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH) as fake,
        opened(fake, clock=clock, timeout_seconds=0.05) as client,
    ):
        held = fake.fail("getFollowers", Held(), times=2)
        page = await in_time(clock, client, client.get_followers(FAMOUS.did))
        held.release()

    assert items(page)


async def test_503_with_retry_after_holds_everybody_back() -> None:
    clock = FakeClock()
    async with FakeAppView(GRAPH, clock=clock) as fake, opened(fake, clock=clock) as client:
        fake.fail("getFollowers", Status(503, retry_after=40))

        async def work() -> None:
            await asyncio.gather(client.get_followers(FAMOUS.did), client.get_follows(FAMOUS.did))

        await in_time(clock, client, work(), step_seconds=0.5)

    # The fake would complain of any that came sooner.
    assert fake.limits.times[0] == 0.0
    assert min(fake.limits.times[1:]) >= 40.0


async def test_a_service_that_fails_again_and_again_is_left_alone() -> None:
    clock = FakeClock()
    breaker = CircuitBreaker("appview", failure_threshold=5, recovery_timeout=30, clock=clock)
    async with (
        FakeAppView(GRAPH, clock=clock) as fake,
        opened(fake, clock=clock, breaker=breaker, chance=lambda: 0.0) as client,
    ):
        fake.fail("*", Status(500), times=None)
        for _ in range(2):
            with pytest.raises((AppViewError, BreakerOpen)):
                await in_time(clock, client, client.get_followers(FAMOUS.did))
        asked = len(fake.limits.times)
        with pytest.raises(BreakerOpen) as refused:
            await in_time(clock, client, client.get_followers(FAMOUS.did))

        assert len(fake.limits.times) == asked == 5
        assert 0 < refused.value.retry_after_seconds <= 30.0

        fake.mend()
        clock.advance(30.0)
        assert items(await in_time(clock, client, client.get_followers(FAMOUS.did)))
        assert breaker.state == "closed"


async def test_being_limited_or_refused_counts_against_nobody() -> None:
    clock = FakeClock()
    breaker = CircuitBreaker("appview", failure_threshold=1, clock=clock)
    async with (
        FakeAppView(GRAPH, clock=clock, search="forbidden") as fake,
        opened(fake, clock=clock, breaker=breaker) as client,
    ):
        fake.fail("getFollowers", Status(429, retry_after=1), times=3)
        await in_time(clock, client, client.get_followers(FAMOUS.did))
        await in_time(clock, client, client.get_followers("nobody.example"))
        assert isinstance(await in_time(clock, client, client.search_posts("art")), NotOffered)

    assert breaker.stats().failure_count == 0


async def test_errors_of_the_service_are_words_and_never_its_messages() -> None:
    async with FakeAppView(GRAPH) as fake, opened(fake) as client:
        body = json.dumps({"error": f"not {FAMOUS.handle}", "message": FAMOUS.did})
        fake.fail("getFollowers", Status(400, body=body))
        answer = await client.get_followers(FAMOUS.did)

    assert FAMOUS.did not in repr(answer)
    assert FAMOUS.handle not in repr(answer)


async def test_nobody_at_home_is_an_error_that_names_the_host() -> None:
    async with FakeAppView(GRAPH) as fake:
        pass
    async with opened(fake, clock=(clock := FakeClock())) as client:
        with pytest.raises(AppViewError, match=r"127\.0\.0\.1: was not reached") as caught:
            await in_time(clock, client, client.get_followers(FAMOUS.did))

    assert FAMOUS.did not in str(caught.value)


@pytest.mark.parametrize("url", ["", "ftp://x.example", "x.example", "http://"])
def test_a_service_is_an_http_url(url: str) -> None:
    with pytest.raises(Invalid, match="wants an http"):
        Client(url, limiter=appview_limiter(10))


async def test_health_is_looked_at() -> None:
    async with FakeAppView(GRAPH) as fake, opened(fake) as client:
        registry = HealthRegistry(cache_seconds=0.0)
        registry.register("atproto", client.check_health, degraded_after_seconds=3.0)
        assert (await registry.report()).overall == "healthy"

        fake.fail("_health", Status(500), times=None)
        assert (await registry.report()).overall == "unhealthy"

    assert [one.method for one in fake.requests] == ["_health", "_health"]


@pytest.mark.parametrize("seconds, status", [(2.99, "healthy"), (3.0, "degraded")])
async def test_a_service_whose_health_takes_three_seconds_is_degraded(
    seconds: float, status: str
) -> None:
    clock = FakeClock()
    async with FakeAppView(GRAPH) as fake, opened(fake, clock=clock) as client:
        held = fake.fail("_health", Held())
        check = asyncio.create_task(client.check_health())
        await held.reached()
        clock.advance(seconds)
        held.release()

        assert (await check).status == status


async def test_a_service_that_has_us_wait_is_degraded_and_not_asked() -> None:
    clock = FakeClock()
    async with (
        FakeAppView(GRAPH, clock=clock, limit=1, window_seconds=300.0) as fake,
        opened(fake, clock=clock) as client,
    ):
        await client.get_followers(FAMOUS.did)
        waiting = asyncio.create_task(client.get_followers(FAMOUS.did))
        await eventually(lambda: clock.sleeper_count == 1)

        outcome = await client.check_health()
        waiting.cancel()

    assert outcome.status == "degraded"
    assert "30" in (outcome.message or "")
    assert len(fake.requests) == 1

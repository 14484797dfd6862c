"""The fake AppView catches whoever asks too much, and is the same every time."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tenantry.testing import FakeClock
from tenantry.testing.appview import FakeAppView, SmallGraph, most_in
from tenantry.testing.upstream import Status

HEALTH = "/xrpc/_health"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def get(http: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, str]]:
    async with http.get(url) as response:
        return response.status, {name.lower(): text for name, text in response.headers.items()}


def test_whom_it_knows_is_the_same_every_time() -> None:
    assert SmallGraph().people == SmallGraph().people
    assert SmallGraph().posts == SmallGraph().posts
    assert SmallGraph(2).people != SmallGraph().people


async def test_headers_tell_limits_as_the_real_service_does(http: aiohttp.ClientSession) -> None:
    clock = FakeClock()
    async with FakeAppView(limit=2, window_seconds=60.0, clock=clock) as fake:
        _, headers = await get(http, fake.url + HEALTH)

    assert headers["ratelimit-limit"] == "2"
    assert headers["ratelimit-remaining"] == "1"
    assert int(headers["ratelimit-reset"]) == round(clock.now().timestamp()) + 60
    assert headers["ratelimit-policy"] == "2;w=60"
    assert headers["date"] == "Mon, 15 Jan 2024 10:30:00 GMT"


async def test_one_too_many_is_429_and_fails_in_the_end(http: aiohttp.ClientSession) -> None:
    fake = FakeAppView(limit=2)
    await fake.start()
    statuses = [(await get(http, fake.url + HEALTH))[0] for _ in range(3)]
    assert statuses == [200, 200, 429]

    with pytest.raises(AssertionError, match="number 3 of a window of 2"):
        await fake.__aexit__(None, None, None)


async def test_whoever_comes_before_they_were_told_to_fails_in_the_end(
    http: aiohttp.ClientSession,
) -> None:
    clock = FakeClock()
    fake = FakeAppView(clock=clock)
    await fake.start()
    fake.fail("_health", Status(429, retry_after=10))
    await get(http, fake.url + HEALTH)
    clock.advance(3.0)
    await get(http, fake.url + HEALTH)

    with pytest.raises(AssertionError, match=r"7\.000 s before it may come again"):
        await fake.__aexit__(None, None, None)


async def test_whoever_asks_too_fast_fails_in_the_end(http: aiohttp.ClientSession) -> None:
    with pytest.raises(AssertionError, match="3 requests came within a second"):
        async with FakeAppView(most_per_second=2, clock=FakeClock()) as fake:
            await asyncio.gather(*(get(http, fake.url + HEALTH) for _ in range(3)))


async def test_a_window_that_is_over_is_forgiven(http: aiohttp.ClientSession) -> None:
    clock = FakeClock()
    async with FakeAppView(limit=1, window_seconds=5.0, clock=clock) as fake:
        for _ in range(3):
            assert (await get(http, fake.url + HEALTH))[0] == 200
            clock.advance(5.0)


async def test_another_failure_is_not_hidden_by_the_limits(http: aiohttp.ClientSession) -> None:
    fake = FakeAppView(limit=1)
    await fake.start()
    for _ in range(2):
        await get(http, fake.url + HEALTH)
    assert fake.limits.violations

    # It raises nothing itself where something else was raised already.
    await fake.__aexit__(KeyError, KeyError(), None)


def test_the_most_within_a_stretch_is_counted() -> None:
    assert most_in([], 1.0) == 0
    assert most_in([0.0, 0.5, 0.999, 1.0, 1.4], 1.0) == 4
    assert most_in([0.0, 1.0, 2.0], 1.0) == 1

"""Clients of a fake AppView, and letting time pass for them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from tenantry.base import Clock, SystemClock
from tenantry.collector.remote.appview import AppView, Page, appview_limiter
from tenantry.reliability import CircuitBreaker
from tenantry.testing import FakeClock
from tenantry.testing.appview import FakeAppView
from tests.support.waiting import eventually

T = TypeVar("T")

STEP_SECONDS = 0.05


@asynccontextmanager
async def opened(
    fake: FakeAppView,
    *,
    per_second: int = 10_000,
    clock: Clock | None = None,
    breaker: CircuitBreaker | None = None,
    **options: Any,
) -> AsyncIterator[AppView]:
    """Yield a client of `fake`, with a breaker of its own."""
    clock = clock or SystemClock()
    client = AppView(
        fake.url,
        limiter=appview_limiter(per_second, clock=clock),
        breaker=breaker or CircuitBreaker("appview", clock=clock),
        clock=clock,
        **options,
    )
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def in_time(
    clock: FakeClock,
    client: AppView,
    work: Coroutine[Any, Any, T],
    *,
    step_seconds: float = STEP_SECONDS,
) -> T:
    """Return what `work` comes to, letting time pass whenever nothing is under way."""
    task = asyncio.create_task(work)

    def is_idle() -> bool:
        return task.done() or (client.under_way == 0 and clock.sleeper_count > 0)

    while not task.done():
        await eventually(is_idle)
        if not task.done():
            clock.advance(step_seconds)
            # Whoever wakes up is to do what it woke up for.
            for _ in range(5):
                await asyncio.sleep(0)
    return await task


def items(page: object) -> tuple[Any, ...]:
    """Return what a page holds; fails where it is none."""
    assert isinstance(page, Page), page
    return page.items

"""The worker: no tenant is in another one's way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from tenantry.testing import FakeClock
from tenantry.updater.worker import UpdaterWorker
from tests.support.waiting import eventually


class Tenants:
    """What the worker looks after, with tenants that do as their names say."""

    def __init__(self, clock: FakeClock, *tenants: str) -> None:
        self.woken = asyncio.Event()
        self.tenants = tenants
        self.steps = Counter[str]()
        self.ended = Counter[str]()
        self.settings: dict[str, object] = {}
        self._clock = clock

    async def release_those_of_the_dead(self) -> None:
        pass

    async def under_way(self) -> list[str]:
        return list(self.tenants)

    async def forget_old(self) -> None:
        pass

    def settings_of(self, tenant_id: str) -> object:
        return self.settings.get(tenant_id)

    async def step(self, tenant_id: str) -> int | None:
        self.steps[tenant_id] += 1
        try:
            if tenant_id.startswith("hangs"):
                await asyncio.Event().wait()
            if tenant_id.startswith("fails"):
                raise KeyError(tenant_id)
        finally:
            self.ended[tenant_id] += 1
        return self._clock.now_us() + 1_000_000


def has_more(steps: Counter[str], before: int) -> bool:
    return steps["works"] > before


@asynccontextmanager
async def working(tenants: Any, clock: FakeClock) -> AsyncIterator[None]:
    worker = UpdaterWorker(upkeep=tenants, clock=clock, place_seconds=0.01)
    await worker.start()
    try:
        yield
    finally:
        await worker.stop()


async def test_tenants_that_hang_or_fail_are_in_nobody_elses_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = FakeClock()
    tenants = Tenants(clock, *(f"hangs-{n}" for n in range(9)), "fails", "works")

    async with working(tenants, clock):
        for _ in range(5):
            before = tenants.steps["works"]
            clock.advance(2)
            await eventually(partial(has_more, tenants.steps, before))
        await eventually(lambda: tenants.steps["fails"] > 1)
        assert {tenants.steps[f"hangs-{n}"] for n in range(9)} == {1}
    # Whatever was under way has been ended with it.
    assert {tenants.ended[f"hangs-{n}"] for n in range(9)} == {1}
    assert "KeyError('fails')" not in caplog.text


async def test_what_is_decided_while_a_step_is_under_way_is_looked_at_behind_it() -> None:
    clock = FakeClock()
    tenants = Tenants(clock, "works")
    go_on = asyncio.Event()

    async def step(tenant_id: str) -> int | None:
        tenants.steps[tenant_id] += 1
        await go_on.wait()
        return None

    tenants.step = step  # type: ignore[method-assign]  # one that lasts
    async with working(tenants, clock):
        await eventually(lambda: tenants.steps["works"] == 1)
        tenants.woken.set()
        await eventually(lambda: not tenants.woken.is_set())
        go_on.set()
        await eventually(lambda: tenants.steps["works"] == 2)

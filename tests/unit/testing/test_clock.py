import asyncio
from datetime import UTC, datetime

import pytest

from tenantry.testing import FakeClock
from tests.support.waiting import eventually

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


def test_time_stands_still_until_it_is_advanced() -> None:
    clock = FakeClock(now=NEW_YEAR)
    assert clock.now() == clock.now() == NEW_YEAR
    assert clock.now_us() == NEW_YEAR.timestamp() * 1_000_000
    assert clock.monotonic() == 0.0


def test_advancing_moves_both_clocks_alike() -> None:
    clock = FakeClock(now=NEW_YEAR)
    clock.advance(1.5)
    assert clock.now_us() == NEW_YEAR.timestamp() * 1_000_000 + 1_500_000
    assert clock.monotonic() == 1.5


def test_the_wall_clock_alone_may_be_set_back() -> None:
    clock = FakeClock()
    clock.advance(60)
    clock.set_now(NEW_YEAR)
    assert clock.now() == NEW_YEAR
    assert clock.monotonic() == 60.0
    with pytest.raises(ValueError, match="-1 s"):
        clock.advance(-1)


async def test_sleepers_wake_in_the_order_of_their_times() -> None:
    clock = FakeClock()
    woken: list[int] = []

    async def sleeper(seconds: int) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async with asyncio.TaskGroup() as tasks:
        for seconds in (3, 1, 2):
            tasks.create_task(sleeper(seconds))
        await eventually(lambda: clock.sleeper_count == 3)

        clock.advance(2)
        await eventually(lambda: len(woken) == 2)
        assert woken == [1, 2]
        assert clock.sleeper_count == 1

        clock.advance(1)

    assert woken == [1, 2, 3]


async def test_a_sleeper_that_is_cancelled_is_forgotten() -> None:
    clock = FakeClock()
    sleeper = asyncio.create_task(clock.sleep(1))
    await asyncio.sleep(0)
    sleeper.cancel()
    await asyncio.sleep(0)
    assert clock.sleeper_count == 0
    clock.advance(1)


async def test_sleeping_for_no_time_returns_at_once() -> None:
    await FakeClock().sleep(0)

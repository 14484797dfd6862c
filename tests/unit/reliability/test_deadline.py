"""When the whole must be done."""

import asyncio

import pytest

from tenantry.base.errors import Invalid
from tenantry.reliability import DeadlineExceeded, current_deadline, within
from tenantry.testing import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_outside_of_a_block_there_is_none(clock: FakeClock) -> None:
    assert current_deadline() is None
    with within(1, clock=clock) as deadline:
        assert current_deadline() == deadline
    assert current_deadline() is None


def test_it_comes_nearer_and_passes(clock: FakeClock) -> None:
    with within(2, clock=clock) as deadline:
        clock.advance(1.5)
        assert deadline.remaining() == 0.5
        deadline.check()

        clock.advance(0.5)
        assert (deadline.is_over, deadline.remaining()) == (True, 0)
        with pytest.raises(DeadlineExceeded):
            deadline.check()


def test_a_later_one_inside_does_not_make_it_later(clock: FakeClock) -> None:
    with within(2, clock=clock), within(60, clock=clock) as inner:
        assert inner.remaining() == 2


def test_an_earlier_one_inside_ends_with_its_block(clock: FakeClock) -> None:
    with within(60, clock=clock) as outer:
        with within(2, clock=clock) as inner:
            assert inner.remaining() == 2
        assert current_deadline() == outer


async def test_tasks_and_their_threads_inherit_it_and_others_do_not(clock: FakeClock) -> None:
    async def look() -> object:
        return current_deadline()

    with within(5, clock=clock) as deadline:
        inside = asyncio.create_task(look())
        assert await asyncio.to_thread(current_deadline) == deadline
    outside = asyncio.create_task(look())

    assert await inside == deadline
    assert await outside is None


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_time_of_no_sense_is_refused(seconds: float) -> None:
    with pytest.raises(Invalid, match="seconds"):
        within(seconds)

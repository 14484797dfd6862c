"""One rate over many nodes: blocks of tokens, and what becomes of them."""

import asyncio

import pytest

from tenantry.base.errors import Invalid
from tenantry.reliability import Lease, MemoryAllowance, SharedRateLimiter
from tenantry.reliability.allowance import block_size, granted_of
from tenantry.telemetry import EventRecord, SpanRecord
from tenantry.testing import FakeClock


class CountingAllowance(MemoryAllowance):
    """Counts how often it is asked, and is away or hangs when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.is_away = self.is_hanging = False

    async def lease(self, *, limiter: str, key: str, window: int, wanted: int, limit: int) -> Lease:
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_hanging:
            await asyncio.Event().wait()
        if self.is_away:
            raise OSError("away")
        return await super().lease(
            limiter=limiter, key=key, window=window, wanted=wanted, limit=limit
        )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def nodes(
    clock: FakeClock, count: int, *, limit: int = 100
) -> tuple[CountingAllowance, list[SharedRateLimiter]]:
    allowance = CountingAllowance()
    return allowance, [
        SharedRateLimiter("api", allowance=allowance, limit=limit, clock=clock)
        for _ in range(count)
    ]


async def allowed(node: SharedRateLimiter, count: int) -> int:
    decisions = await asyncio.gather(*(node.is_allowed("k") for _ in range(count)))
    return sum(decision.allowed for decision in decisions)


@pytest.mark.parametrize(
    "wanted, leased, granted", [(10, 0, 10), (10, 95, 5), (10, 100, 0), (10, 120, 0)]
)
def test_no_more_is_granted_than_there_is(wanted: int, leased: int, granted: int) -> None:
    assert granted_of(wanted, leased=leased, limit=100) == granted


@pytest.mark.parametrize(
    "limit, left, size", [(100, 100, 10), (100, 40, 10), (100, 20, 5), (100, 3, 1), (5, 5, 1)]
)
def test_blocks_shrink_with_what_is_left(limit: int, left: int, size: int) -> None:
    assert block_size(limit=limit, left=left) == size


def test_a_block_holds_what_one_request_costs() -> None:
    assert block_size(limit=100, left=100, cost=30) == 30


@pytest.mark.parametrize("limit", [1, 7, 100, 1_000])
async def test_many_nodes_together_allow_exactly_the_limit(limit: int, clock: FakeClock) -> None:
    _, limiters = nodes(clock, 5, limit=limit)

    counts = await asyncio.gather(*(allowed(node, limit) for node in limiters))

    assert sum(counts) == limit


async def test_one_node_alone_may_use_the_whole_limit(clock: FakeClock) -> None:
    _, (node, *_) = nodes(clock, 3)

    assert await allowed(node, 150) == 100


async def test_far_fewer_are_asked_for_than_are_decided(clock: FakeClock) -> None:
    allowance, (node,) = nodes(clock, 1, limit=1_000)

    await allowed(node, 10_000)

    assert allowance.asked < 60


async def test_after_the_time_it_was_told_the_next_window_has_begun(clock: FakeClock) -> None:
    _, limiters = nodes(clock, 2, limit=10)
    for node in limiters:
        await allowed(node, 10)

    refused = await limiters[0].is_allowed("k")
    assert (refused.allowed, refused.remaining) == (False, 0)
    clock.advance(refused.retry_after)
    assert (await limiters[0].is_allowed("k")).allowed


class AtTheEnd(MemoryAllowance):
    """Lets the window end while it is asked for the first time."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self._is_asked = False

    async def lease(self, *, limiter: str, key: str, window: int, wanted: int, limit: int) -> Lease:
        lease = await super().lease(
            limiter=limiter, key=key, window=window, wanted=wanted, limit=limit
        )
        if not self._is_asked:
            self._is_asked = True
            self._clock.advance(60)
        return lease


async def test_nobody_is_refused_because_a_window_ends_while_it_is_leased(clock: FakeClock) -> None:
    node = SharedRateLimiter("api", allowance=AtTheEnd(clock), limit=10, clock=clock)

    decision = await node.is_allowed("k")

    assert (decision.allowed, decision.remaining) == (True, 9)


async def test_only_what_is_leased_is_taken_at_once(
    clock: FakeClock, told: list[EventRecord | SpanRecord]
) -> None:
    allowance, (node,) = nodes(clock, 1, limit=100)
    assert node.try_take("k") is None
    assert allowance.asked == 0
    await node.is_allowed("k")

    taken = [node.try_take("k") is not None for _ in range(12)]

    assert taken == [True] * 9 + [False] * 3
    assert allowance.asked == 1
    assert node.get_status("k").remaining == 90
    assert told == []


async def test_what_is_taken_at_once_is_decided_as_anything_else(clock: FakeClock) -> None:
    _, (asked,) = nodes(clock, 1)
    _, (taken,) = nodes(clock, 1)
    assert await asked.is_allowed("k") == await taken.is_allowed("k")

    for cost in (1, 3, 2):
        clock.advance(0.5)
        assert taken.try_take("k", cost=cost) == await asked.is_allowed("k", cost=cost)


async def test_what_another_window_has_left_is_not_taken(clock: FakeClock) -> None:
    _, (node,) = nodes(clock, 1)
    await node.is_allowed("k")

    clock.advance(60)

    assert node.try_take("k") is None


@pytest.mark.parametrize("limit", [1, 7, 100, 1_000])
async def test_nodes_that_take_what_they_hold_together_allow_exactly_the_limit(
    limit: int, clock: FakeClock
) -> None:
    _, limiters = nodes(clock, 3, limit=limit)

    async def is_allowed(node: SharedRateLimiter) -> bool:
        return (node.try_take("k") or await node.is_allowed("k")).allowed

    allowed = await asyncio.gather(*(is_allowed(node) for node in limiters * limit))

    assert sum(allowed) == limit
    assert [node.try_take("k") for node in limiters] == [None] * 3


@pytest.mark.parametrize("cost", [0, -1, 11])
async def test_a_cost_that_could_never_be_paid_is_refused(cost: int, clock: FakeClock) -> None:
    _, (node,) = nodes(clock, 1, limit=10)

    with pytest.raises(Invalid, match="1 to 10"):
        node.try_take("k", cost=cost)
    with pytest.raises(Invalid, match="1 to 10"):
        await node.is_allowed("k", cost=cost)


async def test_who_pays_much_is_not_refused_for_what_others_spend_meanwhile(
    clock: FakeClock,
) -> None:
    _, (node,) = nodes(clock, 1, limit=100)
    await node.is_allowed("k")

    decisions = await asyncio.gather(
        node.is_allowed("k", cost=20), *(node.is_allowed("k") for _ in range(9))
    )

    assert all(decision.allowed for decision in decisions)


async def test_a_limit_that_was_higher_until_now_is_used_up_and_asked_for_once(
    clock: FakeClock,
) -> None:
    allowance, (before, *_) = nodes(clock, 1, limit=100)
    await allowed(before, 100)
    node = SharedRateLimiter("api", allowance=allowance, limit=10, clock=clock)
    allowance.asked = 0

    assert await allowed(node, 20) == 0

    assert node.get_status("k").remaining == 0
    assert allowance.asked == 1


async def test_a_node_whose_clock_is_behind_gets_nothing_of_what_is_over() -> None:
    allowance = MemoryAllowance()

    async def lease(window: int) -> Lease:
        return await allowance.lease(limiter="api", key="k", window=window, wanted=5, limit=10)

    assert await lease(7) == Lease(5, 5)
    assert await lease(6) == Lease(0, 0)
    assert await lease(7) == Lease(5, 0)
    assert await lease(8) == Lease(5, 5)


async def test_while_the_others_cannot_be_asked_a_node_decides_alone(clock: FakeClock) -> None:
    allowance, (node,) = nodes(clock, 1, limit=10)
    allowance.is_away = True

    assert await allowed(node, 15) == 10

    allowance.is_away = False
    clock.advance(60)
    assert await allowed(node, 15) == 10


async def test_nobody_waits_for_long_for_others_who_do_not_answer(clock: FakeClock) -> None:
    allowance = CountingAllowance()
    allowance.is_hanging = True
    node = SharedRateLimiter(
        "api", allowance=allowance, limit=10, clock=clock, patience_seconds=0.01
    )

    assert await asyncio.wait_for(allowed(node, 100), 5) == 10
    assert allowance.asked == 1

    clock.advance(1)
    await asyncio.wait_for(allowed(node, 100), 5)
    assert allowance.asked == 2


async def test_keys_beyond_the_bound_cost_tokens_and_no_memory(clock: FakeClock) -> None:
    node = SharedRateLimiter("api", allowance=MemoryAllowance(), limit=20, max_keys=10, clock=clock)

    for _ in range(5):
        for number in range(50):
            await node.is_allowed(f"k{number}")

    assert sum([(await node.is_allowed("k0")).allowed for _ in range(50)]) <= 15

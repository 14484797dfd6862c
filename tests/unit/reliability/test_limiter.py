"""The rate limiter: who may, who has to wait, for how long, and what it remembers."""

import threading

import pytest

from tenantry.base.errors import Invalid
from tenantry.reliability import (
    Decision,
    RateLimited,
    RateLimiter,
    api_rate_limit,
    collect_rate_limit,
    strict_rate_limit,
)
from tenantry.reliability.limiter import Way
from tenantry.telemetry import EventRecord, SpanRecord
from tenantry.testing import FakeClock

WAYS: list[Way] = ["gcra", "fixed-window"]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def allowed(limiter: RateLimiter, count: int, key: str = "k") -> int:
    return sum(limiter.is_allowed(key).allowed for _ in range(count))


@pytest.mark.parametrize("way", WAYS)
def test_of_too_many_requests_some_are_refused(way: Way, clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=100, algorithm=way, clock=clock)

    assert allowed(limiter, 105) == 100


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_who_comes_back_after_the_time_it_was_told_is_admitted(
    way: Way, limit: int, clock: FakeClock
) -> None:
    limiter = RateLimiter("api", limit=limit, seconds=0.7, algorithm=way, clock=clock)

    for _ in range(50):
        allowed(limiter, limit + 1)
        refused = limiter.is_allowed("k")
        assert not refused.allowed
        clock.advance(refused.retry_after)
        assert limiter.is_allowed("k").allowed


@pytest.mark.parametrize("way", WAYS)
def test_who_comes_back_a_little_sooner_is_not(way: Way, clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=3, seconds=6, algorithm=way, clock=clock)
    allowed(limiter, 3)

    clock.advance(limiter.is_allowed("k").retry_after - 0.000002)

    assert not limiter.is_allowed("k").allowed


def test_gcra_gives_one_back_whenever_its_time_has_come(clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=60, clock=clock)
    allowed(limiter, 60)

    clock.advance(2.5)
    assert allowed(limiter, 5) == 2


def test_a_burst_may_be_smaller_than_the_limit(clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=60, burst=2, clock=clock)

    assert allowed(limiter, 10) == 2
    clock.advance(1)
    assert allowed(limiter, 10) == 1


def test_a_fixed_window_begins_with_the_first_request(clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=2, seconds=10, algorithm="fixed-window", clock=clock)
    clock.advance(7)

    assert allowed(limiter, 3) == 2
    clock.advance(9)
    assert allowed(limiter, 1) == 0
    clock.advance(1)
    assert allowed(limiter, 3) == 2


@pytest.mark.parametrize("way", WAYS)
def test_keys_do_not_touch_each_other(way: Way, clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=2, algorithm=way, clock=clock)

    assert allowed(limiter, 5, "a") == 2
    assert allowed(limiter, 5, "b") == 2


def test_a_decision_says_what_is_left_and_when_all_is_back(clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=60, clock=clock)
    now = clock.now_us() // 1000

    assert limiter.is_allowed("k") == Decision(
        allowed=True, remaining=59, reset_time=now + 1000, retry_after=0.0
    )
    assert limiter.is_allowed("k", cost=59) == Decision(
        allowed=True, remaining=0, reset_time=now + 60_000, retry_after=0.0
    )
    assert limiter.is_allowed("k", cost=2) == Decision(
        allowed=False, remaining=0, reset_time=now + 60_000, retry_after=2.000001
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_says_when_to_come_back_and_when_all_is_back(way: Way, clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=2, seconds=60, algorithm=way, clock=clock)
    allowed(limiter, 2)

    refused = limiter.is_allowed("k")

    assert refused.retry_after > 0
    assert refused.reset_time == clock.now_us() // 1000 + 60_000
    assert refused.remaining == 0


@pytest.mark.parametrize("way", WAYS)
def test_the_status_costs_nothing(way: Way, clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=2, seconds=60, algorithm=way, clock=clock)
    now = clock.now_us() // 1000

    assert [limiter.get_status("k") for _ in range(10)] == [Decision(True, 2, now, 0.0)] * 10  # noqa: FBT003 - as it is shown
    assert limiter.key_count == 0
    allowed(limiter, 2)
    status = limiter.get_status("k")
    assert (status.allowed, status.remaining) == (False, 0)
    clock.advance(status.retry_after)
    assert limiter.get_status("k").allowed


def test_what_is_refused_costs_nothing(clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=1, seconds=10, clock=clock)
    limiter.is_allowed("k")
    clock.advance(5)

    first, last = limiter.is_allowed("k"), [limiter.is_allowed("k") for _ in range(100)][-1]

    assert first == last


def test_check_raises_with_the_time_to_wait(clock: FakeClock) -> None:
    limiter = RateLimiter("login", limit=1, seconds=10, clock=clock)
    limiter.check("k")

    with pytest.raises(RateLimited, match=r"login: 1 in 10 s") as refused:
        limiter.check("k")
    assert refused.value.retry_after_seconds == pytest.approx(10)
    assert refused.value.details is not None
    clock.advance(refused.value.details["resetTime"] / 1e3 - clock.now_us() / 1e6)
    assert limiter.check("k").allowed


def test_who_was_limited_is_told_to_nobody(
    clock: FakeClock, told: list[EventRecord | SpanRecord]
) -> None:
    limiter = RateLimiter("logins", limit=1, clock=clock)

    allowed(limiter, 2, key="ada@northwind.example")

    assert [(record.name, dict(record.attributes)) for record in told] == [
        ("tenantry.reliability.limited", {"limiter": "logins"})
    ]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_taken_at_once_is_decided_as_anything_else(way: Way, clock: FakeClock) -> None:
    asked = RateLimiter("api", limit=5, seconds=7, algorithm=way, clock=clock)
    taken = RateLimiter("api", limit=5, seconds=7, algorithm=way, clock=clock)

    for cost in (1, 2, 3, 1, 1, 1, 5, 2) * 5:
        decision = asked.is_allowed("k", cost=cost)
        assert taken.try_take("k", cost=cost) == (decision if decision.allowed else None)
        clock.advance(0.9)


@pytest.mark.parametrize("way", WAYS)
def test_who_takes_in_vain_takes_nothing_and_nobody_is_told(
    way: Way, clock: FakeClock, told: list[EventRecord | SpanRecord]
) -> None:
    limiter = RateLimiter("api", limit=2, seconds=10, algorithm=way, clock=clock)
    limiter.try_take("k", cost=2)
    before = limiter.get_status("k")

    assert [limiter.try_take("k") for _ in range(50)] == [None] * 50

    assert limiter.get_status("k") == before
    assert told == []


@pytest.mark.parametrize("way", WAYS)
def test_both_ways_of_taking_share_the_same_tokens(way: Way, clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=7, algorithm=way, clock=clock)

    taken = [limiter.try_take("k") is not None for _ in range(4)]

    assert taken == [True] * 4
    assert allowed(limiter, 5) == 3
    assert limiter.try_take("k") is None


def test_a_reset_gives_all_back(clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=2, clock=clock)
    allowed(limiter, 5)

    limiter.reset("k")

    assert allowed(limiter, 5) == 2


@pytest.mark.parametrize("way", WAYS)
def test_keys_that_have_rested_are_forgotten_as_others_come(way: Way, clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=10, seconds=1, algorithm=way, clock=clock)

    for number in range(10_000):
        limiter.is_allowed(f"k{number}")
        clock.advance(0.1)

    assert limiter.key_count < 40


@pytest.mark.parametrize("way", WAYS)
def test_a_flood_of_keys_is_bounded_and_gives_no_fresh_start(way: Way, clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=2, algorithm=way, max_keys=100, clock=clock)
    assert allowed(limiter, 3, "attacker") == 2

    flood = sum(limiter.is_allowed(f"k{number}").allowed for number in range(10_000))

    assert limiter.key_count <= 101
    assert flood <= 99 + 2
    assert not limiter.is_allowed("attacker").allowed


def test_a_wall_clock_that_is_set_back_changes_no_decision(clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=1, seconds=10, clock=clock)
    limiter.is_allowed("k")
    clock.set_now(clock.now().replace(year=1999))
    clock.advance(10)

    assert limiter.is_allowed("k").allowed


def test_threads_together_get_what_one_would_get(clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=1_000, clock=clock)
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(allowed(limiter, 500))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(counts) == 1_000


def test_the_presets_have_the_documented_rates() -> None:
    presets = (api_rate_limit, collect_rate_limit, strict_rate_limit)

    assert [(preset.rate.limit, preset.rate.seconds) for preset in presets] == [
        (100, 60),
        (50, 60),
        (10, 60),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 1, "seconds": 0},
        {"limit": 1, "burst": 0},
        {"limit": 1, "max_keys": 0},
        {"limit": 1, "burst": 1, "algorithm": "fixed-window"},
    ],
)
def test_a_limiter_of_no_sense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid, match="wants"):
        RateLimiter("api", **wrong)  # type: ignore[arg-type]  # that is what is refused


@pytest.mark.parametrize("cost", [0, -1, 3])
def test_a_cost_that_could_never_be_paid_is_refused(cost: int, clock: FakeClock) -> None:
    limiter = RateLimiter("api", limit=2, clock=clock)

    for ask in (limiter.is_allowed, limiter.try_take):
        with pytest.raises(Invalid, match="1 to 2"):
            ask("k", cost=cost)

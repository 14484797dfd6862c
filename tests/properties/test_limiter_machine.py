"""The rate limiter against plain models: exact fractions, and lists of what was allowed."""

from fractions import Fraction
from typing import Protocol

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tenantry.reliability import RateLimiter
from tenantry.reliability.limiter import Way
from tenantry.testing import FakeClock

pytestmark = pytest.mark.soak

LIMIT = 7
SECONDS = 3
NAMES = ["a", "b", "c", "d", "ü"]
KEYS = st.sampled_from(NAMES)
MICROSECOND = Fraction(1, 1_000_000)


class KeyModel(Protocol):
    def left(self, now: Fraction) -> Fraction: ...

    def spend(self, now: Fraction, cost: int) -> None: ...

    def wait(self, now: Fraction, cost: int) -> Fraction: ...

    def reset(self, now: Fraction) -> Fraction: ...


class TokenBucket:
    """Tokens that come back at a steady rate, in exact fractions: what GCRA is equal to."""

    def __init__(self) -> None:
        self.tokens = Fraction(LIMIT)
        self.at = Fraction(0)
        self.pace = Fraction(LIMIT, SECONDS)

    def left(self, now: Fraction) -> Fraction:
        return min(Fraction(LIMIT), self.tokens + (now - self.at) * self.pace)

    def spend(self, now: Fraction, cost: int) -> None:
        self.tokens, self.at = self.left(now) - cost, now

    def wait(self, now: Fraction, cost: int) -> Fraction:
        return max(Fraction(0), (cost - self.left(now)) / self.pace)

    def reset(self, now: Fraction) -> Fraction:
        return (LIMIT - self.left(now)) / self.pace


class CountedWindow:
    """Every request that was allowed in the window that the first of them began."""

    def __init__(self) -> None:
        self.spent: list[tuple[Fraction, int]] = []

    def left(self, now: Fraction) -> Fraction:
        if self.spent and now - self.spent[0][0] >= SECONDS:
            self.spent = []
        return Fraction(LIMIT - sum(cost for _, cost in self.spent))

    def spend(self, now: Fraction, cost: int) -> None:
        self.left(now)
        self.spent.append((now, cost))

    def wait(self, now: Fraction, cost: int) -> Fraction:
        return Fraction(0) if self.left(now) >= cost else self.reset(now)

    def reset(self, now: Fraction) -> Fraction:
        self.left(now)
        return self.spent[0][0] + SECONDS - now if self.spent else Fraction(0)


MODELS: dict[Way, type[TokenBucket | CountedWindow]] = {
    "gcra": TokenBucket,
    "fixed-window": CountedWindow,
}


class LimiterMachine(RuleBasedStateMachine):
    """As many keys as may be remembered, so that forgetting must not show."""

    def __init__(self, way: Way) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.limiter = RateLimiter(
            "model",
            limit=LIMIT,
            seconds=SECONDS,
            algorithm=way,
            max_keys=len(NAMES),
            clock=self.clock,
        )
        self.models: dict[str, KeyModel] = {name: MODELS[way]() for name in NAMES}
        self.waits = [0.0]

    @property
    def now(self) -> Fraction:
        # As the limiter does: its clock counts in floats, and it in whole microseconds.
        return int(self.clock.monotonic() * 1e6) * MICROSECOND

    @rule(key=KEYS, cost=st.integers(1, LIMIT))
    def ask(self, key: str, cost: int) -> None:
        model, now = self.models[key], self.now
        expected = model.left(now) >= cost
        wait = model.wait(now, cost)
        if expected:
            model.spend(now, cost)

        decision = self.limiter.is_allowed(key, cost=cost)

        assert decision.allowed == expected
        assert decision.remaining == int(model.left(now))
        assert decision.retry_after == pytest.approx(float(wait), abs=3e-6)
        assert decision.retry_after >= wait
        in_ms = decision.reset_time - self.clock.now_us() / 1000
        assert in_ms == pytest.approx(float(model.reset(now)) * 1000, abs=1.1)
        self.waits.append(decision.retry_after)

    @rule(key=KEYS, cost=st.integers(1, LIMIT))
    def take(self, key: str, cost: int) -> None:
        model, now = self.models[key], self.now
        expected = model.left(now) >= cost
        if expected:
            model.spend(now, cost)

        decision = self.limiter.try_take(key, cost=cost)

        assert (decision is not None) == expected
        assert decision is None or decision.remaining == int(model.left(now))

    @rule(key=KEYS)
    def look(self, key: str) -> None:
        status = self.limiter.get_status(key)

        left = self.models[key].left(self.now)
        assert (status.allowed, status.remaining) == (left >= 1, int(left))

    @rule(seconds=st.sampled_from([0.000001, 0.1, 0.428571, 0.428572, 1, 2.9, 3, 60]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def wait_as_told(self) -> None:
        self.clock.advance(self.waits[-1])

    @rule(key=KEYS, cost=st.integers(1, LIMIT))
    def wait_until_it_is_allowed(self, key: str, cost: int) -> None:
        decision = self.limiter.is_allowed(key, cost=cost)
        if not decision.allowed:
            self.clock.advance(decision.retry_after)
            assert self.limiter.is_allowed(key, cost=cost).allowed
        self.models[key].spend(self.now, cost)

    @invariant()
    def memory_is_bounded(self) -> None:
        assert self.limiter.key_count <= len(NAMES)


@pytest.mark.parametrize("way", MODELS)
def test_the_limiter_does_what_its_model_does(way: Way) -> None:
    def machine() -> LimiterMachine:
        return LimiterMachine(way)

    run_state_machine_as_test(machine)  # type: ignore[arg-type]  # any factory will do

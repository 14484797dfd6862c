"""Overrides of a breaker that are laid one upon another."""

import math

import pytest

from tenantry.reliability import CircuitBreaker
from tenantry.testing import FakeClock


@pytest.mark.parametrize("held_seconds", [math.inf, 3600.0])
def test_one_that_was_held_open_and_then_disabled_is_judged_and_tries_again(
    held_seconds: float,
) -> None:
    clock = FakeClock()
    breaker = CircuitBreaker("api", recovery_timeout=10, clock=clock)
    breaker.force_open(seconds=held_seconds)

    breaker.disable(seconds=60)
    clock.advance(61)

    assert breaker.override is None
    assert breaker.execute(str).is_ok()
    assert breaker.state == "closed"


def test_what_would_try_again_sooner_still_does() -> None:
    clock = FakeClock()
    breaker = CircuitBreaker("api", recovery_timeout=10, clock=clock)
    breaker.force_open(seconds=2)

    breaker.disable(seconds=60)
    clock.advance(3)

    assert breaker.execute(str).is_ok()
    assert (breaker.state, breaker.override) == ("closed", "disabled")

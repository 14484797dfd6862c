"""The circuit breaker against its model: calls that overlap, time, and operators."""

import math
from contextlib import suppress

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tenantry.reliability import BreakerGuard, BreakerOpen, CircuitBreaker, Consecutive, FailureRate
from tenantry.testing import FakeClock
from tests.properties.breaker_model import BreakerModel, Call

pytestmark = pytest.mark.soak

RULES: dict[str, Consecutive | FailureRate] = {
    "in a row": Consecutive(3, 5.0),
    "of calls": FailureRate(rate=0.5, calls=6, least_calls=3),
    "of a time": FailureRate(rate=0.5, seconds=10.0, least_calls=3),
    "of slow calls": FailureRate(
        rate=1.0, calls=8, least_calls=2, slow_seconds=2.0, slow_rate=0.25
    ),
}


class Ignored(Exception):
    """Proves nothing."""


class BreakerMachine(RuleBasedStateMachine):
    """One breaker, and callers who come and go in any order."""

    under_way = Bundle("under_way")

    def __init__(self, judged_by: Consecutive | FailureRate, permits: int) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.breaker = CircuitBreaker(
            "model",
            failure_threshold=3,
            monitor_timeout=5.0,
            recovery_timeout=10.0,
            half_open_permits=permits,
            failure_rate=judged_by if isinstance(judged_by, FailureRate) else None,
            ignored=(Ignored,),
            clock=self.clock,
        )
        self.model = BreakerModel(judged_by, recovery=10.0, permits=permits)
        self.failures = self.successes = 0

    @rule(target=under_way)
    def begin(self) -> object:
        guard = self.breaker.guard()
        call = self.model.enter(self.clock.monotonic())
        if call is None:
            with pytest.raises(BreakerOpen):
                guard.__enter__()
            return multiple()
        guard.__enter__()
        return guard, call

    @rule(each=consumes(under_way), ending=st.sampled_from(["success", "failure", "ignored"]))
    def end(self, each: tuple[BreakerGuard, Call], ending: str) -> None:
        guard, call = each
        error = {"success": None, "failure": OSError("no"), "ignored": Ignored()}[ending]
        guard.__exit__(type(error) if error else None, error, None)
        self.model.leave(call, ending, self.clock.monotonic())
        self.failures += ending == "failure"
        self.successes += ending == "success"

    @rule(ending=st.sampled_from(["success", "failure"]))
    def call_at_once(self, ending: str) -> None:
        def work() -> None:
            if ending == "failure":
                raise OSError

        now = self.clock.monotonic()
        call = self.model.enter(now)
        with suppress(OSError):
            assert self.breaker.execute(work).is_err() == (call is None or ending == "failure")
        if call is not None:
            self.model.leave(call, ending, now)
            self.failures += ending == "failure"
            self.successes += ending == "success"

    @rule(seconds=st.sampled_from([0.5, 1, 2, 4.5, 5, 10, 30]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(
        override=st.sampled_from(["open", "closed", "disabled"]),
        seconds=st.sampled_from([1.0, 10.0, math.inf]),
    )
    def an_operator_decides(self, override: str, seconds: float) -> None:
        force = {
            "open": self.breaker.force_open,
            "closed": self.breaker.force_closed,
            "disabled": self.breaker.disable,
        }[override]
        force(seconds=seconds)
        self.model.lay_upon(override, seconds, self.clock.monotonic())

    @rule()
    def an_operator_resets(self) -> None:
        self.breaker.reset()
        self.model.reset()
        self.failures = self.successes = 0

    @invariant()
    def both_stand_in_the_same_place(self) -> None:
        self.model.passes(self.clock.monotonic())
        assert self.breaker.state == self.model.phase
        assert self.breaker.override == self.model.override
        stats = self.breaker.stats()
        assert stats.opened_total == self.model.opened_total
        assert (stats.failure_count, stats.success_count) == (self.failures, self.successes)


@pytest.mark.parametrize("permits", [1, 3])
@pytest.mark.parametrize("judged_by", RULES.values(), ids=RULES)
def test_the_breaker_does_what_its_model_does(
    judged_by: Consecutive | FailureRate, permits: int
) -> None:
    def machine() -> BreakerMachine:
        return BreakerMachine(judged_by, permits)

    run_state_machine_as_test(machine)  # type: ignore[arg-type]  # any factory will do

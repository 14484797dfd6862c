"""Whatever comes of requests, in whatever order, no window that was announced is overdrawn."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st
from multidict import CIMultiDict

from tenantry.collector.remote.appview.budget import ServiceBudget
from tenantry.collector.remote.appview.headers import told_by
from tenantry.testing import FakeClock
from tenantry.testing.appview import Limits

FATES = st.sampled_from(["answered", "answered", "answered", "bare", "lost"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.just(0.0), st.just("")),
        st.tuples(st.just("end"), st.integers(0, 7), FATES),
        st.tuples(st.just("pass"), st.sampled_from([0.01, 0.4, 1.0, 4.0, 9.0]), st.just("")),
    ),
    max_size=120,
)


ASK = ("ask", 0.0, "")
# Two are under way, and the later one ends first: with an answer, or with none that says anything.
LATER_FIRST = [ASK, ("end", 0, "answered"), ASK, ASK, ("end", 1, "answered")]
LATER_BARE = [*LATER_FIRST[:-1], ("end", 1, "bare")]


class _World:
    """A service, and a client of it that asks whenever its budget lets it."""

    def __init__(self, *, limit: int, window_seconds: float, skew: float) -> None:
        self.clock = FakeClock()
        self.limits = Limits(limit=limit, window_seconds=window_seconds, clock=self.clock)
        self.budget = ServiceBudget()
        self.under_way: list[tuple[dict[str, str], int]] = []
        self._is_announced = False
        self._skew = timedelta(seconds=skew)

    def ask(self) -> None:
        """Send a request where one may be sent; the service counts it at once."""
        if self.budget.delay(self.clock.monotonic(), len(self.under_way)) == 0.0:
            self.limits.admit()
            told = self.limits.headers(retry_after=False)
            self.under_way.append((told, self.budget.lost_count))

    def end(self, index: int, fate: str) -> None:
        """Have one of those under way come to an end, not always the first."""
        if not self.under_way:
            return
        headers, lost_before = self.under_way.pop(index % len(self.under_way))
        now = self.clock.monotonic()
        # Nobody can keep to a limit that was never told.
        fate = fate if self._is_announced else "answered"
        self._is_announced = True
        if fate == "lost":
            self.budget.lose(now)
        else:
            told = headers if fate == "answered" else {}
            wall = datetime(2024, 1, 15, tzinfo=UTC) + self._skew
            found = told_by(CIMultiDict(told), now=wall)
            self.budget.hear(found, now, lost_before=lost_before)


@given(
    steps=STEPS,
    limit=st.integers(1, 6),
    window_seconds=st.sampled_from([1.0, 3.5, 10.0]),
    skew=st.sampled_from([0.0, -3600.0, 1e8]),
)
@example(steps=[*LATER_FIRST, ("end", 0, "answered"), ASK], limit=3, window_seconds=10.0, skew=0.0)
@example(steps=[*LATER_BARE, ("end", 0, "answered"), ASK], limit=3, window_seconds=10.0, skew=0.0)
def test_no_window_is_overdrawn(
    steps: list[tuple[str, float, str]], limit: int, window_seconds: float, skew: float
) -> None:
    world = _World(limit=limit, window_seconds=window_seconds, skew=skew)

    for step, value, fate in steps:
        if step == "ask":
            world.ask()
        elif step == "end":
            world.end(int(value), fate)
        else:
            world.clock.advance(value)

    overdrawn = [one for one in world.limits.violations if one.reason.startswith("number")]
    assert overdrawn == []


@given(steps=STEPS, limit=st.integers(1, 6))
def test_whoever_is_answered_may_ask_again_in_the_end(
    steps: list[tuple[str, float, str]], limit: int
) -> None:
    world = _World(limit=limit, window_seconds=10.0, skew=0.0)
    for step, value, fate in steps:
        if step == "ask":
            world.ask()
        elif step == "end":
            world.end(int(value), fate)
        else:
            world.clock.advance(value)
    while world.under_way:
        world.end(0, "lost")

    # However wrong things went: two windows later there is one that is known to be new.
    delay = world.budget.delay(world.clock.monotonic(), 0)
    assert delay is not None
    assert not math.isinf(delay)
    assert delay <= 21.0
    # As the gate does: a clock that counts in microseconds may be that much too early.
    world.clock.advance(delay + 2e-6)
    assert world.budget.delay(world.clock.monotonic(), 0) == 0.0

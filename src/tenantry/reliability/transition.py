"""What a circuit breaker does next: pure functions from a state, an event and the time.

Every state has an `epoch`, and every call is admitted in one. A result of another epoch than the
present one is late: it was decided on before the breaker moved, and moves nothing. That is why a
success that began before the trip cannot close it.

An override is laid upon the state. `open` and `closed` hold it there until they end; under
`disabled` the breaker goes on judging, and refuses nobody.
"""

import math
from typing import Literal, TypeAlias

import msgspec

from tenantry.reliability.window import (
    Ending,
    Row,
    Rule,
    Window,
    empty_window,
)

Phase: TypeAlias = Literal["closed", "open", "half-open"]
Override: TypeAlias = Literal["open", "closed", "disabled"]

UNCOUNTED = -1
"""The epoch of a call whose result moves nothing, whatever it is."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a breaker was made with."""

    rule: Rule
    recovery_seconds: float
    half_open_permits: int


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where a breaker stands; instants are of a monotonic clock.

    Half-open has given out `permits_left` less than all permits. When those who hold them have not
    answered by `retry_at`, others are asked.
    """

    phase: Phase
    epoch: int
    window: Window
    retry_at: float = 0.0
    permits_left: int = 0
    success_count: int = 0
    override: Override | None = None
    override_until: float = math.inf

    @property
    def is_quiet(self) -> bool:
        """Whether one more success would change nothing."""
        is_undisturbed = self.phase == "closed" and self.override is None
        return is_undisturbed and isinstance(self.window, Row) and not self.window.times


def initial_state(terms: Terms) -> State:
    """Return the state of a new breaker."""
    return State(phase="closed", epoch=0, window=empty_window(terms.rule))


def admit(state: State, terms: Terms, now: float) -> tuple[State, int | None]:
    """Ask to make a call: returns the epoch it belongs to, or None where it may not be made."""
    state = settle(state, terms, now)

    if state.override == "closed":
        return state, UNCOUNTED
    if state.phase == "closed":
        return state, state.epoch
    if state.override != "open":
        if state.permits_left == 0 and now >= state.retry_at:
            state = _half_opened(state, terms, now)
        if state.phase == "half-open" and state.permits_left > 0:
            left = state.permits_left - 1
            return msgspec.structs.replace(state, permits_left=left), state.epoch

    return state, UNCOUNTED if state.override == "disabled" else None


def record(state: State, terms: Terms, epoch: int, ending: Ending, now: float) -> State:
    """Tell how a call of `epoch` has ended."""
    state = settle(state, terms, now)
    if epoch != state.epoch or state.phase == "open":
        return state
    if state.phase == "half-open":
        return _tried(state, terms, ending, now)

    window = state.window.noted(ending, now)
    if window.is_tripped(now):
        return _opened(state, terms, now)
    return state if window is state.window else msgspec.structs.replace(state, window=window)


def give_back(state: State, epoch: int) -> State:
    """Take back the permit of a call of `epoch` that ended and proves nothing."""
    if epoch != state.epoch or state.phase != "half-open":
        return state
    return msgspec.structs.replace(state, permits_left=state.permits_left + 1)


def lay_upon(
    state: State, terms: Terms, override: Override, now: float, *, seconds: float
) -> State:
    """Hold a breaker open or closed, or disable it, for `seconds`."""
    state = settle(state, terms, now)
    if override == "open":
        state = _opened(state, terms, now)
        # When it ends, the next caller is the first to try.
        state = msgspec.structs.replace(state, retry_at=now + seconds)
    elif override == "closed":
        state = _closed(state, terms)
    elif state.override == "open":
        # What was to hold it open is over: it tries again as if it had opened by itself.
        soon = min(state.retry_at, now + terms.recovery_seconds)
        state = msgspec.structs.replace(state, retry_at=soon)
    return msgspec.structs.replace(state, override=override, override_until=now + seconds)


def reset(state: State, terms: Terms) -> State:
    """Close a breaker and forget everything, overrides too."""
    return msgspec.structs.replace(_closed(state, terms), override=None, override_until=math.inf)


def settle(state: State, terms: Terms, now: float) -> State:
    """Return the state with an override gone whose time is over."""
    if state.override is None or now < state.override_until:
        return state
    if state.override == "closed":
        return _closed(state, terms)
    return msgspec.structs.replace(state, override=None, override_until=math.inf)


def _tried(state: State, terms: Terms, ending: Ending, now: float) -> State:
    if ending != "success":
        return _opened(state, terms, now)
    if state.success_count + 1 >= terms.half_open_permits:
        return _closed(state, terms)
    return msgspec.structs.replace(state, success_count=state.success_count + 1)


def _closed(state: State, terms: Terms) -> State:
    return State(
        phase="closed",
        epoch=state.epoch + 1,
        window=empty_window(terms.rule),
        override=state.override if state.override == "disabled" else None,
        override_until=state.override_until if state.override == "disabled" else math.inf,
    )


def _opened(state: State, terms: Terms, now: float) -> State:
    return msgspec.structs.replace(
        state,
        phase="open",
        epoch=state.epoch + 1,
        window=empty_window(terms.rule),
        retry_at=now + terms.recovery_seconds,
        permits_left=0,
        success_count=0,
    )


def _half_opened(state: State, terms: Terms, now: float) -> State:
    return msgspec.structs.replace(
        state,
        phase="half-open",
        epoch=state.epoch + 1,
        retry_at=now + terms.recovery_seconds,
        permits_left=terms.half_open_permits,
        success_count=0,
    )

"""A circuit breaker: who fails often is left alone for a while, then tried by a few.

    breaker = CircuitBreaker("billing", failure_threshold=5, recovery_timeout=30)
    invoice = breaker.call(fetch_invoice, "i-17")

Safe with any number of threads and tasks. While it is closed and all goes well a call takes no
lock; whatever changes its state does, and never while it waits for the call.
"""

import inspect
import math
import threading
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast, overload

import msgspec

from tenantry.base import Clock, SystemClock
from tenantry.base.errors import Invalid
from tenantry.reliability.errors import BreakerOpen, Refused
from tenantry.reliability.result import Err, Ok, Outcome
from tenantry.reliability.tally import Tally
from tenantry.reliability.transition import (
    UNCOUNTED,
    Override,
    Phase,
    State,
    Terms,
    admit,
    give_back,
    initial_state,
    lay_upon,
    record,
    reset,
    settle,
)
from tenantry.reliability.window import Consecutive, Ending, FailureRate
from tenantry.telemetry import emit

P = ParamSpec("P")
T = TypeVar("T")

_SYSTEM_CLOCK = SystemClock()
# How soon to come again while others are trying, who may be done at any moment.
_WHILE_TRYING_SECONDS = 1.0


class BreakerStats(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a breaker has seen since it was made or reset; times are milliseconds since 1970."""

    state: Phase
    failure_count: int
    success_count: int
    last_failure_time: int | None
    next_attempt_at: int | None
    opened_total: int


class CircuitBreaker:
    """Opens after `failure_threshold` failures in a row within `monitor_timeout` seconds.

    With a `failure_rate` that decides instead of these two. Open, it refuses every call with
    `BreakerOpen`. After `recovery_timeout` seconds it is half-open: exactly `half_open_permits`
    calls are let through; when all of them succeed it closes, and with the first failure it opens
    again. Those that have not answered after another `recovery_timeout` are given up.

    What is raised of the kinds in `ignored`, or what `is_failure` denies, is neither a failure nor
    a success; nor is a cancellation, nor what another guard of this kit has refused.
    """

    def __init__(
        self,
        name: str,
        *,
        failure_threshold: int = 5,
        recovery_timeout: float = 30.0,
        monitor_timeout: float = 5.0,
        half_open_permits: int = 1,
        failure_rate: FailureRate | None = None,
        ignored: tuple[type[Exception], ...] = (),
        is_failure: Callable[[Exception], bool] | None = None,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        if recovery_timeout <= 0 or half_open_permits < 1:
            raise Invalid(
                f"breaker {name}: got recovery_timeout {recovery_timeout} and half_open_permits "
                f"{half_open_permits}, wants recovery_timeout > 0 and half_open_permits >= 1"
            )

        self.name = name
        rule = failure_rate or Consecutive(failure_threshold, monitor_timeout)
        self._terms = Terms(
            rule=rule, recovery_seconds=recovery_timeout, half_open_permits=half_open_permits
        )
        self._slow_seconds = (failure_rate and failure_rate.slow_seconds) or math.inf
        self._ignored = (*ignored, Refused)
        self._is_failure = is_failure
        self._clock = clock
        self._is_pass_through = False
        self._lock = threading.Lock()
        self._successes = Tally()
        self._failure_count = self._opened_total = 0
        self._last_failure_us: int | None = None
        self._state = initial_state(self._terms)
        # The state while one more success would change nothing, else None: all that the quickest
        # way through reads.
        self._quiet = self._state if self._state.is_quiet else None

    @property
    def state(self) -> Phase:
        """`closed`, `open` or `half-open`."""
        return self._settled().phase

    @property
    def override(self) -> Override | None:
        """What an operator has laid upon it: `open`, `closed`, `disabled`, or nothing."""
        return self._settled().override

    @property
    def is_pass_through(self) -> bool:
        """Whether it refuses nobody, for good."""
        return self._is_pass_through

    def stats(self) -> BreakerStats:
        """Return what it has seen and where it stands."""
        state = self._settled()
        is_waiting = state.phase == "open" and state.retry_at < math.inf
        away = max(0.0, state.retry_at - self._clock.monotonic()) if is_waiting else 0.0
        return BreakerStats(
            state=state.phase,
            failure_count=self._failure_count,
            success_count=self._successes.value,
            last_failure_time=_milliseconds(self._last_failure_us),
            next_attempt_at=_milliseconds(self._clock.now_us() + round(away * 1e6))
            if is_waiting
            else None,
            opened_total=self._opened_total,
        )

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` and return what it returns; raises what it raises, or `BreakerOpen`."""
        quiet = self._quiet
        epoch, started_at = self._enter() if quiet is None else (quiet.epoch, 0.0)

        try:
            value = function(*args, **kwargs)
        except BaseException as error:  # whatever ends the call gives its probe back
            self._leave(epoch, error, started_at)
            raise

        if quiet is not None and self._quiet is quiet:
            self._successes.add()
        else:
            self._leave(epoch, None, started_at)
        return value

    async def acall(
        self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Await `function` and return what it returns; raises what it raises, or `BreakerOpen`."""
        quiet = self._quiet
        epoch, started_at = self._enter() if quiet is None else (quiet.epoch, 0.0)

        try:
            value = await function(*args, **kwargs)
        except BaseException as error:  # whatever ends the call gives its probe back
            self._leave(epoch, error, started_at)
            raise

        if quiet is not None and self._quiet is quiet:
            self._successes.add()
        else:
            self._leave(epoch, None, started_at)
        return value

    @overload
    def execute(  # type: ignore[overload-overlap]  # a coroutine is a T too, and is meant first
        self, function: Callable[[], Coroutine[Any, Any, T]]
    ) -> Coroutine[Any, Any, Outcome[T, Exception]]: ...

    @overload
    def execute(self, function: Callable[[], T]) -> Outcome[T, Exception]: ...

    def execute(self, function: Callable[[], Any]) -> Any:
        """Call `function` and return its outcome; of an `async def`, what is to be awaited for it.

        An `Err` holds what was raised, or `BreakerOpen`. A plain function that returns an awaitable
        is for `aexecute`.
        """
        if inspect.iscoroutinefunction(function):
            return self.aexecute(function)

        try:
            value = self.call(function)
        except Exception as error:  # noqa: BLE001 - to make a value of what is raised is its purpose
            return Err(error)
        if inspect.iscoroutine(value):
            value.close()
            raise TypeError(f"{function!r} returns a coroutine: aexecute awaits it")
        return Ok(value)

    async def aexecute(self, function: Callable[[], Awaitable[T]]) -> Outcome[T, Exception]:
        """Await `function` and return its outcome: an `Err` of what it raised, or `BreakerOpen`."""
        try:
            return Ok(await self.acall(function))
        except Exception as error:  # noqa: BLE001 - to make a value of what is raised is its purpose
            return Err(error)

    def guard(self) -> "BreakerGuard":
        """Return a `with` block, or an `async with` one, that counts as one call."""
        return BreakerGuard(self)

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Decorate a function, or an `async def`, so that every call of it goes through here."""
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
                return await self.acall(function, *args, **kwargs)

            return cast("Callable[P, T]", awaited)

        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> T:
            return self.call(function, *args, **kwargs)

        return called

    def force_open(self, *, seconds: float = math.inf) -> None:
        """Refuse every call; after `seconds` the next one may try."""
        self._lay_upon("open", seconds)

    def force_closed(self, *, seconds: float = math.inf) -> None:
        """Let every call through and judge none; after `seconds` it is closed, and begins anew."""
        self._lay_upon("closed", seconds)

    def disable(self, *, seconds: float = math.inf) -> None:
        """Go on judging, and refuse nobody for `seconds`: its state says what it would do."""
        self._lay_upon("disabled", seconds)

    def pass_through(self) -> None:
        """Refuse nobody from now on, also when forced open or reset: it only judges and counts."""
        self._is_pass_through = True

    def reset(self) -> None:
        """Close it, without any override, and forget what it has seen."""
        with self._lock:
            self._successes = Tally()
            self._failure_count = self._opened_total = 0
            self._last_failure_us = None
            before, after = self._move(reset(self._state, self._terms))
        self._tell(before, after, "reset")

    def _enter(self) -> tuple[int, float]:
        """Return the epoch of a call that may be made, and the time; raises `BreakerOpen`."""
        now = self._clock.monotonic()
        state = self._state
        if state.phase == "closed" and state.override is None:
            return state.epoch, now

        with self._lock:
            before = self._state
            after, epoch = admit(before, self._terms, now)
            self._move(after)
        self._tell(before, after, "recovery")
        if epoch is not None:
            return epoch, now
        if self._is_pass_through:
            return UNCOUNTED, now
        raise self._refusal(after, now)

    def _leave(self, epoch: int, error: BaseException | None, started_at: float) -> None:
        """Record how a call ended; `started_at` matters only where slowness counts."""
        now = self._clock.monotonic()
        ending = self._ending(error, now - started_at)
        with self._lock:
            before = after = self._state
            if ending is None:
                after = give_back(before, epoch)
            else:
                self._count(ending)
                after = record(before, self._terms, epoch, ending, now)
            self._move(after)
        self._tell(before, after, ending or "ignored")

    def _ending(self, error: BaseException | None, seconds: float) -> Ending | None:
        if error is None:
            return "slow" if seconds >= self._slow_seconds else "success"
        if not isinstance(error, Exception) or isinstance(error, self._ignored):
            return None
        if self._is_failure is not None and not self._is_failure(error):
            return None
        return "failure"

    def _count(self, ending: Ending) -> None:
        if ending == "failure":
            self._failure_count += 1
            self._last_failure_us = self._clock.now_us()
        else:
            self._successes.add()

    def _lay_upon(self, override: Override, seconds: float) -> None:
        if not seconds > 0:
            raise Invalid(field="seconds", got=seconds, wants="more than 0")
        now = self._clock.monotonic()
        with self._lock:
            state = lay_upon(self._state, self._terms, override, now, seconds=seconds)
            before, after = self._move(state)
        self._tell(before, after, f"forced {override}")

    def _settled(self) -> State:
        return settle(self._state, self._terms, self._clock.monotonic())

    def _move(self, after: State) -> tuple[State, State]:
        """Take `after` as the state; the lock is held."""
        before = self._state
        if after is not before:
            self._state = after
            self._quiet = after if after.is_quiet else None
            self._opened_total += after.phase == "open" and before.epoch != after.epoch
        return before, after

    def _tell(self, before: State, after: State, reason: str) -> None:
        if before.epoch == after.epoch and before.override == after.override:
            return
        emit(
            "tenantry.reliability.breaker_moved",
            breaker=self.name,
            before=before.phase,
            after=after.phase,
            override=after.override,
            reason=reason,
        )

    def _refusal(self, state: State, now: float) -> BreakerOpen:
        emit("tenantry.reliability.breaker_refused", breaker=self.name, state=state.phase)
        is_trying = state.phase == "half-open"
        most = _WHILE_TRYING_SECONDS if is_trying else self._terms.recovery_seconds
        seconds = min(most, max(0.0, state.retry_at - now)) if state.override is None else most
        return BreakerOpen(
            f"breaker {self.name} is {state.phase}: come again in {seconds:.3f} s",
            retry_after_seconds=seconds,
            details={"breaker": self.name, "state": state.phase},
        )


class BreakerGuard:
    """One call through a breaker, as a block; what is raised inside decides how it ended."""

    __slots__ = ("_breaker", "_epoch", "_started_at")

    def __init__(self, breaker: CircuitBreaker) -> None:
        self._breaker = breaker
        self._epoch = UNCOUNTED
        self._started_at = 0.0

    def __enter__(self) -> Self:
        self._epoch, self._started_at = self._breaker._enter()  # noqa: SLF001 - the two are one thing
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._breaker._leave(self._epoch, error, self._started_at)  # noqa: SLF001 - as above

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)


def _milliseconds(microseconds: int | None) -> int | None:
    return None if microseconds is None else microseconds // 1000

"""A pipeline: the guards of one dependency, in the one order that makes sense.

    deadline > bulkhead > limiter > retry > breaker > timeout > the call

The deadline bounds everything, waiting too. A call that is retried keeps its place and is limited
once. The breaker sees each attempt, and a time-out as the failure that it is.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenantry.base import Clock, SystemClock
from tenantry.base.errors import Invalid
from tenantry.reliability.breaker import CircuitBreaker
from tenantry.reliability.bulkhead import Bulkhead
from tenantry.reliability.deadline import current_deadline, seconds_left, within
from tenantry.reliability.errors import DeadlineExceeded
from tenantry.reliability.limiter import RateLimiter
from tenantry.reliability.result import Err, Ok, Outcome
from tenantry.reliability.retry import Retry
from tenantry.telemetry import span

T = TypeVar("T")

_SYSTEM_CLOCK = SystemClock()


class Pipeline:
    """Calls through those guards that are given; each works as it does alone.

    `deadline_seconds` is for the whole, `timeout_seconds` for each attempt. An `async` attempt is
    cancelled when its time is over. A thread cannot be stopped: a plain function is not called when
    its time is over, and may ask `current_deadline` for what it has left.

    Every call is a span, `tenantry.reliability.call`, and what the guards do are events in it.
    """

    def __init__(
        self,
        name: str,
        *,
        deadline_seconds: float | None = None,
        bulkhead: Bulkhead | None = None,
        limiter: RateLimiter | None = None,
        retry: Retry | None = None,
        breaker: CircuitBreaker | None = None,
        timeout_seconds: float | None = None,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        for field, seconds in (
            ("deadline_seconds", deadline_seconds),
            ("timeout_seconds", timeout_seconds),
        ):
            if seconds is not None and not seconds > 0:
                raise Invalid(field=field, got=seconds, wants="more than 0")

        self.name = name
        self.bulkhead = bulkhead
        self.limiter = limiter
        self.retry = retry
        self.breaker = breaker
        self._deadline_seconds = deadline_seconds
        self._timeout_seconds = timeout_seconds
        self._clock = clock

    def call(self, function: Callable[[], T], *, key: str = "") -> T:
        """Call `function`, limited by `key`; raises what it raises, or a guard's refusal."""
        with span("tenantry.reliability.call", pipeline=self.name):
            if self._deadline_seconds is None:
                return self._placed(function, key)
            with within(self._deadline_seconds, clock=self._clock):
                return self._placed(function, key)

    async def acall(self, function: Callable[[], Awaitable[T]], *, key: str = "") -> T:
        """Await `function`, limited by `key`; raises what it raises, or a guard's refusal."""
        with span("tenantry.reliability.call", pipeline=self.name):
            if self._deadline_seconds is None:
                return await self._aplaced(function, key)
            with within(self._deadline_seconds, clock=self._clock):
                return await self._aplaced(function, key)

    def execute(self, function: Callable[[], T], *, key: str = "") -> Outcome[T, Exception]:
        """Call `function` and return its outcome: an `Err` of what was raised."""
        try:
            return Ok(self.call(function, key=key))
        except Exception as error:  # noqa: BLE001 - to make a value of what is raised is its purpose
            return Err(error)

    async def aexecute(
        self, function: Callable[[], Awaitable[T]], *, key: str = ""
    ) -> Outcome[T, Exception]:
        """Await `function` and return its outcome: an `Err` of what was raised."""
        try:
            return Ok(await self.acall(function, key=key))
        except Exception as error:  # noqa: BLE001 - to make a value of what is raised is its purpose
            return Err(error)

    def _placed(self, function: Callable[[], T], key: str) -> T:
        if self.bulkhead is None:
            return self._limited(function, key)
        with self.bulkhead.place():
            return self._limited(function, key)

    def _limited(self, function: Callable[[], T], key: str) -> T:
        if self.limiter is not None:
            self.limiter.check(key)
        if self.retry is None:
            return self._attempt(function)
        return self.retry.call(self._attempt, function)

    def _attempt(self, function: Callable[[], T]) -> T:
        if self.breaker is None:
            return self._timed(function)
        return self.breaker.call(self._timed, function)

    def _timed(self, function: Callable[[], T]) -> T:
        if (deadline := current_deadline()) is not None:
            deadline.check()
        if self._timeout_seconds is None:
            return function()
        with within(self._timeout_seconds, clock=self._clock):
            return function()

    async def _aplaced(self, function: Callable[[], Awaitable[T]], key: str) -> T:
        if self.bulkhead is None:
            return await self._alimited(function, key)
        async with self.bulkhead.place():
            return await self._alimited(function, key)

    async def _alimited(self, function: Callable[[], Awaitable[T]], key: str) -> T:
        if self.limiter is not None:
            self.limiter.check(key)
        if self.retry is None:
            return await self._aattempt(function)
        return await self.retry.acall(self._aattempt, function)

    async def _aattempt(self, function: Callable[[], Awaitable[T]]) -> T:
        if self.breaker is None:
            return await self._atimed(function)
        return await self.breaker.acall(self._atimed, function)

    async def _atimed(self, function: Callable[[], Awaitable[T]]) -> T:
        if (deadline := current_deadline()) is not None:
            deadline.check()

        timeout = math.inf if self._timeout_seconds is None else self._timeout_seconds
        whole = seconds_left()
        if timeout == whole == math.inf:
            return await function()
        timer = asyncio.timeout(min(timeout, whole))
        try:
            with within(min(timeout, whole), clock=self._clock):
                async with timer:
                    return await function()
        except TimeoutError as error:
            # Who called was in a hurry: that says nothing about what was called.
            if timer.expired() and whole <= timeout:
                raise DeadlineExceeded("the time for the whole is over") from error
            raise

"""The gate that every request goes through, in turn: no faster than either side allows."""

import asyncio
from contextlib import nullcontext
from types import TracebackType
from typing import Final, Self

from tenantry.base import Clock
from tenantry.collector.remote.appview.budget import ServiceBudget
from tenantry.collector.remote.appview.headers import Told
from tenantry.reliability import DeadlineExceeded, RateLimited, RateLimiter
from tenantry.reliability.deadline import seconds_left

_KEY: Final = "appview"
# For clocks that count in floats: who wakes up must not find that it was a moment too soon.
_MOMENT: Final = 2e-6


class Gate:
    """Lets requests through one by one, first come, first served.

    `limiter` is how fast we want to ask at most; the rest is what the service has told of itself.
    """

    def __init__(self, limiter: RateLimiter, *, clock: Clock) -> None:
        self._limiter = limiter
        self._clock = clock
        self._budget = ServiceBudget()
        self._turn = asyncio.Lock()
        self._answered = asyncio.Event()
        self.under_way = 0

    @property
    def waits_seconds(self) -> float:
        """For how long the service has everybody wait."""
        return self._budget.delay(self._clock.monotonic(), self.under_way) or 0.0

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long."""
        self._budget.hold(self._clock.monotonic() + seconds)

    async def enter(self, *, until: float) -> "Visit":
        """Return once a request may be made.

        Raises `RateLimited` where that is not before `until`, of the monotonic clock, and
        `DeadlineExceeded` where it is not before the deadline. Nothing is lost by either.
        """
        left = seconds_left()
        try:
            async with asyncio.timeout(left) if left < LONGEST else nullcontext(), self._turn:
                await self._wait(until)
        except TimeoutError as error:
            raise DeadlineExceeded("the time for the whole is over") from error
        self.under_way += 1
        return Visit(self, lost_before=self._budget.lost_count)

    async def _wait(self, until: float) -> None:
        while (seconds := self._seconds_to_wait()) != 0.0:
            if seconds is None:
                self._answered.clear()
                await self._answered.wait()
                continue
            self._check(seconds, until)
            await self._clock.sleep(seconds + _MOMENT)

    def _seconds_to_wait(self) -> float | None:
        """Return 0 where a request may be made, which is taken from the limiter then."""
        delay = self._budget.delay(self._clock.monotonic(), self.under_way)
        if delay != 0.0:
            return delay
        if self._limiter.try_take(_KEY) is not None:
            return 0.0
        return self._limiter.get_status(_KEY).retry_after or _MOMENT

    def _check(self, seconds: float, until: float) -> None:
        if seconds >= seconds_left():
            raise DeadlineExceeded(
                f"the service is to be asked again in {seconds:.3f} s, which is too late",
                retry_after_seconds=seconds,
            )
        if self._clock.monotonic() + seconds > until:
            raise RateLimited(
                f"the service is to be asked again in {seconds:.3f} s", retry_after_seconds=seconds
            )

    def _leave(self, visit: "Visit") -> None:
        self.under_way -= 1
        now = self._clock.monotonic()
        if visit.is_answered:
            self._budget.hear(visit.told, now, lost_before=visit.lost_before)
        elif visit.is_sent:
            self._budget.lose(now)
        self._answered.set()


class Visit:
    """A request that may be made, as a `with` block: whether it was, and what came of it."""

    __slots__ = ("_gate", "is_answered", "is_sent", "lost_before", "told")

    def __init__(self, gate: Gate, *, lost_before: int) -> None:
        self._gate = gate
        self.lost_before = lost_before
        self.is_sent = False
        self.is_answered = False
        self.told: Told | None = None

    def answered(self, told: Told | None) -> None:
        """Keep what an answer told of limits."""
        self.is_answered = True
        self.told = told

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._gate._leave(self)  # noqa: SLF001 - the two are one thing


LONGEST: Final = 1e9
"""More seconds than anybody waits: an event loop takes no infinite time-out."""

"""How much a fake AppView allows, and whether anybody has ever taken more."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

import msgspec

from tenantry.base import Clock

# As far as an answer may be behind on its way: nobody can obey what they have not heard.
_ON_ITS_WAY_SECONDS: Final = 0.25


class Violation(msgspec.Struct, frozen=True):
    """A request that should not have been made: the how-manieth it was, and why."""

    request: int
    reason: str


class Limits:
    """`limit` requests in a window of `window_seconds`, which begins with its first request.

    That is how the real service counts for each address. Where it says how long to wait, in a 429
    or by `ratelimit-remaining: 0`, every request that still comes is a violation, and so is any
    beyond `limit`. Requests of others, by `spend`, are nobody's violation.
    """

    def __init__(self, *, limit: int, window_seconds: float, clock: Clock) -> None:
        self.limit = limit
        self.window_seconds = window_seconds
        self.violations: list[Violation] = []
        self.times: list[float] = []
        self._clock = clock
        self._ends_at = -math.inf
        self._used = 0
        self._own = 0
        self._told_at = -math.inf
        self._not_before = -math.inf

    def spend(self, count: int) -> None:
        """Take requests away, as others on the same address do; nobody is told."""
        self._begin()
        self._used += count

    def admit(self) -> bool:
        """Count a request; False where it is one too many."""
        now = self._clock.monotonic()
        self.times.append(now)
        self._begin()
        if self._told_at + _ON_ITS_WAY_SECONDS < now < self._not_before:
            self._blame(f"{self._not_before - now:.3f} s before it may come again")
        self._own += 1
        if self._own > self.limit:
            self._blame(f"number {self._own} of a window of {self.limit}")
        if self._used >= self.limit:
            self.say_wait(self._ends_at - now)
            return False
        self._used += 1
        if self._used == self.limit:
            self.say_wait(self._ends_at - now)
        return True

    def say_wait(self, seconds: float) -> None:
        """Know that whoever asks is told to wait."""
        now = self._clock.monotonic()
        if now + seconds > self._not_before:
            self._told_at, self._not_before = now, now + seconds

    def headers(self, *, retry_after: bool) -> dict[str, str]:
        """Return what an answer says of limits, in whole seconds since 1970."""
        now = self._clock.now_us() / 1e6
        left = max(0.0, self._ends_at - self._clock.monotonic())
        told = {
            "Date": format_datetime(datetime.fromtimestamp(now, UTC), usegmt=True),
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - self._used)),
            "RateLimit-Reset": str(math.ceil(now + left)),
            "RateLimit-Policy": f"{self.limit};w={self.window_seconds:g}",
        }
        if retry_after:
            told["Retry-After"] = str(math.ceil(left))
        return told

    def most_in(self, seconds: float) -> int:
        """Return the most requests that came within any stretch of less than `seconds`."""
        return most_in(self.times, seconds)

    def _begin(self) -> None:
        now = self._clock.monotonic()
        if now >= self._ends_at:
            self._ends_at = now + self.window_seconds
            self._used = self._own = 0

    def _blame(self, reason: str) -> None:
        self.violations.append(Violation(len(self.times), reason))


def most_in(times: Sequence[float], seconds: float) -> int:
    """Return the most of `times`, which rise, within any stretch of less than `seconds`."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most

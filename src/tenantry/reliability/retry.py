"""Calling again what may go well the second time: not too often, not too soon, not all at once.

    retry = Retry(attempts=4, budget=RetryBudget())
    page = retry.call(fetch_page, url)

One object serves any number of callers at once: what belongs to a call stays in the call.
"""

import random
import threading
import time
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from tenantry.base import Clock, SystemClock
from tenantry.base.errors import Invalid, Unavailable
from tenantry.reliability.deadline import seconds_left
from tenantry.reliability.errors import Refused
from tenantry.telemetry import emit

P = ParamSpec("P")
T = TypeVar("T")

_SYSTEM_CLOCK = SystemClock()


def is_transient(error: Exception) -> bool:
    """Whether the same call may succeed later: it was unavailable, unreachable or too slow.

    What this kit itself has refused is not: it was refused so that nobody insists.
    """
    if isinstance(error, Refused):
        return False
    return isinstance(error, Unavailable | ConnectionError | TimeoutError)


class RetryBudget:
    """Keeps retries a small part of all calls: in an outage they would be what prolongs it.

    Every call adds `ratio` of a token and every retry takes one; no more than `most` are saved up,
    and as many are there at the beginning. Share one among all who call the same thing.
    """

    def __init__(self, *, ratio: float = 0.2, most: float = 10.0) -> None:
        if ratio < 0 or most < 1:
            raise Invalid(f"budget: got ratio {ratio}, most {most}, wants ratio >= 0, most >= 1")
        self._ratio = ratio
        self._most = most
        self._tokens = most
        self._lock = threading.Lock()

    @property
    def tokens(self) -> float:
        """How many retries may happen at once."""
        return self._tokens

    def add(self) -> None:
        """Count a call."""
        if self._tokens < self._most:
            with self._lock:
                self._tokens = min(self._most, self._tokens + self._ratio)

    def take(self) -> bool:
        """Count a retry, if one may be made."""
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class Retry:
    """At most `attempts` calls in all, while `is_transient` says that another may help.

    The pause before the n-th repetition is drawn from 0 to `first_seconds` · 2ⁿ⁻¹, at most
    `most_seconds` ("full jitter"), so that many who failed together do not come back together. It
    is at least what the error asks for by `retry_after_seconds`. Where the pause would go beyond
    the deadline, or the budget has no token, the error is raised at once. `name` is what is called,
    for those who count.

    What is called must bear being called twice.
    """

    def __init__(
        self,
        *,
        attempts: int = 4,
        first_seconds: float = 0.1,
        most_seconds: float = 5.0,
        name: str = "",
        budget: RetryBudget | None = None,
        is_transient: Callable[[Exception], bool] = is_transient,
        chance: Callable[[], float] = random.random,
        clock: Clock = _SYSTEM_CLOCK,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if attempts < 1 or first_seconds <= 0 or most_seconds < first_seconds:
            raise Invalid(
                f"retry: got attempts {attempts}, first_seconds {first_seconds}, most_seconds "
                f"{most_seconds}, wants attempts >= 1 and 0 < first_seconds <= most_seconds"
            )

        self._name = name
        self._attempts = attempts
        self._first_seconds = first_seconds
        self._most_seconds = most_seconds
        self._budget = budget
        self._is_transient = is_transient
        self._chance = chance
        self._clock = clock
        self._sleep = sleep

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` until it succeeds or must not be called again; raises its last error."""
        if self._budget is not None:
            self._budget.add()

        attempt = 1
        while True:
            try:
                return function(*args, **kwargs)
            except Exception as error:  # `is_transient` says which are tried again
                pause = self._pause_after(error, attempt)
                if pause is None:
                    raise
            self._sleep(pause)
            attempt += 1

    async def acall(
        self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Await `function` until it succeeds or must not be called again; raises its last error."""
        if self._budget is not None:
            self._budget.add()

        attempt = 1
        while True:
            try:
                return await function(*args, **kwargs)
            except Exception as error:  # `is_transient` says which are tried again
                pause = self._pause_after(error, attempt)
                if pause is None:
                    raise
            await self._clock.sleep(pause)
            attempt += 1

    def _pause_after(self, error: Exception, attempt: int) -> float | None:
        """Return how long to wait before the next attempt; None where there must be none."""
        if not self._is_transient(error):
            return None

        # Beyond a few doublings the cap decides, and a float would overflow.
        most = min(self._most_seconds, self._first_seconds * 2.0 ** min(attempt - 1, 30))
        asked = error.retry_after_seconds if isinstance(error, Unavailable) else 0.0
        pause = max(self._chance() * most, asked)

        if reason := self._reason_to_end(attempt, pause):
            emit(
                "tenantry.reliability.given_up",
                attempt=attempt,
                reason=reason,
                error=type(error).__name__,
                name=self._name,
            )
            return None
        emit(
            "tenantry.reliability.retried",
            attempt=attempt,
            seconds=pause,
            error=type(error).__name__,
            name=self._name,
        )
        return pause

    def _reason_to_end(self, attempt: int, pause: float) -> str | None:
        if attempt >= self._attempts:
            return "attempts"
        if pause >= seconds_left():
            return "deadline"
        if self._budget is not None and not self._budget.take():
            return "budget"
        return None

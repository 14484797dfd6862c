"""What a drill may break: a breaker and a limiter like everybody's, which nobody else uses."""

from typing import Final

from tenantry.base import Clock
from tenantry.base.errors import Unavailable
from tenantry.operations.model import (
    DRILL_FAILURES,
    DRILL_LIMIT,
    DRILL_LIMIT_SECONDS,
    DRILL_RECOVERY_SECONDS,
)
from tenantry.reliability import CircuitBreaker, Decision, Rate, RateLimiter

DRILL_NAME: Final = "drill"
"""What a drill's breaker, limiter and health check are called."""


class DrillFailed(Unavailable):
    """A call failed, as a drill had asked for."""

    default_code = "drill_failure"


class DrillLimiter:
    """The limiter that drills run into; `is_sabotaged`, it lets everything through."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._limiter = self._fresh()
        self._plenty = RateLimiter(DRILL_NAME, limit=1_000_000, clock=clock)
        self.is_sabotaged = False

    @property
    def name(self) -> str:
        """What it is called."""
        return DRILL_NAME

    @property
    def rate(self) -> Rate:
        """How many in how many seconds."""
        return self._limiter.rate

    def is_allowed(self, key: str) -> Decision:
        """Take a token of `key`."""
        return self._judge.is_allowed(key)

    def try_take(self, key: str) -> Decision | None:
        """Take a token of `key`, where it has one."""
        return self._judge.try_take(key)

    def get_status(self, key: str) -> Decision:
        """Say where `key` stands."""
        return self._limiter.get_status(key)

    def reset(self) -> None:
        """Give everybody all their tokens."""
        self._limiter = self._fresh()

    @property
    def _judge(self) -> RateLimiter:
        return self._plenty if self.is_sabotaged else self._limiter

    def _fresh(self) -> RateLimiter:
        return RateLimiter(
            DRILL_NAME,
            limit=DRILL_LIMIT,
            seconds=DRILL_LIMIT_SECONDS,
            algorithm="fixed-window",
            clock=self._clock,
        )


def drill_breaker(*, clock: Clock) -> CircuitBreaker:
    """Return the breaker that drills trip."""
    return CircuitBreaker(
        DRILL_NAME,
        failure_threshold=DRILL_FAILURES,
        recovery_timeout=DRILL_RECOVERY_SECONDS,
        clock=clock,
    )

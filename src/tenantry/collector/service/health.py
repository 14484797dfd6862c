"""Whether the stream is collected as it should be, and whether the service answers."""

from collections.abc import Awaitable, Callable
from typing import Final

from tenantry.base import Clock
from tenantry.base.errors import Unavailable
from tenantry.collector.model import Pulse
from tenantry.collector.service.views import CollectorViews
from tenantry.reliability import CheckOutcome

LATE_SECONDS: Final = 60.0
GRACE_SECONDS: Final = 30.0
"""So long after its start a node need not have heard of anybody who collects."""
REMEMBERED_SECONDS: Final = 30.0
"""So long an answer of the service is good: whoever looks often does not ask it often."""


class CollectorCheck:
    """Asks the pulse of whoever collects; says nothing of it where this node is not asked to."""

    def __init__(self, *, views: CollectorViews, is_asked: bool, clock: Clock) -> None:
        self._views = views
        self._is_asked = is_asked
        self._clock = clock
        self._expected_at = clock.monotonic() + GRACE_SECONDS

    async def __call__(self) -> CheckOutcome | None:
        """Return how collecting goes."""
        if not self._is_asked:
            return CheckOutcome("healthy", "the role collector is not asked for")
        try:
            pulse, is_fresh = await self._views.pulse()
        except Unavailable as error:
            # The database has a check of its own.
            return CheckOutcome("degraded", f"not known: {error.message}")
        if pulse is not None and is_fresh:
            return _judged(pulse)
        if self._clock.monotonic() < self._expected_at:
            return CheckOutcome("degraded", "collecting begins")
        return CheckOutcome("unhealthy", "nobody collects")


def atproto_check(
    ask: Callable[[], Awaitable[CheckOutcome]], *, clock: Clock
) -> Callable[[], Awaitable[CheckOutcome]]:
    """Return the check of the service that strategies ask: without it they wait, and no more."""
    known = CheckOutcome("healthy")
    fresh_until = float("-inf")

    async def check() -> CheckOutcome:
        nonlocal known, fresh_until
        if clock.monotonic() >= fresh_until:
            try:
                known = await ask()
            except Unavailable as error:
                known = CheckOutcome("degraded", f"strategies wait: {error.message}")
            fresh_until = clock.monotonic() + REMEMBERED_SECONDS
        return known

    return check


def _judged(pulse: Pulse) -> CheckOutcome:
    if pulse.connection == "stopped":
        return CheckOutcome("healthy", "switched off")
    if pulse.connection != "connected":
        return CheckOutcome("degraded", f"{pulse.connection}: {pulse.error or pulse.host}")
    if pulse.lag_seconds is not None and pulse.lag_seconds > LATE_SECONDS:
        return CheckOutcome("degraded", f"{pulse.lag_seconds:.0f} s behind")
    return CheckOutcome("healthy", f"{pulse.events_per_second:.0f} events/s")

"""How long to bear a server that does not answer."""

import math
from typing import Final

from temporalio.service import RPCError, RPCStatusCode

from tenantry.base import Clock
from tenantry.execution.port import ExecutorUnavailable

_PAUSE_SECONDS: Final = 0.25
_AWAY: Final = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.UNKNOWN,
        RPCStatusCode.INTERNAL,
    }
)


class Patience:
    """Bears errors for `seconds` on end: a server that is started again is back by then."""

    def __init__(self, *, clock: Clock, seconds: float, workflow_id: str) -> None:
        self._clock = clock
        self._seconds = seconds
        self._workflow_id = workflow_id
        self._since = self._last = -math.inf

    async def bear(self, error: Exception) -> None:
        """Wait a little before the next call; raises `ExecutorUnavailable` when it is too much."""
        now = self._clock.monotonic()
        if now - self._last > self._seconds:
            # It has answered in between.
            self._since = now
        self._last = now

        if now - self._since >= self._seconds:
            raise ExecutorUnavailable(
                f"{self._workflow_id}: Temporal has not answered for {self._seconds} s: {error}",
                reason="unreachable",
            ) from error
        await self._clock.sleep(_PAUSE_SECONDS)


def is_away(error: RPCError) -> bool:
    """Whether it is the server that fails, rather than what was asked of it."""
    return error.status in _AWAY

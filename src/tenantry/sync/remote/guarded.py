"""A source behind a circuit breaker: one that fails again and again is left alone for a while."""

from collections.abc import Awaitable, Callable
from typing import Final

from tenantry.base import Clock
from tenantry.reliability import BreakerOpen, CircuitBreaker
from tenantry.sync.errors import LeftAlone, NetworkError, SyncError, SyncTimeout
from tenantry.sync.model import Collection, CollectionCheck, Position, SourcePage, Unchanged
from tenantry.sync.remote.port import OpenSource

FAILURES: Final = 10
"""So many failed pages in a row, within `FAILING_SECONDS`, open the breaker: more than one run has.

Of a page that is asked for again and again only the last answer counts.
"""
FAILING_SECONDS: Final = 60.0
RECOVERY_SECONDS: Final = 10.0
MOST_TRYING_SECONDS: Final = 30.0
"""So long a page waits for another one that tries whether the source is back."""

_LOOK_SECONDS: Final = 0.02


def source_breaker(name: str, *, clock: Clock) -> CircuitBreaker:
    """Return the breaker of one source: what is wrong with tokens or answers does not count."""
    return CircuitBreaker(
        name,
        failure_threshold=FAILURES,
        monitor_timeout=FAILING_SECONDS,
        recovery_timeout=RECOVERY_SECONDS,
        is_failure=_is_failure,
        clock=clock,
    )


async def open_guarded(
    open_source: Callable[[], Awaitable[OpenSource]], *, breaker: CircuitBreaker, clock: Clock
) -> OpenSource:
    """Open a source to read from through `breaker`; raises `LeftAlone` while that is open."""
    _refuse_while_open(breaker, clock)
    try:
        source = await open_source()
    except SyncError as error:
        await _count(breaker, error)
        raise
    return GuardedSource(source, breaker=breaker, clock=clock)


class GuardedSource:
    """The `OpenSource` behind a breaker; a check goes past it, since it is meant to look."""

    def __init__(self, source: OpenSource, *, breaker: CircuitBreaker, clock: Clock) -> None:
        self._source = source
        self._breaker = breaker
        self._clock = clock

    async def fetch(self, collection: Collection, position: Position) -> SourcePage | Unchanged:
        """Return the page at `position`; raises `LeftAlone` instead of asking for it."""
        began_at = self._clock.monotonic()
        while True:
            try:
                return await self._breaker.acall(self._source.fetch, collection, position)
            except BreakerOpen as error:
                waited = self._clock.monotonic() - began_at
                if self._breaker.state == "open" or waited > MOST_TRYING_SECONDS:
                    raise _left_alone(error.retry_after_seconds) from error
            # Pages are read side by side: what the one that tries comes to, holds for all.
            await self._clock.sleep(_LOOK_SECONDS)

    async def check(self) -> tuple[CollectionCheck, ...]:
        """Ask for the first page of every collection."""
        return await self._source.check()

    async def close(self) -> None:
        """Close the source."""
        await self._source.close()


def _is_failure(error: Exception) -> bool:
    return isinstance(error, NetworkError | SyncTimeout)


async def _count(breaker: CircuitBreaker, failed: SyncError) -> None:
    """Have a breaker count a failure before any page; a success there would prove nothing."""

    async def fail() -> None:
        raise failed

    # What it says comes out of it again, or that it is open by now.
    await breaker.aexecute(fail)


def _refuse_while_open(breaker: CircuitBreaker, clock: Clock) -> None:
    stats = breaker.stats()
    if stats.state != "open" or breaker.is_pass_through or breaker.override == "disabled":
        return
    if stats.next_attempt_at is None:
        # An operator holds it open.
        raise _left_alone(RECOVERY_SECONDS)
    seconds = stats.next_attempt_at / 1_000 - clock.now_us() / 1_000_000
    if seconds > 0:
        raise _left_alone(seconds)


def _left_alone(seconds: float) -> LeftAlone:
    return LeftAlone(
        "the source has failed again and again, and is left alone for a while",
        retry_after_seconds=seconds,
    )

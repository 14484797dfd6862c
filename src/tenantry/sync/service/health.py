"""What a node's health says of syncs, and of the Temporal server: never more than degraded."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from tenantry.base import Clock
from tenantry.base.errors import Unavailable
from tenantry.db import Database, System, Transaction
from tenantry.execution import ExecutorUnavailable
from tenantry.reliability import CheckOutcome
from tenantry.sync import rules, store
from tenantry.sync.service.figures import MOST_RUNS, WINDOW_HOURS

REMEMBERED_SECONDS: Final = 10.0
"""So long an answer is good: who asks more often than that costs the database nothing."""
PING_SECONDS: Final = 1.5

_SYSTEM: Final = System("health of every tenant's sync")
_HOUR_US: Final = 3_600_000_000
_MOST_STUCK: Final = 100


class _Ended(msgspec.Struct, frozen=True):
    failed: int
    completed: int
    stuck: int


class SyncCheck:
    """Whether syncs go well, by the runs of the last day and of all nodes together."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: CheckOutcome | None = None
        self._fresh_until = 0.0

    async def __call__(self) -> CheckOutcome | None:
        """Say whether more than a fifth have failed, or more than five are stuck."""
        if self._clock.monotonic() >= self._fresh_until:
            try:
                ended = await self._database.read(_SYSTEM, _ended, self._clock.now_us())
            except Unavailable as error:
                # The database has a check of its own.
                return CheckOutcome("degraded", f"not known: {error.message}")
            self._known = _judged(ended)
            self._fresh_until = self._clock.monotonic() + REMEMBERED_SECONDS
        return self._known


def temporal_check(ping: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[CheckOutcome]]:
    """Return the check of a Temporal server: without it syncs are direct, which is no outage."""

    async def check() -> CheckOutcome:
        try:
            async with asyncio.timeout(PING_SECONDS):
                await ping()
        except ExecutorUnavailable as error:
            why = error.reason
        except TimeoutError:
            why = "timeout"
        else:
            return CheckOutcome("healthy")
        return CheckOutcome("degraded", f"the server does not answer ({why}): syncs are direct")

    return check


def _ended(tx: Transaction, now: int) -> _Ended:
    since = now - WINDOW_HOURS * _HOUR_US
    counts = store.run_counts(tx, since=since, limit=MOST_RUNS)
    stuck = store.deserted_runs(tx, now=now, limit=_MOST_STUCK)
    return _Ended(
        failed=counts.get("failed", 0), completed=counts.get("completed", 0), stuck=len(stuck)
    )


def _judged(ended: _Ended) -> CheckOutcome | None:
    count = ended.failed + ended.completed
    failure_rate = rules.percentage(ended.failed, count)
    if rules.health(failure_rate=failure_rate, stuck=ended.stuck) != "unhealthy":
        return None
    return CheckOutcome(
        "degraded",
        f"{ended.failed:,} of {count:,} runs have failed in {WINDOW_HOURS} hours, "
        f"{ended.stuck} are stuck",
    )

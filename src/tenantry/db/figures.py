"""What the calls of a database have come to: counts since the start, times of the last ones."""

import math
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from tenantry.base import Clock
from tenantry.base.instant import format_instant
from tenantry.db.job import unit_name
from tenantry.db.pool_figures import PoolFigures
from tenantry.reliability import BreakerStats
from tenantry.telemetry import emit

TIMES_KEPT: Final = 1_000
"""Average and percentile are those of so many calls, the last ones."""

SLOW_SECONDS: Final = 1.0
"""A call that took longer is slow."""

SLOW_KEPT: Final = 20
"""So many of the slow ones are kept by name."""

# As those who read these figures have always called them; the rest is as it is.
_WIRE_NAMES: Final = {
    "total_queries": "totalQueries",
    "failed_queries": "failedQueries",
    "avg_duration": "avgDuration",
    "p95_duration": "p95Duration",
    "slow_queries": "slowQueries",
    "recent_slow": "recentSlow",
    "error_rate": "errorRate",
}


class SlowQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A call that took longer than a second: its unit, milliseconds, and when it ended."""

    unit: str
    duration_ms: float
    ended_at: str


class DatabaseBreakers(msgspec.Struct, frozen=True, kw_only=True):
    """Where the breakers stand: `query` of reads and writes, `bulk` of the log's appender."""

    query: BreakerStats
    bulk: BreakerStats


class DatabaseFigures(msgspec.Struct, frozen=True, kw_only=True, rename=_WIRE_NAMES):
    """The figures of one node's database; durations are milliseconds, waiting included.

    `total_queries`, `failed_queries` and `slow_queries` count since the start, `error_rate` is
    failed by total. `avg_duration` and `p95_duration` are of the last 1,000 calls that reached the
    database, `recent_slow` are the last 20 that took longer than a second, oldest first.
    """

    total_queries: int
    failed_queries: int
    avg_duration: float
    p95_duration: float
    slow_queries: int
    recent_slow: tuple[SlowQuery, ...]
    error_rate: float
    circuit_breakers: DatabaseBreakers
    pool: PoolFigures


class QueryFigures:
    """Counts calls, each once however often it was attempted; for any thread."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._total = self._failed = self._slow = 0
        self._seconds: deque[float] = deque(maxlen=TIMES_KEPT)
        self._recent_slow: deque[SlowQuery] = deque(maxlen=SLOW_KEPT)

    def note(self, unit: Callable[..., Any], seconds: float, *, is_failed: bool = False) -> None:
        """Count a call of `unit` that took `seconds`; a slow one is told to telemetry too."""
        with self._lock:
            self._total += 1
            self._failed += is_failed
            self._seconds.append(seconds)
        if seconds > SLOW_SECONDS:
            self._note_slow(unit_name(unit), round(seconds * 1000, 3))

    def note_refused(self) -> None:
        """Count a call that failed without a query: an open breaker refused it."""
        with self._lock:
            self._total += 1
            self._failed += 1

    def summed(self, *, circuit_breakers: DatabaseBreakers, pool: PoolFigures) -> DatabaseFigures:
        """Return what has been counted, together with what others say."""
        with self._lock:
            total, failed, slow = self._total, self._failed, self._slow
            seconds, recent_slow = list(self._seconds), tuple(self._recent_slow)

        return DatabaseFigures(
            total_queries=total,
            failed_queries=failed,
            avg_duration=_milliseconds(sum(seconds) / len(seconds) if seconds else 0.0),
            p95_duration=_milliseconds(_percentile(seconds, 0.95)),
            slow_queries=slow,
            recent_slow=recent_slow,
            error_rate=round(failed / total, 6) if total else 0.0,
            circuit_breakers=circuit_breakers,
            pool=pool,
        )

    def _note_slow(self, unit: str, duration_ms: float) -> None:
        ended_at = format_instant(self._clock.now_us())
        with self._lock:
            self._slow += 1
            self._recent_slow.append(
                SlowQuery(unit=unit, duration_ms=duration_ms, ended_at=ended_at)
            )
        emit("tenantry.db.slow_query", unit=unit, duration_ms=duration_ms)


def _percentile(values: list[float], part: float) -> float:
    """Return the least of `values` that so great a part of them does not exceed."""
    if not values:
        return 0.0
    return sorted(values)[math.ceil(len(values) * part) - 1]


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)

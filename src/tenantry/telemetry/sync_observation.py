"""From what `tenantry.sync` tells to its metrics."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from tenantry.telemetry.spans import EventRecord, SpanRecord
from tenantry.telemetry.sync_metrics import COLLECTIONS, SyncMetrics

Record: TypeAlias = SpanRecord | EventRecord

_OTHER: Final = "other"
_REASONS: Final = frozenset(
    {
        "unreachable",
        "breaker_open",
        "no_worker",
        "timeout",
        "failed",
        "AUTH_ERROR",
        "VALIDATION_ERROR",
        "NETWORK_ERROR",
        "DATABASE_ERROR",
        "TIMEOUT_ERROR",
        "UNKNOWN_ERROR",
    }
)


class SyncObservers:
    """One method for each name; every label is one of a few words."""

    def __init__(self, metrics: SyncMetrics) -> None:
        self._metrics = metrics
        self._answers = {
            how: metrics.answers.labels(how) for how in ("fresh", "stale", "joined", "run")
        }
        self._rows = {
            operation: metrics.rows.labels(operation)
            for operation in ("read", "written", "deactivated")
        }

    def by_name(self) -> Mapping[str, Callable[[Record], None]]:
        """Return the methods by the names that they observe."""
        return {
            "tenantry.sync.answered": self._answered,
            "tenantry.sync.began": self._began,
            "tenantry.sync.collection": self._collection,
            "tenantry.sync.ended": self._ended,
            "tenantry.sync.essential": self._essential,
            "tenantry.sync.fell_back": self._fell_back,
            "tenantry.sync.page_committed": self._page_committed,
            "tenantry.sync.read_again": self._read_again,
            "tenantry.sync.rows_deactivated": self._rows_deactivated,
            "tenantry.sync.swept": self._swept,
        }

    def retried(self, name: str) -> None:
        """Count a call of the kind `name` that is made again."""
        if name == "sync-source":
            self._metrics.source_retries.inc()

    def _answered(self, record: Record) -> None:
        self._answers[record.attributes["how"]].inc()

    def _began(self, _: Record) -> None:
        self._metrics.active_runs.inc()

    def _essential(self, record: Record) -> None:
        told = record.attributes
        self._metrics.essential_seconds.labels(told["method"]).observe(told["seconds"])

    def _ended(self, record: Record) -> None:
        told = record.attributes
        fallback = "true" if told["is_fallback"] else "false"
        self._metrics.active_runs.dec()
        self._metrics.runs.labels(told["method"], fallback, told["outcome"]).inc()
        if told["outcome"] in ("completed", "incomplete", "failed"):
            self._metrics.run_seconds.labels(told["method"]).observe(told["seconds"])

    def _fell_back(self, record: Record) -> None:
        reason = record.attributes["reason"]
        self._metrics.fallbacks.labels(reason if reason in _REASONS else _OTHER).inc()

    def _swept(self, record: Record) -> None:
        self._metrics.stuck_runs.set(record.attributes["stuck_count"])

    def _collection(self, record: Record) -> None:
        told = record.attributes
        outcome = told.get("outcome")
        if outcome is not None:
            name = told["collection"] if told["collection"] in COLLECTIONS else _OTHER
            self._metrics.collections.labels(name, outcome).inc()

    def _page_committed(self, record: Record) -> None:
        self._metrics.pages.inc()
        self._rows["read"].inc(record.attributes["row_count"])
        self._rows["written"].inc(record.attributes["written_count"])

    def _rows_deactivated(self, record: Record) -> None:
        self._rows["deactivated"].inc(record.attributes["row_count"])

    def _read_again(self, _: Record) -> None:
        self._metrics.read_again.inc()

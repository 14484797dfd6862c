"""From what `tenantry.collector` tells to its metrics."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from tenantry.telemetry.collector_metrics import COLLECTIONS, CollectorMetrics
from tenantry.telemetry.spans import EventRecord, SpanRecord

Record: TypeAlias = SpanRecord | EventRecord

_OTHER: Final = "other"


class CollectorObservers:
    """One method for each name; every label is one of a few words."""

    def __init__(self, metrics: CollectorMetrics) -> None:
        self._metrics = metrics

    def by_name(self) -> Mapping[str, Callable[[Record], None]]:
        """Return the methods by the names that they observe."""
        return {
            "tenantry.collector.died": self._died,
            "tenantry.collector.pulse": self._pulse,
        }

    def _died(self, _: Record) -> None:
        self._metrics.deaths.inc()

    def _pulse(self, record: Record) -> None:
        told, metrics = record.attributes, self._metrics
        metrics.connected.set(told["connected"])
        metrics.lag_seconds.set(told["lag_seconds"])
        metrics.queued.set(told["queued"])
        for collection, count in told["events"].items():
            name = collection if collection in COLLECTIONS else _OTHER
            metrics.events.labels(name).inc(count)
        metrics.batches.inc(told["batches"])
        metrics.commit_seconds.inc(told["commit_seconds"])
        metrics.reconnects.inc(told["reconnects"])
        metrics.gaps.inc(told["gaps"])
        metrics.dead_letters.inc(told["dead_letters"])

"""From spans and events to metrics: the packages below know no metric, and this is why."""

from collections.abc import Callable, Mapping
from typing import Any

from tenantry.telemetry.client_observation import ClientObservers
from tenantry.telemetry.collector_observation import CollectorObservers
from tenantry.telemetry.metrics import LABEL_VALUES, OTHER, Metrics, kind_of_breaker
from tenantry.telemetry.spans import EventRecord, SpanRecord, subscribe
from tenantry.telemetry.sync_observation import SyncObservers

Record = SpanRecord | EventRecord


def observe_spans(metrics: Metrics) -> Callable[[], None]:
    """Keep `metrics` up to date from spans and events; returns what ends that.

    The names and attributes it understands are in `docs/reference/telemetry.md`. An attribute that
    is missing leaves its metric as it is.
    """
    observers = _Observers(metrics).by_name()

    def handle(record: Record) -> None:
        observe = observers.get(record.name)
        if observe is not None:
            observe(record)

    return subscribe(handle)


class _Observers:
    """One method for each name."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._clients = ClientObservers(metrics.clients)
        self._syncs = SyncObservers(metrics.syncs)
        self._collector = CollectorObservers(metrics.collector)
        self._flags = _Children(metrics.flag_evaluations)
        self._units = _Children(metrics.db_unit_seconds)
        self._opened = _Children(metrics.breaker_opened)
        self._refused = _Children(metrics.breaker_refused)
        self._limited = _Children(metrics.rate_limited)
        self._lost = _Children(metrics.allowance_lost)
        self._given_up = _Children(metrics.retries_given_up)

    def by_name(self) -> Mapping[str, Callable[[Record], None]]:
        return {
            **self._clients.by_name(),
            **self._syncs.by_name(),
            **self._collector.by_name(),
            "tenantry.configs.frames_sent": self._frames_sent,
            "tenantry.configs.watcher_cut": self._watcher_cut,
            "tenantry.configs.watching": self._watching,
            "tenantry.flags.evaluated": self._flag_evaluated,
            "tenantry.http.reader_cut": self._reader_cut,
            "tenantry.db.unit": self._unit,
            "tenantry.db.group_committed": self._group_committed,
            "tenantry.db.append_locked": self._append_locked,
            "tenantry.db.queue": self._queue,
            "tenantry.db.slow_query": self._slow_query,
            "tenantry.db.wal": self._wal,
            "tenantry.db.writer_died": self._writer_died,
            "tenantry.eventlog.appended": self._appended,
            "tenantry.eventlog.up": self._up,
            "tenantry.projection.moved": self._moved,
            "tenantry.projection.rebuilt": self._rebuilt,
            "tenantry.reliability.allowance_lost": self._allowance_lost,
            "tenantry.reliability.breaker_moved": self._breaker_moved,
            "tenantry.reliability.breaker_refused": self._breaker_refused,
            "tenantry.reliability.given_up": self._retry_given_up,
            "tenantry.reliability.limited": self._rate_limited,
            "tenantry.reliability.retried": self._retried,
            "tenantry.scheduling.failed": self._firing_failed,
            "tenantry.scheduling.fired": self._fired,
            "tenantry.scheduling.lease_lost": self._lease_lost,
            "tenantry.scheduling.skipped": self._firing_skipped,
            "tenantry.tenants.login_failed": self._login_failed,
            "tenantry.worker.started": self._worker_started,
            "tenantry.worker.restarted": self._worker_restarted,
        }

    def _unit(self, record: Record) -> None:
        self._units[record.attributes["unit"]].observe(_seconds(record))

    def _frames_sent(self, record: Record) -> None:
        self._metrics.config_frames_sent.inc(record.attributes["frame_count"])

    def _flag_evaluated(self, record: Record) -> None:
        self._flags[record.attributes["reason"]].inc()

    def _watcher_cut(self, _: Record) -> None:
        self._metrics.config_watchers_cut.inc()

    def _watching(self, record: Record) -> None:
        self._metrics.config_watchers.set(record.attributes["watcher_count"])

    def _login_failed(self, _: Record) -> None:
        self._metrics.login_failures.inc()

    def _reader_cut(self, _: Record) -> None:
        self._metrics.readers_cut.inc()

    def _group_committed(self, record: Record) -> None:
        told = record.attributes
        if "unit_count" in told:
            self._metrics.db_group_size.observe(told["unit_count"])
        if "commit_seconds" in told:
            self._metrics.db_commit_seconds.observe(told["commit_seconds"])
        if "queue_depth" in told:
            queue = told.get("queue", "write")
            self._metrics.db_queue_depth.labels(queue).set(told["queue_depth"])

    def _append_locked(self, record: Record) -> None:
        self._metrics.db_append_lock_wait_seconds.observe(record.attributes["waited_seconds"])

    def _queue(self, record: Record) -> None:
        depth = self._metrics.db_queue_depth.labels(record.attributes["queue"])
        depth.set(record.attributes["depth"])

    def _wal(self, record: Record) -> None:
        self._metrics.db_wal_bytes.set(record.attributes["bytes"])

    def _writer_died(self, _: Record) -> None:
        self._metrics.db_writer_restarts.inc()

    def _slow_query(self, _: Record) -> None:
        self._metrics.db_slow_queries.inc()

    def _appended(self, record: Record) -> None:
        self._metrics.events_appended.inc(record.attributes["event_count"])

    def _up(self, record: Record) -> None:
        self._metrics.eventlog_up.set(1 if record.attributes["up"] else 0)

    def _moved(self, record: Record) -> None:
        if "lag" in record.attributes:
            lag = self._metrics.projection_lag.labels(record.attributes["projection"])
            lag.set(record.attributes["lag"])

    def _rebuilt(self, record: Record) -> None:
        projection = record.attributes["projection"]
        self._metrics.projection_replay_seconds.labels(projection).set(_seconds(record))

    def _allowance_lost(self, record: Record) -> None:
        self._lost[record.attributes["limiter"]].inc()

    def _breaker_moved(self, record: Record) -> None:
        told = record.attributes
        if told["after"] == "open" and told["before"] != "open":
            self._opened[kind_of_breaker(told["breaker"])].inc()

    def _breaker_refused(self, record: Record) -> None:
        self._refused[kind_of_breaker(record.attributes["breaker"])].inc()

    def _retry_given_up(self, record: Record) -> None:
        self._given_up[record.attributes["reason"]].inc()

    def _rate_limited(self, record: Record) -> None:
        self._limited[record.attributes["limiter"]].inc()

    def _retried(self, record: Record) -> None:
        self._metrics.retries.inc()
        self._syncs.retried(record.attributes.get("name", ""))

    def _fired(self, record: Record) -> None:
        self._count_firings(record, "done", 1)

    def _firing_failed(self, record: Record) -> None:
        if record.attributes["is_final"]:
            self._count_firings(record, "failed", 1)

    def _firing_skipped(self, record: Record) -> None:
        self._count_firings(record, "skipped", record.attributes["fire_count"])

    def _count_firings(self, record: Record, outcome: str, count: int) -> None:
        line, schedule = record.attributes["line"], record.attributes["schedule"]
        self._metrics.firings.labels(line, schedule, outcome).inc(count)

    def _lease_lost(self, _: Record) -> None:
        self._metrics.leases_lost.inc()

    def _worker_started(self, record: Record) -> None:
        # From nought, or the first restart would be no increase.
        self._metrics.worker_restarts.labels(record.attributes["worker"])

    def _worker_restarted(self, record: Record) -> None:
        self._metrics.worker_restarts.labels(record.attributes["worker"]).inc()


class _Children(dict[str, Any]):
    """The children of a metric by the values of its one label, of which there are not too many."""

    def __init__(self, metric: Any) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, value: str) -> Any:
        if len(self) >= LABEL_VALUES:
            return self._metric.labels(OTHER)
        child = self[value] = self._metric.labels(value)
        return child


def _seconds(record: Record) -> Any:
    """Take a span's duration, or what an event says it took."""
    if isinstance(record, SpanRecord):
        return record.duration_seconds
    return record.attributes["seconds"]

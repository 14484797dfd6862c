"""Every metric of the server, declared once, by name.

Label values are bounded: a method, status or route is known beforehand or becomes `other`.
"""

from collections import Counter as Counts
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tenantry.telemetry.client_metrics import ClientMetrics
from tenantry.telemetry.collector_metrics import CollectorMetrics
from tenantry.telemetry.logging import dropped_line_count
from tenantry.telemetry.memory import memory_ratio
from tenantry.telemetry.spans import handler_failure_count
from tenantry.telemetry.sync_metrics import SyncMetrics

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST
LABEL_VALUES = 200
"""How many different values a label may take; what comes after is counted as `other`."""

OTHER = "other"
BREAKER_STATES: Final = ("closed", "half-open", "open")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_REQUEST_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_DB_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5)
_GROUP_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """The metrics of one server, in a registry of its own.

    `dropped_lines` says how many log lines this process has dropped, `breaker_states` the present
    state of each of its breakers; both are asked whenever somebody scrapes.
    """

    def __init__(
        self,
        *,
        registry: CollectorRegistry | None = None,
        dropped_lines: Callable[[], int] = dropped_line_count,
        breaker_states: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        # A second series beside each counter that says when it began would double the page.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # its stub has none
        self.registry = registry if registry is not None else CollectorRegistry()
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._routes: set[str] = set()

        self._declare_http()
        self._declare_watch()
        self._declare_flags()
        self._declare_log()
        self._declare_database()
        self.clients = ClientMetrics(self.registry)
        self.syncs = SyncMetrics(self.registry)
        self.collector = CollectorMetrics(self.registry)
        # Before the counters that it begins, so that a first scrape has them too.
        self.registry.register(_BreakerCollector(self, breaker_states))
        self._declare_reliability()
        self.registry.register(_ProcessCollector(dropped_lines))
        prometheus_client.ProcessCollector(registry=self.registry)
        prometheus_client.PlatformCollector(registry=self.registry)

    def _declare_http(self) -> None:
        self.http_requests = self._counter(
            "tenantry_http_requests_total", "HTTP requests answered.", "route", "method", "status"
        )
        self.http_request_seconds = self._histogram(
            "tenantry_http_request_seconds",
            "Time from a request's head to the end of its answer.",
            "route",
            buckets=_REQUEST_SECONDS,
        )
        self.login_failures = self._counter(
            "tenantry_login_failures_total", "Logins, and present passwords, that were wrong."
        )

    def _declare_watch(self) -> None:
        self.readers_cut = self._counter(
            "tenantry_http_readers_cut_total", "Connections closed as their reader took nothing."
        )
        self.config_watchers = self._gauge(
            "tenantry_config_watchers", "Watches and long-polls of settings that are open."
        )
        self.config_frames_sent = self._counter(
            "tenantry_config_frames_sent_total", "Changes of settings sent, once a watcher."
        )
        self.config_watchers_cut = self._counter(
            "tenantry_config_watchers_cut_total", "Watches ended as they had fallen behind."
        )

    def _declare_flags(self) -> None:
        self.flag_evaluations = self._counter(
            "tenantry_flag_evaluations_total", "Flags evaluated, by why they are so.", "reason"
        )

    def _declare_log(self) -> None:
        self.eventlog_up = self._gauge(
            "tenantry_eventlog_up", "1 while the event log can be read and appended to, else 0."
        )
        self.events_appended = self._counter(
            "tenantry_events_appended_total", "Events appended by this node."
        )
        self.projection_lag = self._gauge(
            "tenantry_projection_lag", "Events a projection has yet to apply.", "projection"
        )
        self.projection_replay_seconds = self._gauge(
            "tenantry_projection_replay_seconds",
            "How long a projection's latest replay took.",
            "projection",
        )
        self.worker_restarts = self._counter(
            "tenantry_worker_restarts_total", "Workers started again after a failure.", "worker"
        )

    def _declare_database(self) -> None:
        self.db_queue_depth = self._gauge(
            "tenantry_db_queue_depth", "Units waiting for a database thread.", "queue"
        )
        self.db_group_size = self._histogram(
            "tenantry_db_group_size", "Units committed together.", buckets=_GROUP_SIZES
        )
        self.db_unit_seconds = self._histogram(
            "tenantry_db_unit_seconds",
            "Time a unit ran on a database thread.",
            "unit",
            buckets=_DB_SECONDS,
        )
        self.db_commit_seconds = self._histogram(
            "tenantry_db_commit_seconds", "Time a commit took.", buckets=_DB_SECONDS
        )
        self.db_append_lock_wait_seconds = self._histogram(
            "tenantry_db_append_lock_wait_seconds",
            "Time spent waiting for the append lock.",
            buckets=_DB_SECONDS,
        )
        self.db_wal_bytes = self._gauge("tenantry_db_wal_bytes", "Size of SQLite's WAL file.")
        self.db_writer_restarts = self._counter(
            "tenantry_db_writer_restarts_total", "Writer threads started again after they died."
        )
        self.db_slow_queries = self._counter(
            "tenantry_db_slow_queries_total", "Units that took the database more than a second."
        )

    def _declare_reliability(self) -> None:
        self.breaker_opened = self._counter(
            "tenantry_breaker_opened_total", "How often a breaker has opened.", "breaker"
        )
        self.breaker_refused = self._counter(
            "tenantry_breaker_refused_total", "Calls that a breaker has refused.", "breaker"
        )
        self.rate_limited = self._counter(
            "tenantry_rate_limited_total", "Calls that a limiter has refused.", "limiter"
        )
        self.allowance_lost = self._counter(
            "tenantry_allowance_lost_total",
            "Decisions taken alone, as what nodes share of a limit was out of reach.",
            "limiter",
        )
        self.retries = self._counter(
            "tenantry_retries_total", "Calls made again after a transient failure."
        )
        self.leases_lost = self._counter(
            "tenantry_leases_lost_total", "Leases that another holder has taken from this node."
        )
        self.firings = self._counter(
            "tenantry_schedule_firings_total",
            "Fire times that ran, failed for good, or were passed over.",
            "line",
            "schedule",
            "outcome",
        )
        self.retries_given_up = self._counter(
            "tenantry_retries_given_up_total", "Transient failures not tried again.", "reason"
        )

    def observe_http(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request; `route` is a template, never a path."""
        key = (route, method, status)
        requests, latency = self._children.get(key) or self._bound(key)
        requests.inc()
        latency.observe(seconds)

    def render(self) -> bytes:
        """Return everything in the text format that Prometheus scrapes; see `CONTENT_TYPE`."""
        return prometheus_client.generate_latest(self.registry)

    def _bound(self, key: tuple[str, str, int]) -> tuple[Counter, Histogram]:
        route, method, status = key
        is_known = route in self._routes or len(self._routes) < LABEL_VALUES
        if is_known:
            self._routes.add(route)

        name = route if is_known else OTHER
        known_method = method if method in _METHODS else OTHER
        known_status = str(status) if 100 <= status <= 599 else OTHER  # noqa: PLR2004 - HTTP's range
        bound = (
            self.http_requests.labels(name, known_method, known_status),
            self.http_request_seconds.labels(name),
        )
        if is_known and OTHER not in (known_method, known_status):
            self._children[key] = bound
        return bound

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, labels, registry=self.registry)

    def _histogram(
        self, name: str, meaning: str, *labels: str, buckets: tuple[float, ...]
    ) -> Histogram:
        return Histogram(name, meaning, labels, registry=self.registry, buckets=buckets)


def kind_of_breaker(name: str) -> str:
    """Return what a breaker is called in a label: of `sync-source:acme`, `sync-source`."""
    return name.partition(":")[0]


class _BreakerCollector(Collector):
    """Where each breaker stands now: told by events it could be told in the wrong order."""

    def __init__(self, metrics: Metrics, states: Callable[[], Mapping[str, str]]) -> None:
        self._metrics = metrics
        self._states = states

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "tenantry_breaker_state",
            "How many breakers of a name are in a state: of most there is one.",
            labels=["breaker", "state"],
        )
        for breaker, present in list(self._by_kind().items())[:LABEL_VALUES]:
            for state in BREAKER_STATES:
                family.add_metric([breaker, state], present[state])
            # From nought, or the first time would be no increase.
            self._metrics.breaker_opened.labels(breaker)
            self._metrics.breaker_refused.labels(breaker)
        yield family

    def _by_kind(self) -> dict[str, Counts[str]]:
        found: dict[str, Counts[str]] = {}
        for breaker, state in self._states().items():
            found.setdefault(kind_of_breaker(breaker), Counts())[state] += 1
        return found


class _ProcessCollector(Collector):
    """What is looked up when somebody scrapes, rather than kept up to date."""

    def __init__(self, dropped_lines: Callable[[], int]) -> None:
        self._dropped_lines = dropped_lines

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "tenantry_log_lines_dropped_total",
            "Log lines dropped because the queue was full or could not be written.",
            value=self._dropped_lines(),
        )
        yield CounterMetricFamily(
            "tenantry_span_handler_failures_total",
            "Exceptions raised by subscribers of spans.",
            value=handler_failure_count(),
        )
        ratio = memory_ratio()
        if ratio is not None:
            yield GaugeMetricFamily(
                "tenantry_process_memory_ratio",
                "Resident memory over the memory limit of the process.",
                value=ratio,
            )

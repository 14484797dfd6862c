"""The metrics of syncs: by method and outcome, and of nobody's tenant."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

COLLECTIONS: Final = frozenset(
    {
        "tenants",
        "organizations",
        "roles",
        "users",
        "roleAssignments",
        "employeeAssignments",
        "creditConfigs",
        "entityCredits",
    }
)
"""Those that have series of their own; what else a tenant declares is called in its own words."""

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class SyncMetrics:
    """What this node has seen of runs; what is stored of them is asked of `/api/sync`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._declare_runs()
        self._declare_sources()

    def _declare_runs(self) -> None:
        self.runs = self._counter(
            "tenantry_sync_runs_total",
            "Sync runs that have ended, by what became of them.",
            "method",
            "fallback",
            "outcome",
        )
        self.essential_seconds = self._histogram(
            "tenantry_sync_essential_seconds", "Time until the essential collections were there."
        )
        self.run_seconds = self._histogram(
            "tenantry_sync_run_seconds", "Time until a run had ended, its background too."
        )
        self.answers = self._counter(
            "tenantry_sync_answers_total",
            "Logins and calls answered, by what they had to do.",
            "how",
        )
        self.fallbacks = self._counter(
            "tenantry_sync_fallbacks_total", "Runs that Temporal has not carried out.", "reason"
        )
        self.active_runs = self._gauge(
            "tenantry_sync_active_runs", "Runs that this node sees through."
        )
        self.stuck_runs = self._gauge(
            "tenantry_sync_stuck_runs",
            "Runs of any node that nobody carried out at the last sweep.",
        )

    def _declare_sources(self) -> None:
        self.collections = self._counter(
            "tenantry_sync_collections_total",
            "Collections brought up to date, or not.",
            "collection",
            "outcome",
        )
        self.pages = self._counter("tenantry_sync_pages_total", "Pages read and committed.")
        self.rows = self._counter(
            "tenantry_sync_rows_total", "Rows, by what became of them.", "operation"
        )
        self.read_again = self._counter(
            "tenantry_sync_read_again_total", "Collections read again, as they moved meanwhile."
        )
        self.source_retries = self._counter(
            "tenantry_sync_source_retries_total", "Pages asked for again after a failure."
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, registry=self._registry)

    def _histogram(self, name: str, meaning: str) -> Histogram:
        return Histogram(name, meaning, ["method"], registry=self._registry, buckets=_SECONDS)

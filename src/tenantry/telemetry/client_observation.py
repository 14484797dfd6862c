"""From what `tenantry.clients` tells to its metrics."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from prometheus_client import Counter, Histogram

from tenantry.telemetry.client_metrics import CLIENTS, ClientMetrics
from tenantry.telemetry.spans import EventRecord, SpanRecord

Record: TypeAlias = SpanRecord | EventRecord

_OTHER: Final = ("other", "other")
_ADDED: Final = ("added", "updated")
_SYNCED: Final = ("added", "updated", "removed", "unchanged")


class ClientObservers:
    """One method for each name; labels are bounded by how many clients have series of their own."""

    def __init__(self, metrics: ClientMetrics) -> None:
        self._metrics = metrics
        self._clients: set[tuple[str, str]] = set()

    def by_name(self) -> Mapping[str, Callable[[Record], None]]:
        """Return the methods by the names that they observe."""
        return {
            "tenantry.clients.components_installed": self._components_installed,
            "tenantry.clients.failed": self._failed,
            "tenantry.clients.menus_synchronized": self._menus_synchronized,
            "tenantry.clients.routes_synchronized": self._routes_synchronized,
            "tenantry.clients.started": self._started,
            "tenantry.clients.upsert": self._upsert,
            "tenantry.clients.users_created": self._users_created,
        }

    def _upsert(self, record: Record) -> None:
        told, whose = record.attributes, self._whose(record)
        labels = (*whose, told["operation"], _flag(told["has_errors"]))
        self._metrics.upserts.labels(*labels).inc()
        if isinstance(record, SpanRecord):
            self._metrics.upsert_seconds.labels(*whose).observe(record.duration_seconds)

    def _failed(self, record: Record) -> None:
        told = record.attributes
        counter = self._errors_of(told["collection"])
        labels = (*self._whose(record), told["operation"], told["error_type"])
        counter.labels(*labels).inc(told["error_count"])

    def _routes_synchronized(self, record: Record) -> None:
        self._count(self._metrics.routes, record)
        self._time(self._metrics.route_seconds, record)

    def _menus_synchronized(self, record: Record) -> None:
        self._count(self._metrics.menus, record)

    def _components_installed(self, record: Record) -> None:
        for operation in _ADDED:
            if count := record.attributes[operation]:
                self._metrics.components.labels(*self._whose(record), operation).inc(count)
        self._time(self._metrics.component_seconds, record)

    def _users_created(self, record: Record) -> None:
        self._metrics.users.labels(*self._whose(record)).inc(record.attributes["user_count"])

    def _started(self, record: Record) -> None:
        for outcome in ("loaded", "failed"):
            gauge = self._metrics.startup.labels(outcome)
            gauge.set(record.attributes[f"{outcome}_count"])

    def _count(self, counter: Counter, record: Record) -> None:
        whose, has_errors = self._whose(record), _flag(record.attributes["has_errors"])
        for operation in _SYNCED:
            counter.labels(*whose, operation, has_errors).inc(record.attributes[operation])

    def _time(self, histogram: Histogram, record: Record) -> None:
        histogram.labels(*self._whose(record)).observe(record.attributes["seconds"])

    def _errors_of(self, collection: str) -> Counter:
        match collection:
            case "routes":
                return self._metrics.route_errors
            case "menus":
                return self._metrics.menu_errors
            case "users":
                return self._metrics.user_errors
            case _:
                return self._metrics.upsert_errors

    def _whose(self, record: Record) -> tuple[str, str]:
        """Return tenant and key, both or neither: a key is nothing without its tenant."""
        client = (record.attributes["tenant"], record.attributes["client_key"])
        if client not in self._clients and len(self._clients) >= CLIENTS:
            return _OTHER
        self._clients.add(client)
        return client


def _flag(is_so: bool) -> str:  # noqa: FBT001 - one thing, turned into its word
    return "true" if is_so else "false"

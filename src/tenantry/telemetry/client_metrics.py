"""The metrics of clients, by the names and types that their requirement gives them."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

CLIENTS: Final = 100
"""How many clients have series of their own; those that come after are counted as `other`."""

_WHOSE: Final = ("tenant", "clientKey")
_SYNCED: Final = (*_WHOSE, "operation", "hasErrors")
_FAILED: Final = (*_WHOSE, "operation", "errorType")
_SECONDS: Final = (0.01, 0.05, 0.25, 1, 2.5, 5, 10, 60)


class ClientMetrics:
    """Counters are incremented by counts; of what is counted, `operation` says what became."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._declare_upserts()
        self._declare_collections()
        self.startup = Gauge(
            "tenantry_startup_clients",
            "Clients of the clients folder at the latest start, by what became of them.",
            ["outcome"],
            registry=registry,
        )

    def _declare_upserts(self) -> None:
        self.upserts = self._counter(
            "client_config_upsert_total", "Total client configuration upserts.", _SYNCED
        )
        self.upsert_seconds = self._histogram(
            "client_config_upsert_duration_seconds", "Duration of upsert operations."
        )
        self.upsert_errors = self._counter(
            "client_config_upsert_errors_total", "Total upsert errors.", _FAILED
        )

    def _declare_collections(self) -> None:
        self.routes = self._counter(
            "client_route_sync_total", "Routes synchronized, by what became of them.", _SYNCED
        )
        self.route_seconds = self._histogram(
            "client_route_sync_duration_seconds", "Duration of route sync operations."
        )
        self.route_errors = self._counter(
            "client_route_sync_errors_total", "Route synchronization errors.", _FAILED
        )
        self.menus = self._counter(
            "client_menu_sync_total", "Menus synchronized, by what became of them.", _SYNCED
        )
        self.menu_errors = self._counter(
            "client_menu_sync_errors_total", "Menu synchronization errors.", _FAILED
        )
        self.components = self._counter(
            "client_component_install_total", "Component installations.", (*_WHOSE, "operation")
        )
        self.component_seconds = self._histogram(
            "client_component_install_duration_seconds", "Component install duration."
        )
        self.users = self._counter(
            "client_user_creation_total", "Users created during config.", _WHOSE
        )
        self.user_errors = self._counter(
            "client_user_creation_errors_total", "User creation errors.", _FAILED
        )

    def _counter(self, name: str, meaning: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, meaning, labels, registry=self._registry)

    def _histogram(self, name: str, meaning: str) -> Histogram:
        return Histogram(name, meaning, _WHOSE, registry=self._registry, buckets=_SECONDS)

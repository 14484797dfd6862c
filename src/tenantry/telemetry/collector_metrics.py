"""The metrics of the collector: by collections that are known beforehand, and of no tenant."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

COLLECTIONS: Final = frozenset(
    {
        "app.bsky.actor.profile",
        "app.bsky.feed.generator",
        "app.bsky.feed.like",
        "app.bsky.feed.post",
        "app.bsky.feed.repost",
        "app.bsky.feed.threadgate",
        "app.bsky.graph.block",
        "app.bsky.graph.follow",
        "app.bsky.graph.list",
        "app.bsky.graph.listitem",
        "app.bsky.graph.starterpack",
        "app.bsky.labeler.service",
        "account",
        "identity",
        "sync",
    }
)
"""Those that have series of their own; anybody may send records of a collection they make up."""


class CollectorMetrics:
    """What this node's collector says of itself; what is stored is asked of `/api/collector`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.connected = self._gauge(
            "tenantry_collector_connected", "1 while a Jetstream host sends, else 0."
        )
        self.lag_seconds = self._gauge(
            "tenantry_collector_lag_seconds", "How far behind the present the stream is stored."
        )
        self.queued = self._gauge(
            "tenantry_collector_queued_events", "Events that have come and are not stored yet."
        )
        self.events = self._counter(
            "tenantry_collector_events_total", "Events stored, duplicates too.", "collection"
        )
        self.batches = self._counter(
            "tenantry_collector_batches_total", "Batches of events committed."
        )
        self.commit_seconds = self._counter(
            "tenantry_collector_commit_seconds_total", "Time that batches took to be stored."
        )
        self.reconnects = self._counter(
            "tenantry_collector_reconnects_total", "Connections after the first one."
        )
        self.gaps = self._counter(
            "tenantry_collector_gaps_total", "Gaps in the stream that were found."
        )
        self.dead_letters = self._counter(
            "tenantry_collector_dead_letters_total", "Frames that were no event."
        )
        self.deaths = self._counter(
            "tenantry_collector_deaths_total", "How often the collector's process has ended."
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, registry=self._registry)

"""Collector: the Bluesky Jetstream in one's own database, complete and provably so.

Events are folded into records by their `rev`, so what is stored is a function of the set of events:
whatever host they came from, in whatever order, however often. A batch and its cursor are committed
together, a ledger says what is covered and what is not, and what one host leaves out is fetched
from another. Strategies find users within the limits of the AT Protocol service. It never writes
to the network.

The routes are in `tenantry.collector.api`; only `tenantry.app` imports those.
"""

from tenantry.collector.model import CollectorStatus, Figures, Gap, Ledger, Pulse, Switch
from tenantry.collector.remote.appview import AppView, appview_limiter
from tenantry.collector.remote.jetstream import Connector
from tenantry.collector.rules import status_in_words
from tenantry.collector.service import (
    AppViewNetwork,
    Claim,
    Collector,
    CollectorCheck,
    CollectorViews,
    Control,
    Erasing,
    Pulsing,
    Purging,
    Replaying,
    Strategies,
    StrategyLoop,
    StrategyRunner,
    Wanted,
    atproto_check,
    wanted_collections,
)
from tenantry.collector.store import EVENT_TYPES
from tenantry.collector.worker import CollectorProcess, PulseWatch, PurgeWorker

__all__ = [
    "EVENT_TYPES",
    "AppView",
    "AppViewNetwork",
    "Claim",
    "Collector",
    "CollectorCheck",
    "CollectorProcess",
    "CollectorStatus",
    "CollectorViews",
    "Connector",
    "Control",
    "Erasing",
    "Figures",
    "Gap",
    "Ledger",
    "Pulse",
    "PulseWatch",
    "Pulsing",
    "PurgeWorker",
    "Purging",
    "Replaying",
    "Strategies",
    "StrategyLoop",
    "StrategyRunner",
    "Switch",
    "Wanted",
    "appview_limiter",
    "atproto_check",
    "status_in_words",
    "wanted_collections",
]

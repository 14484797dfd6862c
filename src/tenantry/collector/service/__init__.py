"""Use cases of the collector."""

from tenantry.collector.service.claiming import Claim
from tenantry.collector.service.collecting import Collector, Wanted, wanted_collections
from tenantry.collector.service.control import Control
from tenantry.collector.service.erasing import Erasing
from tenantry.collector.service.health import CollectorCheck, atproto_check
from tenantry.collector.service.pulsing import Pulsing
from tenantry.collector.service.purging import Purging
from tenantry.collector.service.replaying import MOST_REPLAYED_BYTES, Replaying
from tenantry.collector.service.strategies import Strategies
from tenantry.collector.service.strategy_loop import StrategyLoop
from tenantry.collector.service.strategy_network import AppViewNetwork
from tenantry.collector.service.strategy_running import StrategyRunner
from tenantry.collector.service.views import CollectorViews

__all__ = [
    "MOST_REPLAYED_BYTES",
    "AppViewNetwork",
    "Claim",
    "Collector",
    "CollectorCheck",
    "CollectorViews",
    "Control",
    "Erasing",
    "Pulsing",
    "Purging",
    "Replaying",
    "Strategies",
    "StrategyLoop",
    "StrategyRunner",
    "Wanted",
    "atproto_check",
    "wanted_collections",
]

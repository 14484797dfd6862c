"""What is collected for a tenant, for other programs: how it goes, what it says, who is found.

Requests, which are the one core, and two clients that send them.
"""

from tenantry.sdk.collector.async_client import AsyncCollectorClient
from tenantry.sdk.collector.client import CollectorClient
from tenantry.sdk.collector.model import (
    CollectorCounts,
    CollectorDeadLetter,
    CollectorFigures,
    CollectorGap,
    CollectorLedger,
    CollectorMention,
    CollectorNetwork,
    CollectorPulse,
    CollectorStatus,
    CollectorStretch,
    CollectorSwitch,
    EngagementLeader,
    GrowingUser,
    TrendingUser,
)
from tenantry.sdk.collector.strategy import (
    StrategyEstimate,
    StrategyFound,
    StrategyPlan,
    StrategyProgress,
    StrategyRun,
)

__all__ = [
    "AsyncCollectorClient",
    "CollectorClient",
    "CollectorCounts",
    "CollectorDeadLetter",
    "CollectorFigures",
    "CollectorGap",
    "CollectorLedger",
    "CollectorMention",
    "CollectorNetwork",
    "CollectorPulse",
    "CollectorStatus",
    "CollectorStretch",
    "CollectorSwitch",
    "EngagementLeader",
    "GrowingUser",
    "StrategyEstimate",
    "StrategyFound",
    "StrategyPlan",
    "StrategyProgress",
    "StrategyRun",
    "TrendingUser",
]

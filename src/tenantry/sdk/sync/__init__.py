"""A tenant's sync, for other programs: have it run, see how it stands, read the rows.

Requests, which are the one core, and two clients that send them. A failure of a sync is a
`SyncFailed`, which says whether and when to try again.
"""

from tenantry.sdk.sync.async_client import AsyncTenantSyncClient
from tenantry.sdk.sync.client import TenantSyncClient
from tenantry.sdk.sync.figures import (
    SyncCollectionFigures,
    SyncFigures,
    SyncHealth,
    SyncMethodStats,
    SyncMetrics,
    SyncPercentiles,
    SyncStatistics,
)
from tenantry.sdk.sync.model import (
    SyncCheck,
    SyncCollection,
    SyncCollectionCounts,
    SyncDecision,
    SyncEvent,
    SyncFailure,
    SyncFlag,
    SyncProgress,
    SyncResult,
    SyncRow,
    SyncRun,
    SyncStatus,
    SyncTimeline,
    SyncUnlocked,
)

__all__ = [
    "AsyncTenantSyncClient",
    "SyncCheck",
    "SyncCollection",
    "SyncCollectionCounts",
    "SyncCollectionFigures",
    "SyncDecision",
    "SyncEvent",
    "SyncFailure",
    "SyncFigures",
    "SyncFlag",
    "SyncHealth",
    "SyncMethodStats",
    "SyncMetrics",
    "SyncPercentiles",
    "SyncProgress",
    "SyncResult",
    "SyncRow",
    "SyncRun",
    "SyncStatistics",
    "SyncStatus",
    "SyncTimeline",
    "SyncUnlocked",
    "TenantSyncClient",
]

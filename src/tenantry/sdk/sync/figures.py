"""What all runs say together; durations are ms, and rates percentages."""

from datetime import datetime

import msgspec


class SyncPercentiles(msgspec.Struct, frozen=True, kw_only=True):
    """Of durations; None where there were none."""

    count: int = 0
    average: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class SyncFigures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the runs of the last day say."""

    total_syncs: int
    successful_syncs: int
    failed_syncs: int
    success_rate: float
    failure_rate: float
    error_types: dict[str, int] = {}
    average_duration: float | None = None
    average_essential_duration: float | None = None
    average_background_duration: float | None = None
    durations: dict[str, SyncPercentiles] = {}


class SyncStatistics(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many tenants stand how."""

    total_tenants: int
    completed_tenants: int
    failed_tenants: int
    in_progress_tenants: int
    pending_tenants: int
    success_rate: float
    failure_rate: float
    average_duration: float | None = None
    total_records_synced: int = 0


class SyncCollectionFigures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How one collection stands with all tenants."""

    total: int
    completed: int
    failed: int
    pending: int
    success_rate: float
    failure_rate: float
    total_records: int = 0


class SyncMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """What stored runs, tenants and collections say, the runs of them since `since`."""

    orchestration: SyncFigures
    database: SyncStatistics
    collections: dict[str, SyncCollectionFigures] = {}
    since: datetime
    timestamp: datetime


class SyncHealth(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether syncs go well: `status` is healthy, degraded or unhealthy."""

    status: str
    success_rate: float
    failure_rate: float
    stuck_syncs: int
    active_syncs: int
    timestamp: datetime

    @property
    def is_healthy(self) -> bool:
        """Whether they go well, or well enough."""
        return self.status != "unhealthy"


class SyncMethodStats(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the methods have done; a rate is None where there was nothing to judge by."""

    total_syncs: int
    completed_syncs: int
    direct_syncs: int
    temporal_syncs: int
    fallback_syncs: int
    success_rate: dict[str, float | None] = {}
    durations: dict[str, SyncPercentiles] = {}
    since: datetime

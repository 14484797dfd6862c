"""What is shown of a tenant's sync, and of all of them; instants are ISO 8601, durations ms."""

from typing import Any, Literal

import msgspec

from tenantry.sync.model.result import FailedCollection, Method, SyncMethod
from tenantry.sync.model.run import SyncedRow

TenantStatus = Literal["not_started", "in_progress", "completed", "failed"]
TenantPhase = Literal["independent", "dependent", "completed"]
"""Those of the original: `dependent` says that the essential collections are there."""
HealthStatus = Literal["healthy", "degraded", "unhealthy"]


class TenantSync(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a tenant's sync stands."""

    tenant_id: str
    status: TenantStatus
    phase: TenantPhase | None = None
    needs_sync: bool
    is_stuck: bool = False
    sync_method: Method | None = None
    fallback_used: bool = False
    has_source: bool = True
    correlation_id: str | None = None
    attempt_count: int = 0
    started_at: str | None = None
    essential_completed_at: str | None = None
    completed_at: str | None = None
    last_attempt_at: str | None = None
    next_attempt_at: str | None = None
    ready_at: str | None = None
    age_seconds: float | None = None
    progress: int = 0
    triggered_by: str | None = None
    trigger_source: str | None = None
    error: str | None = None
    error_type: str | None = None
    has_failed_collections: bool = False
    failed_collections: tuple[FailedCollection, ...] = ()


class TenantPage(msgspec.Struct, frozen=True, kw_only=True):
    """How some tenants' syncs stand, by tenant."""

    tenants: tuple[TenantSync, ...]
    next_cursor: str | None = None


class CollectionView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a collection stands."""

    collection: str
    phase: Literal["essential", "background"]
    status: Literal["pending", "running", "completed", "failed"]
    record_count: int = 0
    page: int = 0
    last_sync_at: str | None = None
    error: str | None = None
    error_type: str | None = None
    next_attempt_at: str | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far a tenant's sync is: `progress` is a percentage of its collections."""

    tenant_id: str
    status: TenantStatus
    phase: TenantPhase | None
    progress: int
    synced_collections: int
    total_collections: int
    collections: tuple[CollectionView, ...]
    message: str


class RowPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a collection, by key."""

    rows: tuple[SyncedRow, ...]
    next_cursor: str | None = None


class RunView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run."""

    tenant_id: str
    correlation_id: str
    status: str
    phase: str
    kind: str
    sync_method: SyncMethod
    reason: str
    trigger_source: str
    triggered_by: str
    fallback_used: bool
    temporal_error: str | None
    workflow_id: str | None
    run_id: str | None
    error: str | None
    error_type: str | None
    started_at: str
    essential_at: str | None
    finished_at: str | None
    duration: float | None
    essential_duration: float | None


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some runs, newest first."""

    runs: tuple[RunView, ...]
    next_cursor: str | None = None


class HappenedView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened in a run; `source` is who tells it: us, or the workflow's history."""

    at: str
    source: Literal["sync", "workflow"]
    kind: str
    collection: str | None = None
    details: dict[str, Any] = {}


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and everything that happened in it, oldest first."""

    run: RunView
    timeline: tuple[HappenedView, ...]


class Percentiles(msgspec.Struct, frozen=True, kw_only=True):
    """Of durations in ms; None where there were none."""

    count: int
    average: float | None
    p50: float | None
    p95: float | None
    p99: float | None


class OrchestrationFigures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the stored runs say together."""

    total_syncs: int
    successful_syncs: int
    failed_syncs: int
    success_rate: float
    failure_rate: float
    error_types: dict[str, int]
    average_duration: float | None
    average_essential_duration: float | None
    average_background_duration: float | None
    durations: dict[str, Percentiles]


class TenantFigures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the tenants stand."""

    total_tenants: int
    completed_tenants: int
    failed_tenants: int
    in_progress_tenants: int
    pending_tenants: int
    success_rate: float
    failure_rate: float
    average_duration: float | None
    total_records_synced: int


class CollectionFigures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How one collection stands with all tenants."""

    total: int
    completed: int
    failed: int
    pending: int
    success_rate: float
    failure_rate: float
    total_records: int


class SyncMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """What `/api/sync/metrics` says."""

    orchestration: OrchestrationFigures
    database: TenantFigures
    collections: dict[str, CollectionFigures]
    since: str
    timestamp: str


class SyncHealth(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether syncs go well; rates are percentages of the runs that have ended."""

    status: HealthStatus
    success_rate: float
    failure_rate: float
    stuck_syncs: int
    active_syncs: int
    timestamp: str


class MethodStats(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the methods have done; a rate is None where there was nothing to judge by."""

    total_syncs: int
    completed_syncs: int
    direct_syncs: int
    temporal_syncs: int
    fallback_syncs: int
    success_rate: dict[Method, float | None]
    durations: dict[str, Percentiles]
    since: str


class Cleanup(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a clean-up has done: runs that were deserted are taken up where they stand."""

    taken_up: tuple[str, ...]


class Unlocked(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What has become of a tenant's lease."""

    tenant_id: str
    released: bool
    message: str

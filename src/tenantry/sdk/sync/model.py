"""Syncs as the server's answers say them; durations are ms. What a newer server adds is unread."""

from datetime import datetime
from typing import Any

import msgspec


class SyncFailure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A collection that could not be brought up to date, and when it last was."""

    collection: str
    error: str
    error_type: str
    last_sync_at: datetime | None = None
    next_attempt_at: datetime | None = None


class SyncCollectionCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a run has done with one collection; where it `is_unchanged`, nothing was read."""

    rows: int = 0
    written: int = 0
    deactivated: int = 0
    pages: int = 0
    is_unchanged: bool = msgspec.field(default=False, name="unchanged")


class SyncResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a tenant's data: `sync_method` is direct, temporal or direct_fallback.

    Where they were `already_synced`, nothing was fetched, and the rest tells of the run that did;
    where they are `stale`, they are older than they should be, and a refresh is under way.
    """

    success: bool
    tenant_id: str
    correlation_id: str | None
    sync_method: str
    workflow_id: str | None = None
    run_id: str | None = None
    duration: float = 0.0
    essential_duration: float | None = None
    background_duration: float | None = None
    background_sync_started: bool = False
    already_synced: bool = False
    stale: bool = False
    age_seconds: float | None = None
    fallback_used: bool = False
    temporal_error: str | None = None
    error: str | None = None
    error_type: str | None = None
    has_failed_collections: bool = False
    failed_collections: tuple[SyncFailure, ...] = ()
    counts: dict[str, SyncCollectionCounts] = {}


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a tenant's sync stands: `status` is not_started, in_progress, completed or failed.

    Where it `is_stuck`, nobody carries the run out any more, and none has taken it up yet.
    """

    tenant_id: str
    status: str
    phase: str | None = None
    needs_sync: bool = False
    is_stuck: bool = False
    sync_method: str | None = None
    fallback_used: bool = False
    has_source: bool = True
    correlation_id: str | None = None
    attempt_count: int = 0
    started_at: datetime | None = None
    essential_completed_at: datetime | None = None
    completed_at: datetime | None = None
    last_attempt_at: datetime | None = None
    next_attempt_at: datetime | None = None
    ready_at: datetime | None = None
    age_seconds: float | None = None
    progress: int = 0
    triggered_by: str | None = None
    trigger_source: str | None = None
    error: str | None = None
    error_type: str | None = None
    has_failed_collections: bool = False
    failed_collections: tuple[SyncFailure, ...] = ()


class SyncCollection(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a collection stands: `status` is pending, running, completed or failed."""

    collection: str
    phase: str
    status: str
    record_count: int = 0
    page: int = 0
    last_sync_at: datetime | None = None
    error: str | None = None
    error_type: str | None = None
    next_attempt_at: datetime | None = None


class SyncProgress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far a tenant's sync is: `progress` is a percentage of its collections."""

    tenant_id: str
    status: str
    phase: str | None = None
    progress: int = 0
    synced_collections: int = 0
    total_collections: int = 0
    collections: tuple[SyncCollection, ...] = ()
    message: str = ""


class SyncFlag(msgspec.Struct, frozen=True, kw_only=True):
    """What the flag `sync-method` says for a tenant; `error` where it can say nothing."""

    value: Any = None
    variant: str | None = None
    reason: str = ""
    layer: str | None = None
    error: str | None = None


class SyncDecision(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which method a sync would take, who has decided that, and why."""

    method: str
    decided_by: str
    reason: str
    flag: SyncFlag | None = None


class SyncRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A row as it was synced; one that the source has no more is `is_deleted`."""

    key: str
    data: dict[str, Any]
    synced_at: datetime
    is_deleted: bool = msgspec.field(default=False, name="deleted")


class SyncRun(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run: `status` is running, completed, failed or superseded."""

    tenant_id: str
    correlation_id: str
    status: str
    phase: str
    kind: str
    sync_method: str
    reason: str
    trigger_source: str
    triggered_by: str
    fallback_used: bool = False
    temporal_error: str | None = None
    workflow_id: str | None = None
    run_id: str | None = None
    error: str | None = None
    error_type: str | None = None
    started_at: datetime
    essential_at: datetime | None = None
    finished_at: datetime | None = None
    duration: float | None = None
    essential_duration: float | None = None


class SyncEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened in a run; `source` says who tells it: `sync`, or `workflow`."""

    at: datetime
    source: str
    kind: str
    collection: str | None = None
    details: dict[str, Any] = {}


class SyncTimeline(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and everything that happened in it, oldest first."""

    run: SyncRun
    timeline: tuple[SyncEvent, ...] = ()


class SyncCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What asking a source for the first page of a collection has shown."""

    collection: str
    is_ok: bool
    row_count: int = 0
    total: int | None = None
    error_type: str | None = None
    error: str = ""


class SyncUnlocked(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What has become of a tenant's lease."""

    tenant_id: str
    is_released: bool = msgspec.field(name="released")
    message: str = ""

"""What a login is told of its tenant's sync."""

from typing import Literal

import msgspec

Method = Literal["direct", "temporal"]
SyncMethod = Literal["direct", "temporal", "direct_fallback"]


class CollectionCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a run has done with one collection: rows it has now, and those written and deactivated.

    Where `is_unchanged`, the source said so, and nothing was read.
    """

    rows: int = 0
    written: int = 0
    deactivated: int = 0
    pages: int = 0
    is_unchanged: bool = msgspec.field(default=False, name="unchanged")


class FailedCollection(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """A collection that could not be brought up to date, and when it last was."""

    collection: str
    error: str
    error_type: str
    last_sync_at: str | None = None
    next_attempt_at: str | None = None


class SyncResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a tenant's data; durations are milliseconds.

    `already_synced`: the data were fresh, nothing was fetched, and the rest tells of the run that
    fetched them. `stale`: they are older than they should be, by `age_seconds`; a refresh is under
    way behind it, or the last one has failed.
    """

    success: bool
    tenant_id: str
    correlation_id: str | None
    sync_method: SyncMethod
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
    failed_collections: tuple[FailedCollection, ...] = ()
    counts: dict[str, CollectionCounts] = {}

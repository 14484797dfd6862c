"""Runs, passes, and where a tenant stands."""

from typing import Any, Literal

import msgspec

from tenantry.sync.model.result import CollectionCounts, Method

RunStatus = Literal["running", "completed", "failed", "superseded"]
"""A run is superseded by one that was forced, or when whoever carried it out has gone."""
RunPhase = Literal["essential", "background", "completed"]
RunKind = Literal["full", "repair"]
"""A repair fetches the background collections again that have failed, and those alone."""
TriggerSource = Literal["login", "api", "refresh", "retry", "resume"]
CollectionStatus = Literal["running", "completed", "failed"]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One sync run as it is stored; times are µs since 1970.

    `token` is the fencing token that it writes under.
    """

    tenant_id: str
    correlation_id: str
    status: RunStatus = "running"
    phase: RunPhase = "essential"
    method: Method
    reason: str
    kind: RunKind = "full"
    trigger_source: TriggerSource
    triggered_by: str
    token: int
    workflow_id: str | None = None
    workflow_run_id: str | None = None
    is_fallback: bool = False
    temporal_error: str | None = None
    error_type: str | None = None
    error: str | None = None
    counts: dict[str, CollectionCounts] = {}
    started_at: int
    essential_at: int | None = None
    finished_at: int | None = None


class TenantState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a tenant stands: when its essential data were last complete (0: never), from `source`.

    `attempts` counts the runs that have failed since; before `retry_at` nobody tries by himself.
    """

    tenant_id: str
    ready_at: int
    source: str
    correlation_id: str
    attempts: int = 0
    retry_at: int = 0


class CollectionState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a collection is: its last complete pass, and the one under way.

    `pass_id` and `page` are what the next page is compared with and sets. `is_whole`: the pass
    reads everything, so what it does not meet is gone; `total` is what its first page said there
    is. `since` is of the last complete pass, `etag` too, until another page is written; `whole_at`
    is when the last whole one was complete, `synced_at` any.
    """

    tenant_id: str
    collection: str
    status: CollectionStatus = "running"
    correlation_id: str = ""
    source: str = ""
    pass_id: int = 0
    pass_at: int = 0
    page: int = 0
    token: str | None = None
    is_whole: bool = True
    total: int | None = None
    etag: str | None = None
    since: str | None = None
    row_count: int = 0
    whole_at: int = 0
    synced_at: int = 0
    attempts: int = 0
    retry_at: int = 0
    error_type: str | None = None
    error: str | None = None


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened in a run, at µs since 1970."""

    at: int
    kind: str
    collection: str | None = None
    details: dict[str, Any] = {}


class SyncedRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A row as it was synchronised."""

    key: str
    data: msgspec.Raw
    deleted: bool
    synced_at: str

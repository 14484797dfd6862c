"""What is told about updaters; the words are the originals'. Instants are ISO 8601."""

from typing import Any, Literal, TypeAlias

import msgspec

HealthStatus: TypeAlias = Literal["healthy", "degraded", "unhealthy"]


class _View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of an answer."""


class Warned(msgspec.Struct, frozen=True):
    """Something about a schedule that is not what it seems."""

    code: str
    message: str


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What an expression means; `next_runs` have the offset of their time zone."""

    expression: str
    timezone: str
    description: str
    next_runs: tuple[str, ...]
    runs_per_week: float
    estimated_rows_per_day: float
    warnings: tuple[Warned, ...] = ()


class ScheduleView(_View, frozen=True, kw_only=True):
    """A schedule as it counts, and what it means."""

    cron: str
    timezone: str
    intent: str | None
    is_enabled: bool
    is_paused: bool
    misfire: str
    catch_up_seconds: float
    overlap: str
    jitter_seconds: float
    explanation: Explained


class ConfigView(_View, frozen=True, kw_only=True):
    """The configuration as it counts, what of it was `given`, and what its schedules mean."""

    config: dict[str, Any]
    given: dict[str, Any]
    version: int
    schedules: dict[str, ScheduleView]


class UpdaterView(_View, frozen=True, kw_only=True):
    """An updater of a tenant."""

    name: str
    schedule_key: str
    category: str
    description: str
    is_enabled: bool
    last_execution: str | None
    next_execution: str | None
    config: ScheduleView


class BackfillView(_View, frozen=True, kw_only=True):
    """A history that is being made, or was; `progress` is from 0 to 1."""

    since: str
    until: str | None
    at: str | None
    progress: float
    is_done: bool


class StatusView(_View, frozen=True, kw_only=True):
    """How a tenant's updaters stand."""

    is_running: bool
    is_dry_run: bool
    tenant_id: str
    customer_id: str
    is_sandbox: bool
    started_at: str | None
    started_by: str | None
    updaters: tuple[UpdaterView, ...]
    next_executions: dict[str, str | None]
    running: tuple[str, ...]
    backfill: BackfillView | None
    corpus_version: str
    seed: str
    revision: int
    is_clock_behind: bool


class UpdaterMetricsView(_View, frozen=True, kw_only=True):
    """What an updater's runs were like; the average is in milliseconds."""

    name: str
    is_enabled: bool
    total_executions: int
    successful_executions: int
    failed_executions: int
    average_execution_time: float | None
    last_execution: str | None
    last_error: str | None


class SystemMetricsView(_View, frozen=True, kw_only=True):
    """How the whole of a tenant's updaters does."""

    is_running: bool
    total_updaters: int
    enabled_updaters: int
    next_executions: dict[str, str | None]
    rows_today: int
    rows_per_day_limit: int


class MetricsView(_View, frozen=True, kw_only=True):
    """The figures of a tenant's updaters."""

    system_metrics: SystemMetricsView
    updater_metrics: tuple[UpdaterMetricsView, ...]


class LogLineView(_View, frozen=True, kw_only=True):
    """A line of what happened, from whichever node."""

    timestamp: str
    level: str
    message: str
    data: dict[str, Any]
    source: str


class HealthView(_View, frozen=True, kw_only=True):
    """Whether a tenant's updaters do what they should, and why not."""

    status: HealthStatus
    updater_system_running: bool
    total_updaters: int
    reasons: tuple[str, ...]
    timestamp: str


class ExecutionView(_View, frozen=True, kw_only=True):
    """What an execution has done, or would do: then with its rows, and the token to have them."""

    run_id: str
    updater: str
    success: bool
    records_updated: int
    rows_created: int
    rows_changed: int
    execution_time: float
    is_dry_run: bool
    slot: str
    attestation: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]] | None = None
    changes: list[dict[str, Any]] | None = None
    token: str | None = None


class UpdaterRunView(_View, frozen=True, kw_only=True):
    """One run, as it was recorded."""

    run_id: str
    number: int
    updater: str
    kind: str
    status: str
    reason: str | None
    slot: str
    rows_created: int
    rows_changed: int
    tables: dict[str, int]
    triggered_by: str
    started_at: str
    finished_at: str
    execution_time: float
    error: str | None
    corpus_version: str
    undone_at: str | None
    undone_by: str | None
    attestation: dict[str, Any]


class RunDetail(_View, frozen=True, kw_only=True):
    """A run, and every change it has made: only whoever may read rows sees their values."""

    run: UpdaterRunView
    changes: tuple[dict[str, Any], ...]


class FiringView(_View, frozen=True, kw_only=True):
    """A fire time, or a range of those that were passed over, and what became of it."""

    schedule: str
    fire_at: str
    until: str
    count: int
    status: str
    reason: str | None
    attempt: int
    run_id: str | None
    error: str | None


class KeptRow(_View, frozen=True, kw_only=True):
    """A row that an undo has left as it is, and why."""

    table: str
    id: str
    reason: str


class UndoView(_View, frozen=True, kw_only=True):
    """What an undo has done."""

    run_ids: tuple[str, ...]
    removed: int
    restored: int
    removed_with: int
    kept: tuple[KeptRow, ...]


class CheckView(_View, frozen=True, kw_only=True):
    """What the coherence checker has found in a tenant's tables."""

    rows: int
    edited: int
    fault_count: int
    faults: tuple[dict[str, Any], ...]

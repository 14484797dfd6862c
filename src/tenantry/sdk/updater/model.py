"""Updaters as the server's answers say them; what a newer server adds is unread."""

from datetime import datetime
from typing import Any

import msgspec


class ScheduleWarning(msgspec.Struct, frozen=True):
    """Something about a schedule that is not what it seems."""

    code: str
    message: str


class ScheduleExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a cron expression means; `next_runs` are in its time zone."""

    expression: str
    timezone: str
    description: str
    next_runs: tuple[datetime, ...]
    runs_per_week: float
    estimated_rows_per_day: float
    warnings: tuple[ScheduleWarning, ...] = ()


class UpdaterSchedule(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A schedule as it counts, and what it means."""

    cron: str
    timezone: str
    intent: str | None = None
    is_enabled: bool = True
    is_paused: bool = False
    misfire: str = ""
    catch_up_seconds: float = 0.0
    overlap: str = ""
    jitter_seconds: float = 0.0
    explanation: ScheduleExplanation


class UpdaterConfiguration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The configuration as it counts, what of it was `given`, and its schedules by key."""

    config: dict[str, Any]
    given: dict[str, Any]
    version: int
    schedules: dict[str, UpdaterSchedule]


class UpdaterInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One updater of a tenant; its schedule is under `config`."""

    name: str
    schedule_key: str
    category: str = ""
    description: str = ""
    is_enabled: bool = True
    last_execution: datetime | None = None
    next_execution: datetime | None = None
    config: UpdaterSchedule


class UpdaterBackfill(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A history that is being made, or was; `progress` is from 0 to 1."""

    since: datetime
    until: datetime | None = None
    at: datetime | None = None
    progress: float
    is_done: bool


class UpdaterStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a tenant's updaters stand."""

    is_running: bool
    is_dry_run: bool
    tenant_id: str
    customer_id: str
    is_sandbox: bool
    started_at: datetime | None = None
    started_by: str | None = None
    updaters: tuple[UpdaterInfo, ...] = ()
    next_executions: dict[str, datetime | None] = {}
    running: tuple[str, ...] = ()
    backfill: UpdaterBackfill | None = None
    corpus_version: str = ""
    seed: str = ""
    revision: int = 0
    is_clock_behind: bool = False


class UpdaterFigures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an updater's runs were like; the average is in ms."""

    name: str
    is_enabled: bool
    total_executions: int
    successful_executions: int
    failed_executions: int
    average_execution_time: float | None = None
    last_execution: datetime | None = None
    last_error: str | None = None


class UpdaterSystemFigures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the whole of a tenant's updaters does."""

    is_running: bool
    total_updaters: int
    enabled_updaters: int
    next_executions: dict[str, datetime | None] = {}
    rows_today: int = 0
    rows_per_day_limit: int = 0


class UpdaterMetrics(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The figures of a tenant's updaters."""

    system_metrics: UpdaterSystemFigures
    updater_metrics: tuple[UpdaterFigures, ...]


class UpdaterLogLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A line of what happened; `source` is the node."""

    timestamp: datetime
    level: str
    message: str
    data: dict[str, Any] = {}
    source: str = ""


class UpdaterHealth(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether updaters do what they should: `status` is healthy, degraded or unhealthy."""

    status: str
    updater_system_running: bool
    total_updaters: int
    reasons: tuple[str, ...] = ()
    timestamp: datetime

    @property
    def is_healthy(self) -> bool:
        """Whether they do, or well enough."""
        return self.status != "unhealthy"


class UpdaterExecution(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an execution has done, or would do: then with its rows, and the token to have them."""

    run_id: str
    updater: str
    success: bool
    records_updated: int
    rows_created: int
    rows_changed: int
    execution_time: float
    is_dry_run: bool
    slot: datetime
    attestation: dict[str, Any] = {}
    rows: dict[str, list[dict[str, Any]]] | None = None
    changes: list[dict[str, Any]] | None = None
    token: str | None = None


class UpdaterRun(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One run, as it was recorded."""

    run_id: str
    number: int
    updater: str
    kind: str
    status: str
    reason: str | None = None
    slot: datetime
    rows_created: int
    rows_changed: int
    tables: dict[str, int] = {}
    triggered_by: str = ""
    started_at: datetime
    finished_at: datetime
    execution_time: float
    error: str | None = None
    corpus_version: str = ""
    undone_at: datetime | None = None
    undone_by: str | None = None
    attestation: dict[str, Any] = {}


class UpdaterRunDetail(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A run, and every change it has made; their values where one may read rows."""

    run: UpdaterRun
    changes: tuple[dict[str, Any], ...]


class UpdaterFiring(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A fire time, or a range of those that were passed over, and what became of it."""

    schedule: str
    fire_at: datetime
    until: datetime
    count: int
    status: str
    reason: str | None = None
    attempt: int = 0
    run_id: str | None = None
    error: str | None = None


class UpdaterKeptRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that an undo has left as it is, and why."""

    table: str
    id: str
    reason: str


class UpdaterUndo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an undo has done."""

    run_ids: tuple[str, ...]
    removed: int
    restored: int
    removed_with: int
    kept: tuple[UpdaterKeptRow, ...] = ()


class UpdaterCheck(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is wrong with a tenant's rows."""

    rows: int
    edited: int
    fault_count: int
    faults: tuple[dict[str, Any], ...] = ()

    @property
    def is_coherent(self) -> bool:
        """Whether nothing was found."""
        return self.fault_count == 0

"""What is kept of a simulation besides its rows: how far it is, and what its runs have done."""

from typing import Any, Literal, TypeAlias

import msgspec

from tenantry.updater.model.rows import Row, TableName

RunKind: TypeAlias = Literal["scheduled", "manual", "backfill", "setup", "dry_run", "token"]
"""A dry run has written nothing; a token's run has written what a dry run had shown."""
RunStatus: TypeAlias = Literal["done", "failed", "skipped"]


class StoredWorld(msgspec.Struct, frozen=True, kw_only=True):
    """How far a tenant's simulation is; instants are µs since 1970.

    `revision` grows with every step, and whoever takes the next names the one that he has seen.
    A backfill goes on from `backfill_from` until `backfill_until`, None where there is none.
    """

    tenant_id: str
    seed: int
    corpus_version: str
    revision: int = 0
    numbers: dict[str, int] = {}
    slots: dict[str, int] = {}
    is_running: bool = False
    is_dry_run: bool = False
    log_level: str = "info"
    started_at: int | None = None
    started_by: str | None = None
    backfill_from: int | None = None
    backfill_until: int | None = None


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one run has done; instants are µs since 1970.

    `number` is the order in which a tenant's runs were committed, and nobody's twice. `row_count`
    is how many rows began, `tables` how many of them in each table.
    """

    tenant_id: str
    run_id: str
    number: int
    updater: str
    slot_at: int
    slot_key: str
    kind: RunKind
    status: RunStatus = "done"
    reason: str | None = None
    row_count: int = 0
    update_count: int = 0
    tables: dict[str, int] = {}
    attestation: dict[str, Any] = {}
    corpus_version: str
    triggered_by: str
    started_at: int
    finished_at: int
    duration_us: int
    error: str | None = None
    undone_at: int | None = None
    undone_by: str | None = None


class RunMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """How the runs of one updater went; dry runs and those that were skipped are not among them.

    `last_error` is that of the last run that failed, whatever came after it.
    """

    updater: str
    total: int
    successful: int
    failed: int
    average_ms: float
    last_execution: int
    last_error: str | None = None


class StoredRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it is stored; `edited_at` is when a person last changed it, None for never."""

    row: Row
    edited_at: int | None = None
    edited_by: str | None = None


class RowName(msgspec.Struct, frozen=True, order=True):
    """Which row of a tenant."""

    table: TableName
    id: str


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a tenant's log, written on `node`."""

    at: int
    level: str
    message: str
    data: dict[str, Any] = {}
    node: str


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One change in the ledger of a run: a row that began, or columns that got other values."""

    table: TableName
    row_id: str
    is_insert: bool
    values: dict[str, Any]

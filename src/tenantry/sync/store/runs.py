"""Runs and their timelines, as rows."""

from collections.abc import Mapping, Sequence
from itertools import starmap
from typing import Any, Final

import msgspec

from tenantry.db import Transaction
from tenantry.sync.model import CollectionCounts, Run, RunPhase, RunStatus, TimelineEntry
from tenantry.sync.store.statements import statements

NEWEST: Final = (2**62, "~")
"""Before which everything is."""

_COUNTS: Final = msgspec.json.Decoder(dict[str, CollectionCounts])
_DETAILS: Final = msgspec.json.Decoder(dict[str, Any])


def insert_run(tx: Transaction, run: Run) -> None:
    """Store a run that begins."""
    statements(tx).insert_run(
        tx.connection,
        tenant_id=run.tenant_id,
        correlation_id=run.correlation_id,
        status=run.status,
        phase=run.phase,
        method=run.method,
        reason=run.reason,
        kind=run.kind,
        trigger_source=run.trigger_source,
        triggered_by=run.triggered_by,
        token=run.token,
        started_at=run.started_at,
    )


def find_run(tx: Transaction, tenant_id: str, correlation_id: str) -> Run | None:
    """Return a run."""
    row = statements(tx).run_of_id(
        tx.connection, tenant_id=tenant_id, correlation_id=correlation_id
    )
    return None if row is None else _run(*row)


def runs_before(
    tx: Transaction, tenant_id: str | None, before: tuple[int, str], limit: int
) -> list[Run]:
    """Return runs of a tenant, or of all, newest first."""
    started_at, correlation_id = before
    if tenant_id is None:
        rows = statements(tx).runs_of_all(
            tx.connection, before=started_at, correlation_id=correlation_id, row_limit=limit
        )
    else:
        rows = statements(tx).runs_of_tenant(
            tx.connection,
            tenant_id=tenant_id,
            before=started_at,
            correlation_id=correlation_id,
            row_limit=limit,
        )
    return list(starmap(_run, rows))


def note_workflow(
    tx: Transaction, run: Run, *, workflow_id: str | None, workflow_run_id: str | None
) -> None:
    """Store which workflow carries a run out."""
    statements(tx).note_workflow(
        tx.connection,
        tenant_id=run.tenant_id,
        correlation_id=run.correlation_id,
        workflow_id=workflow_id,
        workflow_run_id=workflow_run_id,
    )


def note_fallback(tx: Transaction, run: Run, *, token: int, temporal_error: str) -> None:
    """Store that a run is carried out directly after all."""
    statements(tx).note_fallback(
        tx.connection,
        tenant_id=run.tenant_id,
        correlation_id=run.correlation_id,
        token=token,
        temporal_error=temporal_error,
    )


def note_essential(
    tx: Transaction,
    run: Run,
    *,
    phase: RunPhase,
    counts: Mapping[str, CollectionCounts],
    at: int,
) -> None:
    """Store that the essential collections are complete."""
    statements(tx).note_essential(
        tx.connection,
        tenant_id=run.tenant_id,
        correlation_id=run.correlation_id,
        phase=phase,
        counts=encode_counts(counts),
        essential_at=at,
    )


def end_run(
    tx: Transaction,
    run: Run,
    *,
    status: RunStatus,
    phase: RunPhase,
    counts: Mapping[str, CollectionCounts],
    at: int,
    error_type: str | None = None,
    error: str | None = None,
) -> bool:
    """Store how a run has ended; False where it had ended before."""
    ended = statements(tx).end_run(
        tx.connection,
        tenant_id=run.tenant_id,
        correlation_id=run.correlation_id,
        status=status,
        phase=phase,
        error_type=error_type,
        error=error,
        counts=encode_counts(counts),
        finished_at=at,
    )
    return ended is not None


def supersede_runs(
    tx: Transaction, tenant_id: str, *, but: str, error: str, at: int
) -> Sequence[str]:
    """End what runs of a tenant are still said to be under way, and return their ids."""
    rows = statements(tx).supersede_runs(
        tx.connection, tenant_id=tenant_id, correlation_id=but, error=error, finished_at=at
    )
    return [correlation_id for (correlation_id,) in rows]


def tell(
    tx: Transaction,
    run: Run,
    kind: str,
    *,
    at: int,
    collection: str | None = None,
    **details: Any,
) -> None:
    """Add to a run's timeline."""
    statements(tx).add_to_timeline(
        tx.connection,
        tenant_id=run.tenant_id,
        correlation_id=run.correlation_id,
        at=at,
        kind=kind,
        collection=collection,
        details=msgspec.json.encode(details).decode(),
    )


def timeline_of(
    tx: Transaction, tenant_id: str, correlation_id: str, limit: int
) -> list[TimelineEntry]:
    """Return a run's timeline in the order in which it was told."""
    rows = statements(tx).timeline_of_run(
        tx.connection, tenant_id=tenant_id, correlation_id=correlation_id, row_limit=limit
    )
    return [
        TimelineEntry(at=at, kind=kind, collection=collection, details=_DETAILS.decode(details))
        for at, kind, collection, details in rows
    ]


def encode_counts(counts: Mapping[str, CollectionCounts]) -> str:
    """Write counts as they are stored."""
    return msgspec.json.encode(counts).decode()


def _run(*row: Any) -> Run:
    values = dict(zip(_FIELDS, row, strict=True))
    values["is_fallback"] = bool(values["is_fallback"])
    values["counts"] = _COUNTS.decode(values["counts"])
    return Run(**values)


_FIELDS: Final = (
    "tenant_id",
    "correlation_id",
    "status",
    "phase",
    "method",
    "reason",
    "kind",
    "trigger_source",
    "triggered_by",
    "token",
    "workflow_id",
    "workflow_run_id",
    "is_fallback",
    "temporal_error",
    "error_type",
    "error",
    "counts",
    "started_at",
    "essential_at",
    "finished_at",
)

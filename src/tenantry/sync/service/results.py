"""From a stored run to what a caller is told."""

from collections.abc import Sequence

from tenantry.base.instant import format_instant
from tenantry.sync.model import (
    CollectionState,
    FailedCollection,
    Run,
    SyncMethod,
    SyncResult,
)


def result_of(run: Run, collections: Sequence[CollectionState]) -> SyncResult:
    """Return what became of a run."""
    failed = failed_of(collections)
    return SyncResult(
        success=run.status != "failed" or run.essential_at is not None,
        tenant_id=run.tenant_id,
        correlation_id=run.correlation_id,
        sync_method=method_of(run),
        workflow_id=run.workflow_id,
        run_id=run.workflow_run_id,
        duration=_milliseconds(run.started_at, run.finished_at or run.essential_at) or 0.0,
        essential_duration=_milliseconds(run.started_at, run.essential_at),
        background_duration=_milliseconds(run.essential_at, run.finished_at),
        background_sync_started=run.essential_at is not None and run.finished_at is None,
        fallback_used=run.is_fallback,
        temporal_error=run.temporal_error,
        error=run.error,
        error_type=run.error_type,
        has_failed_collections=bool(failed),
        failed_collections=failed,
        counts=run.counts,
    )


def failed_of(collections: Sequence[CollectionState]) -> tuple[FailedCollection, ...]:
    """Return the collections that could not be brought up to date."""
    return tuple(
        FailedCollection(
            collection=each.collection,
            error=each.error or "",
            error_type=each.error_type or "UNKNOWN_ERROR",
            last_sync_at=format_instant(each.synced_at) if each.synced_at else None,
            next_attempt_at=format_instant(each.retry_at) if each.retry_at else None,
        )
        for each in collections
        if each.status == "failed"
    )


def method_of(run: Run) -> SyncMethod:
    """Return how the run was carried out in the end."""
    if run.is_fallback:
        return "direct_fallback"
    return run.method


def _milliseconds(since: int | None, until: int | None) -> float | None:
    if since is None or until is None:
        return None
    return round((until - since) / 1_000, 3)

"""Runs and what they have found, as they are shown."""

import msgspec

from tenantry.base.instant import format_instant
from tenantry.collector.model.strategy_run import (
    Estimate,
    FoundView,
    StrategyProgress,
    StrategyRun,
    StrategyRunView,
)
from tenantry.collector.model.strategy_step import Found


def run_view(run: StrategyRun, estimate: Estimate) -> StrategyRunView:
    """Return a run as it is shown."""
    progress = StrategyProgress(
        users_found=run.state.found,
        requests_made=run.requests,
        budget_left=run.budget_left,
        frontier_size=0 if run.is_over else run.state.frontier,
        waiting_until=_instant(run.waiting_until),
    )
    return StrategyRunView(
        id=run.id,
        strategy=run.strategy,
        status=run.status,
        params=msgspec.to_builtins(run.params),
        estimate=estimate,
        progress=progress,
        notes=run.notes,
        error=run.error,
        created_at=format_instant(run.created_at),
        created_by=run.created_by,
        started_at=_instant(run.started_at),
        finished_at=_instant(run.finished_at),
    )


def found_view(found: Found) -> FoundView:
    """Return a user, or a post, as it is shown."""
    return FoundView(
        number=found.number,
        did=found.did,
        handle=found.handle,
        uri=found.uri,
        degree=found.degree,
        via=found.via,
        followers_count=found.followers_count,
        follows_count=found.follows_count,
        posts_count=found.posts_count,
    )


def _instant(microseconds: int | None) -> str | None:
    return None if microseconds is None else format_instant(microseconds)

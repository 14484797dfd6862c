"""What runs and standings say together: rates, percentiles, health."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from tenantry.sync.model import (
    CollectionFigure,
    CollectionFigures,
    HealthStatus,
    Method,
    OrchestrationFigures,
    Percentiles,
    RunFigure,
    StandingFigure,
    TenantFigures,
)

UNHEALTHY_FAILURES = 20.0
DEGRADED_FAILURES = 10.0
UNHEALTHY_STUCK = 5


def orchestration(runs: Sequence[RunFigure]) -> OrchestrationFigures:
    """Return what the runs say; those under way count among all, and in no rate."""
    failed = sum(run.status == "failed" for run in runs)
    completed = sum(run.status == "completed" for run in runs)
    of_whole, of_essential, of_background = durations_of(runs)
    return OrchestrationFigures(
        total_syncs=len(runs),
        successful_syncs=completed,
        failed_syncs=failed,
        success_rate=percentage(completed, completed + failed),
        failure_rate=percentage(failed, completed + failed),
        error_types=dict(Counter(run.error_type for run in runs if run.error_type)),
        average_duration=of_whole.average,
        average_essential_duration=of_essential.average,
        average_background_duration=of_background.average,
        durations={"total": of_whole, "essential": of_essential, "background": of_background},
    )


def durations_of(runs: Iterable[RunFigure]) -> tuple[Percentiles, Percentiles, Percentiles]:
    """Return percentiles of whole, essential and background durations."""
    whole, essential, background = [], [], []
    for run in runs:
        if run.finished_at is not None:
            whole.append(run.finished_at - run.started_at)
        if run.essential_at is not None:
            essential.append(run.essential_at - run.started_at)
            if run.finished_at is not None:
                background.append(run.finished_at - run.essential_at)
    return percentiles(whole), percentiles(essential), percentiles(background)


def percentiles(durations_us: Iterable[int]) -> Percentiles:
    """Return percentiles by the nearest rank, in ms."""
    ordered = sorted(durations_us)
    if not ordered:
        return Percentiles(count=0, average=None, p50=None, p95=None, p99=None)

    def at(share: float) -> float:
        return _milliseconds(ordered[max(0, math.ceil(share * len(ordered)) - 1)])

    return Percentiles(
        count=len(ordered),
        average=_milliseconds(sum(ordered) / len(ordered)),
        p50=at(0.50),
        p95=at(0.95),
        p99=at(0.99),
    )


def database(
    standings: Sequence[StandingFigure],
    collections: Iterable[CollectionFigure],
    *,
    average_duration: float | None,
) -> TenantFigures:
    """Return how the tenants stand."""
    status = Counter(_status_of(each) for each in standings)
    return TenantFigures(
        total_tenants=len(standings),
        completed_tenants=status["completed"],
        failed_tenants=status["failed"],
        in_progress_tenants=status["in_progress"],
        pending_tenants=status["pending"],
        success_rate=percentage(status["completed"], status["completed"] + status["failed"]),
        failure_rate=percentage(status["failed"], status["completed"] + status["failed"]),
        average_duration=average_duration,
        total_records_synced=sum(each.row_count for each in collections),
    )


def by_collection(figures: Iterable[CollectionFigure]) -> dict[str, CollectionFigures]:
    """Return how each collection stands."""
    counts: dict[str, Counter[str]] = {}
    rows: Counter[str] = Counter()
    for each in figures:
        counts.setdefault(each.collection, Counter())[each.status] += each.tenant_count
        rows[each.collection] += each.row_count
    return {
        name: CollectionFigures(
            total=count.total(),
            completed=count["completed"],
            failed=count["failed"],
            pending=count["running"],
            success_rate=percentage(count["completed"], count["completed"] + count["failed"]),
            failure_rate=percentage(count["failed"], count["completed"] + count["failed"]),
            total_records=rows[name],
        )
        for name, count in sorted(counts.items())
    }


def health(*, failure_rate: float, stuck: int) -> HealthStatus:
    """Return the verdict, by the thresholds of the original."""
    if failure_rate > UNHEALTHY_FAILURES or stuck > UNHEALTHY_STUCK:
        return "unhealthy"
    if failure_rate > DEGRADED_FAILURES or stuck > 0:
        return "degraded"
    return "healthy"


def is_stuck(standing: StandingFigure, *, now: int) -> bool:
    """Whether a run is said to be under way that nobody carries out."""
    return standing.status == "running" and standing.lease_until <= now


def success_rate(runs: Sequence[RunFigure], method: Method) -> float | None:
    """Return the percentage of a method's runs that went well by that very method."""
    ended = [run for run in runs if run.method == method and run.status != "running"]
    if not ended:
        return None
    good = sum(run.status == "completed" and not run.is_fallback for run in ended)
    return percentage(good, len(ended))


def percentage(part: int, whole: int) -> float:
    """Return how much of `whole` `part` is; 0 of nothing."""
    return round(100.0 * part / whole, 2) if whole else 0.0


def _status_of(standing: StandingFigure) -> str:
    if standing.status == "running":
        return "in_progress"
    if standing.status == "failed":
        return "failed"
    return "completed" if standing.ready_at else "pending"


def _milliseconds(microseconds: float) -> float:
    return round(microseconds / 1_000, 3)

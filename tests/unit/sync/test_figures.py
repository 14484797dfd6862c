"""What runs and standings say together."""

import math
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.sync.model import CollectionFigure, RunFigure, StandingFigure
from tenantry.sync.rules import (
    by_collection,
    database,
    durations_of,
    health,
    is_stuck,
    orchestration,
    percentiles,
    success_rate,
)

RUNS = st.builds(
    RunFigure,
    tenant_id=st.sampled_from(["acme", "globex"]),
    status=st.sampled_from(["running", "completed", "failed", "superseded"]),
    method=st.sampled_from(["direct", "temporal"]),
    is_fallback=st.integers(0, 1),
    error_type=st.none() | st.sampled_from(["AUTH_ERROR", "NETWORK_ERROR"]),
    started_at=st.just(1_000),
    essential_at=st.none() | st.integers(1_000, 2_000_000),
    finished_at=st.none() | st.integers(2_000_000, 9_000_000),
)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=300))
def test_percentiles_are_those_of_the_nearest_rank(durations: list[int]) -> None:
    found = percentiles(durations)

    def brute(share: float) -> float:
        # The least that at least so many are no greater than.
        wanted = share * len(durations)
        fitting = (d for d in durations if sum(o <= d for o in durations) >= wanted - 1e-9)
        return round(min(fitting) / 1000, 3)

    assert found.count == len(durations)
    assert (found.p50, found.p95, found.p99) == (brute(0.5), brute(0.95), brute(0.99))
    assert found.average == pytest.approx(statistics.fmean(durations) / 1000, abs=0.001)


def test_percentiles_of_many_agree_with_the_standard_library() -> None:
    durations = [number * 1000 for number in range(1, 1001)]
    cuts = statistics.quantiles(durations, n=100, method="inclusive")

    found = percentiles(durations)

    for mine, cut in ((found.p50, cuts[49]), (found.p95, cuts[94]), (found.p99, cuts[98])):
        assert mine is not None
        assert math.isclose(mine, cut / 1000, abs_tol=1)


def test_of_nothing_there_is_no_percentile() -> None:
    found = percentiles([])
    assert (found.count, found.average, found.p50, found.p95, found.p99) == (0, *[None] * 4)


@given(st.lists(RUNS, max_size=40))
def test_rates_are_of_the_runs_that_have_ended(runs: list[RunFigure]) -> None:
    figures = orchestration(runs)

    failed = sum(run.status == "failed" for run in runs)
    ended = failed + sum(run.status == "completed" for run in runs)
    assert figures.total_syncs == len(runs)
    assert figures.failure_rate == (round(100 * failed / ended, 2) if ended else 0)
    assert figures.success_rate + figures.failure_rate == pytest.approx(
        100 if ended else 0, abs=0.011
    )
    assert sum(figures.error_types.values()) == sum(run.error_type is not None for run in runs)
    whole, essential, background = durations_of(runs)
    assert whole.count == sum(run.finished_at is not None for run in runs)
    assert essential.count == sum(run.essential_at is not None for run in runs)
    assert background.count <= min(whole.count, essential.count)


@given(st.lists(RUNS, max_size=40), st.sampled_from(["direct", "temporal"]))
def test_a_fallback_is_no_success_of_the_method_that_failed(
    runs: list[RunFigure], method: Any
) -> None:
    ended = [run for run in runs if run.method == method and run.status != "running"]
    good = [run for run in ended if run.status == "completed" and not run.is_fallback]

    found = success_rate(runs, method)

    assert found == (round(100 * len(good) / len(ended), 2) if ended else None)


@pytest.mark.parametrize(
    "failure_rate, stuck, expected",
    [
        (0, 0, "healthy"),
        (10, 0, "healthy"),
        (10.01, 0, "degraded"),
        (20, 0, "degraded"),
        (20.01, 0, "unhealthy"),
        (0, 1, "degraded"),
        (0, 5, "degraded"),
        (0, 6, "unhealthy"),
    ],
)
def test_health_has_the_thresholds_of_the_original(
    failure_rate: float, stuck: int, expected: str
) -> None:
    assert health(failure_rate=failure_rate, stuck=stuck) == expected


def standing(**changes: Any) -> StandingFigure:
    values: dict[str, Any] = {
        "tenant_id": "acme",
        "ready_at": 1,
        "status": "completed",
        "essential_at": 1,
        "started_at": 1,
        "finished_at": 2,
        "correlation_id": "c",
        "lease_until": 0,
    }
    return StandingFigure(**{**values, **changes})


def test_a_run_is_stuck_once_nobody_holds_its_lease() -> None:
    assert not is_stuck(standing(), now=5)
    assert not is_stuck(standing(status="running", lease_until=6), now=5)
    assert is_stuck(standing(status="running", lease_until=5), now=5)


def test_tenants_and_collections_are_counted_as_they_stand() -> None:
    standings = [
        standing(),
        standing(status="running"),
        standing(status="failed"),
        standing(status="superseded"),
        standing(status="superseded", ready_at=0),
    ]
    figures = [
        CollectionFigure("users", "completed", 3, 300),
        CollectionFigure("users", "failed", 1, 5),
        CollectionFigure("roles", "running", 2, 0),
    ]

    found = database(standings, figures, average_duration=None)
    collections = by_collection(figures)

    assert (found.total_tenants, found.completed_tenants, found.failed_tenants) == (5, 2, 1)
    assert (found.in_progress_tenants, found.pending_tenants) == (1, 1)
    assert found.total_records_synced == 305
    assert list(collections) == ["roles", "users"]
    assert (collections["users"].total, collections["users"].success_rate) == (4, 75.0)
    assert (collections["roles"].pending, collections["roles"].success_rate) == (2, 0.0)

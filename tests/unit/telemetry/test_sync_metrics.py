"""What syncs tell becomes metrics, and no tenant's words become labels."""

import re
from collections.abc import Iterator

import pytest

from tenantry.telemetry import Metrics, emit, observe_spans, span


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    states = {"sync-source:a": "open", "sync-source:b": "closed", "query": "closed"}
    metrics = Metrics(breaker_states=lambda: states)
    stop = observe_spans(metrics)
    yield metrics
    stop()


def value(metrics: Metrics, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", metrics.render().decode(), re.MULTILINE)
    assert found is not None, series
    return float(found[1])


def end(outcome: str, *, method: str = "direct", seconds: float = 2.0) -> None:
    emit("tenantry.sync.began", method=method, kind="full")
    emit(
        "tenantry.sync.ended",
        method=method,
        is_fallback=method == "direct_fallback",
        outcome=outcome,
        seconds=seconds,
    )


def test_runs_are_counted_by_method_fallback_and_outcome(metrics: Metrics) -> None:
    end("completed")
    end("failed", method="direct_fallback")
    end("superseded")

    runs = "tenantry_sync_runs_total"
    assert value(metrics, f'{runs}{{fallback="false",method="direct",outcome="completed"}}') == 1
    fell_back = f'{runs}{{fallback="true",method="direct_fallback",outcome="failed"}}'
    assert value(metrics, fell_back) == 1
    assert value(metrics, 'tenantry_sync_run_seconds_count{method="direct"}') == 1
    assert value(metrics, 'tenantry_sync_run_seconds_sum{method="direct_fallback"}') == 2


def test_a_run_is_active_from_its_beginning_to_its_end(metrics: Metrics) -> None:
    emit("tenantry.sync.began", method="direct", kind="full")
    assert value(metrics, "tenantry_sync_active_runs") == 1
    end("left")
    assert value(metrics, "tenantry_sync_active_runs") == 1


def test_a_collection_in_a_tenants_own_words_is_other(metrics: Metrics) -> None:
    for collection in ("users", "Jane Doe's things", "roles"):
        with span("tenantry.sync.collection", collection=collection) as reading:
            reading.set(outcome="read")
    with span("tenantry.sync.collection", collection="users"):
        pass  # superseded: whoever has taken the lease tells what becomes of it

    counted = "tenantry_sync_collections_total"
    assert value(metrics, f'{counted}{{collection="users",outcome="read"}}') == 1
    assert value(metrics, f'{counted}{{collection="other",outcome="read"}}') == 1
    assert "Jane" not in metrics.render().decode()


def test_pages_and_rows_are_counted(metrics: Metrics) -> None:
    emit("tenantry.sync.page_committed", collection="users", page=1, row_count=9, written_count=2)
    emit("tenantry.sync.rows_deactivated", collection="users", row_count=3)
    emit("tenantry.sync.read_again", collection="users")

    assert value(metrics, "tenantry_sync_pages_total") == 1
    assert value(metrics, 'tenantry_sync_rows_total{operation="read"}') == 9
    assert value(metrics, 'tenantry_sync_rows_total{operation="written"}') == 2
    assert value(metrics, 'tenantry_sync_rows_total{operation="deactivated"}') == 3
    assert value(metrics, "tenantry_sync_read_again_total") == 1


def test_a_fallback_by_whatever_reason_has_one_of_a_few(metrics: Metrics) -> None:
    for reason in ("no_worker", "NETWORK_ERROR", "KeyError", "whatever"):
        emit("tenantry.sync.fell_back", reason=reason)

    counted = "tenantry_sync_fallbacks_total"
    assert value(metrics, f'{counted}{{reason="no_worker"}}') == 1
    assert value(metrics, f'{counted}{{reason="NETWORK_ERROR"}}') == 1
    assert value(metrics, f'{counted}{{reason="other"}}') == 2


def test_answers_sweeps_leases_and_retries_of_sources_are_counted(metrics: Metrics) -> None:
    emit("tenantry.sync.answered", how="fresh")
    emit("tenantry.sync.swept", stuck_count=4, due_count=1)
    emit("tenantry.scheduling.lease_lost", lease="sync:acme", reason="taken")
    emit("tenantry.reliability.retried", attempt=1, seconds=1, error="E", name="sync-source")
    emit("tenantry.reliability.retried", attempt=1, seconds=1, error="E", name="")

    assert value(metrics, 'tenantry_sync_answers_total{how="fresh"}') == 1
    assert value(metrics, "tenantry_sync_stuck_runs") == 4
    assert value(metrics, "tenantry_leases_lost_total") == 1
    assert value(metrics, "tenantry_sync_source_retries_total") == 1
    assert value(metrics, "tenantry_retries_total") == 2


def test_breakers_of_sources_are_counted_together(metrics: Metrics) -> None:
    emit(
        "tenantry.reliability.breaker_moved",
        breaker="sync-source:a",
        before="closed",
        after="open",
        override=None,
        reason="failure",
    )
    emit("tenantry.reliability.breaker_refused", breaker="sync-source:a", state="open")

    state = "tenantry_breaker_state"
    assert value(metrics, f'{state}{{breaker="sync-source",state="open"}}') == 1
    assert value(metrics, f'{state}{{breaker="sync-source",state="closed"}}') == 1
    assert value(metrics, f'{state}{{breaker="query",state="open"}}') == 0
    assert value(metrics, 'tenantry_breaker_opened_total{breaker="sync-source"}') == 1
    assert value(metrics, 'tenantry_breaker_refused_total{breaker="sync-source"}') == 1

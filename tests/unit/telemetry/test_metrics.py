import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenantry.reliability import Breakers, CircuitBreaker
from tenantry.telemetry import CONTENT_TYPE, Metrics, emit, observe_spans, span
from tenantry.telemetry.metrics import BREAKER_STATES, LABEL_VALUES
from tenantry.telemetry.observation import _Observers
from tenantry.telemetry.spans import handler_failure_count
from tenantry.testing import FakeClock

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "telemetry.md"


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    metrics = Metrics(dropped_lines=lambda: 7)
    failures = handler_failure_count()
    unobserve = observe_spans(metrics)
    yield metrics
    unobserve()
    assert handler_failure_count() == failures


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def states_of(metrics: Metrics, breaker: str) -> dict[str, float | None]:
    return {
        state: value(metrics, "tenantry_breaker_state", breaker=breaker, state=state)
        for state in BREAKER_STATES
    }


def test_two_servers_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.events_appended.inc()

    assert value(first, "tenantry_events_appended_total") == 1
    assert value(second, "tenantry_events_appended_total") == 0


def test_a_request_is_counted_by_route_method_and_status(metrics: Metrics) -> None:
    for _ in range(2):
        metrics.observe_http(route="/config/{name}", method="PUT", status=200, seconds=0.002)

    labels = {"route": "/config/{name}", "method": "PUT", "status": "200"}
    assert value(metrics, "tenantry_http_requests_total", **labels) == 2
    seconds = value(metrics, "tenantry_http_request_seconds_sum", route="/config/{name}")
    assert seconds == pytest.approx(0.004)


def test_failed_logins_are_counted(metrics: Metrics) -> None:
    emit("tenantry.tenants.login_failed")

    assert value(metrics, "tenantry_login_failures_total") == 1


def test_labels_of_requests_are_bounded(metrics: Metrics) -> None:
    for number in range(LABEL_VALUES + 50):
        metrics.observe_http(route=f"/{number}", method=f"M{number}", status=number, seconds=0)

    samples = [line for line in metrics.render().decode().splitlines() if "http_requests" in line]
    routes = set(re.findall(r'route="([^"]*)"', "\n".join(samples)))
    assert len(routes) == LABEL_VALUES + 1
    assert set(re.findall(r'method="([^"]*)"', "\n".join(samples))) == {"other"}


def test_names_of_units_are_bounded(metrics: Metrics) -> None:
    for number in range(LABEL_VALUES + 50):
        emit("tenantry.db.unit", unit=f"unit-{number}", seconds=0.001)

    assert value(metrics, "tenantry_db_unit_seconds_count", unit="other") == 50


def test_the_database_is_observed(metrics: Metrics) -> None:
    with span("tenantry.db.unit", unit="append"):
        pass
    emit("tenantry.db.unit", unit="append", seconds=0.5, waited_seconds=0)
    emit("tenantry.db.group_committed", unit_count=8, commit_seconds=0.25, queue_depth=3)
    emit("tenantry.db.queue", queue="read", depth=2)
    emit("tenantry.db.append_locked", waited_seconds=0.125)
    emit("tenantry.db.wal", bytes=4096)
    emit("tenantry.db.writer_died", error="OSError")

    assert value(metrics, "tenantry_db_unit_seconds_count", unit="append") == 2
    assert value(metrics, "tenantry_db_group_size_sum") == 8
    assert value(metrics, "tenantry_db_commit_seconds_sum") == 0.25
    assert value(metrics, "tenantry_db_queue_depth", queue="write") == 3
    assert value(metrics, "tenantry_db_queue_depth", queue="read") == 2
    assert value(metrics, "tenantry_db_append_lock_wait_seconds_sum") == 0.125
    assert value(metrics, "tenantry_db_wal_bytes") == 4096
    assert value(metrics, "tenantry_db_writer_restarts_total") == 1


def test_the_log_and_its_projections_are_observed(metrics: Metrics) -> None:
    emit("tenantry.eventlog.appended", event_count=3)
    emit("tenantry.eventlog.up", up=True)
    emit("tenantry.projection.moved", projection="configs", position=9, lag=4)
    emit("tenantry.projection.moved", projection="configs", position=10)
    emit("tenantry.projection.rebuilt", projection="configs", seconds=1.5, event_count=9)
    emit("tenantry.worker.restarted", worker="config_update")

    assert value(metrics, "tenantry_events_appended_total") == 3
    assert value(metrics, "tenantry_eventlog_up") == 1
    assert value(metrics, "tenantry_projection_lag", projection="configs") == 4
    assert value(metrics, "tenantry_projection_replay_seconds", projection="configs") == 1.5
    assert value(metrics, "tenantry_worker_restarts_total", worker="config_update") == 1


def test_the_reliability_kit_is_observed(metrics: Metrics) -> None:
    for before, after in [("closed", "open"), ("open", "half-open"), ("half-open", "open")]:
        emit("tenantry.reliability.breaker_moved", breaker="query", before=before, after=after)
    emit("tenantry.reliability.breaker_moved", breaker="query", before="open", after="open")
    emit("tenantry.reliability.breaker_refused", breaker="query", state="open")
    emit("tenantry.reliability.limited", limiter="api")
    emit("tenantry.reliability.allowance_lost", limiter="api", error="Unavailable")
    emit("tenantry.reliability.retried", attempt=1, seconds=0.1, error="Unavailable")
    emit("tenantry.reliability.given_up", attempt=3, reason="attempts", error="Unavailable")
    emit("tenantry.db.slow_query", unit="append", duration_ms=1500.0)

    assert value(metrics, "tenantry_breaker_opened_total", breaker="query") == 2
    assert value(metrics, "tenantry_breaker_refused_total", breaker="query") == 1
    assert value(metrics, "tenantry_rate_limited_total", limiter="api") == 1
    assert value(metrics, "tenantry_allowance_lost_total", limiter="api") == 1
    assert value(metrics, "tenantry_retries_total") == 1
    assert value(metrics, "tenantry_retries_given_up_total", reason="attempts") == 1
    assert value(metrics, "tenantry_db_slow_queries_total") == 1


def test_names_of_limiters_are_bounded(metrics: Metrics) -> None:
    for number in range(LABEL_VALUES + 50):
        emit("tenantry.reliability.limited", limiter=f"api-tenant-{number}")

    assert value(metrics, "tenantry_rate_limited_total", limiter="api-tenant-0") == 1
    assert value(metrics, "tenantry_rate_limited_total", limiter="other") == 50


def test_the_state_of_a_breaker_is_the_present_one() -> None:
    clock = FakeClock()
    breakers = Breakers()
    metrics = Metrics(breaker_states=breakers.states)
    breaker = breakers.add(CircuitBreaker("atproto", clock=clock))
    assert states_of(metrics, "atproto") == {"closed": 1, "half-open": 0, "open": 0}

    breaker.force_open()
    assert states_of(metrics, "atproto") == {"closed": 0, "half-open": 0, "open": 1}

    breaker.force_closed(seconds=1)
    assert states_of(metrics, "atproto") == {"closed": 1, "half-open": 0, "open": 0}


def test_counters_of_a_breaker_begin_at_nought() -> None:
    breakers = Breakers()
    breakers.add(CircuitBreaker("atproto"))

    page = Metrics(breaker_states=breakers.states).render().decode()

    assert 'tenantry_breaker_opened_total{breaker="atproto"} 0.0' in page
    assert 'tenantry_breaker_refused_total{breaker="atproto"} 0.0' in page


def test_an_unknown_event_changes_nothing(metrics: Metrics) -> None:
    emit("tenantry.unheard.of", count=1)
    assert value(metrics, "tenantry_events_appended_total") == 0


def test_what_is_rendered_is_what_prometheus_reads(metrics: Metrics) -> None:
    page = metrics.render().decode()

    assert CONTENT_TYPE.startswith("text/plain")
    assert "tenantry_log_lines_dropped_total 7.0" in page
    assert re.search(r"^tenantry_process_memory_ratio 0\.\d+", page, re.MULTILINE)
    assert "process_resident_memory_bytes" in page
    assert "python_info{" in page
    assert "_created" not in page


@pytest.mark.docs
def test_every_metric_is_documented_and_every_documented_one_exists() -> None:
    page = Metrics().render().decode()
    existing = set(re.findall(r"^# TYPE ((?:tenantry|client)_\w+)", page, re.MULTILINE))
    row = r"^\| `((?:tenantry|client)_\w+)`"
    documented = set(re.findall(row, REFERENCE.read_text(), re.MULTILINE))

    assert documented == existing


@pytest.mark.docs
def test_every_observed_event_is_documented() -> None:
    # The last column says which metric it feeds, if any.
    row = r"^\| `(tenantry\.[\w.]+)` \|.*\| [^|\s][^|]*\|$"
    documented = set(re.findall(row, REFERENCE.read_text(), re.MULTILINE))

    assert set(_Observers(Metrics()).by_name()) == documented

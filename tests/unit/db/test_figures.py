"""What is counted of a database's calls, and what is not."""

import threading

import msgspec
import pytest

from tenantry.db import (
    DatabaseBreakers,
    DatabaseFigures,
    QueryFigures,
    SqlitePoolFigures,
    Transaction,
    database_breakers,
)
from tenantry.telemetry import EventRecord, SpanRecord, subscribe
from tenantry.testing import FakeClock


def read_page(_tx: Transaction) -> None:
    pass


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def figures(clock: FakeClock) -> QueryFigures:
    return QueryFigures(clock=clock)


def summed(figures: QueryFigures) -> DatabaseFigures:
    query, bulk = database_breakers(clock=FakeClock())
    return figures.summed(
        circuit_breakers=DatabaseBreakers(query=query.stats(), bulk=bulk.stats()),
        pool=SqlitePoolFigures(readers=2, waiting=0, queue_depth=0),
    )


def test_a_database_that_was_never_asked_has_no_rate_and_no_time(figures: QueryFigures) -> None:
    seen = summed(figures)
    assert (seen.total_queries, seen.error_rate) == (0, 0.0)
    assert (seen.avg_duration, seen.p95_duration) == (0.0, 0.0)


def test_average_and_percentile_are_milliseconds(figures: QueryFigures) -> None:
    for milliseconds in range(1, 101):
        figures.note(read_page, milliseconds / 1000)

    seen = summed(figures)
    assert seen.avg_duration == pytest.approx(50.5)
    assert seen.p95_duration == pytest.approx(95.0)


def test_times_are_those_of_the_last_thousand_calls(figures: QueryFigures) -> None:
    for _ in range(1_000):
        figures.note(read_page, 0.9)
    for _ in range(1_000):
        figures.note(read_page, 0.001)

    seen = summed(figures)
    assert (seen.avg_duration, seen.p95_duration) == (1.0, 1.0)
    assert seen.total_queries == 2_000


def test_the_error_rate_is_failed_by_all(figures: QueryFigures) -> None:
    figures.note(read_page, 0.001, is_failed=True)
    for _ in range(3):
        figures.note(read_page, 0.001)

    seen = summed(figures)
    assert (seen.failed_queries, seen.error_rate) == (1, 0.25)


def test_what_a_breaker_refused_failed_in_no_time_that_counts(figures: QueryFigures) -> None:
    figures.note(read_page, 0.5)
    figures.note_refused()

    seen = summed(figures)
    assert (seen.total_queries, seen.failed_queries) == (2, 1)
    assert seen.avg_duration == 500.0


def test_a_call_over_a_second_is_slow_and_kept_by_its_name(
    figures: QueryFigures, clock: FakeClock
) -> None:
    figures.note(read_page, 1.0)
    clock.advance(1.25)
    figures.note(read_page, 1.25)

    seen = summed(figures)
    assert seen.slow_queries == 1
    (slow,) = seen.recent_slow
    assert (slow.unit, slow.duration_ms) == ("read_page", 1250.0)
    assert slow.ended_at.startswith("2024-01-15T10:30:01.25")


def test_all_slow_calls_are_counted_and_the_last_twenty_kept(figures: QueryFigures) -> None:
    for number in range(25):
        figures.note(read_page, 2.0 + number)

    seen = summed(figures)
    assert seen.slow_queries == 25
    assert [slow.duration_ms for slow in seen.recent_slow] == [
        (2.0 + number) * 1000 for number in range(5, 25)
    ]


def test_a_slow_call_is_told_to_telemetry(figures: QueryFigures) -> None:
    told: list[SpanRecord | EventRecord] = []
    stop = subscribe(told.append)
    try:
        figures.note(read_page, 0.5)
        figures.note(read_page, 1.5)
    finally:
        stop()

    (record,) = [record for record in told if record.name == "tenantry.db.slow_query"]
    assert record.attributes == {"unit": "read_page", "duration_ms": 1500.0}


def test_the_names_on_the_wire_are_those_that_readers_know(figures: QueryFigures) -> None:
    figures.note(read_page, 1.5)

    wire = msgspec.to_builtins(summed(figures))

    assert set(wire) == {
        "totalQueries",
        "failedQueries",
        "avgDuration",
        "p95Duration",
        "slowQueries",
        "recentSlow",
        "errorRate",
        "circuit_breakers",
        "pool",
    }
    assert wire["circuit_breakers"]["query"]["state"] == "closed"
    assert wire["circuit_breakers"]["bulk"]["failureCount"] == 0
    assert wire["pool"] == {"dialect": "sqlite", "readers": 2, "waiting": 0, "queue_depth": 0}
    assert wire["recentSlow"][0]["duration_ms"] == 1500.0


def test_no_call_is_lost_between_threads(figures: QueryFigures) -> None:
    def note() -> None:
        for _ in range(2_000):
            figures.note(read_page, 0.001, is_failed=True)

    threads = [threading.Thread(target=note) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    seen = summed(figures)
    assert (seen.total_queries, seen.failed_queries) == (8_000, 8_000)

"""Lines about layers that do not log themselves."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenantry.telemetry import configure_logging, emit, narrate_events, narration
from tenantry.telemetry.narration import ALLOWANCE_LINE_SECONDS
from tenantry.testing import FakeClock

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "telemetry.md"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lines(clock: FakeClock) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    sink = configure_logging(level="info", format="json", stream=stream)
    stop = narrate_events(monotonic=clock.monotonic)
    try:
        yield stream
    finally:
        stop()
        sink.stop()


def read(stream: io.StringIO) -> str:
    from tenantry.telemetry import active_sink  # noqa: PLC0415 - the sink of the fixture

    active_sink().flush()
    return stream.getvalue()


def test_a_unit_over_twenty_milliseconds_is_logged_by_name(lines: io.StringIO) -> None:
    emit("tenantry.db.unit", unit="read_page", seconds=0.0201, waited_seconds=0.0)

    assert '"event":"Slow unit"' in read(lines)
    assert '"unit":"read_page"' in read(lines)


def test_a_quick_unit_is_not_logged(lines: io.StringIO) -> None:
    emit("tenantry.db.unit", unit="read_page", seconds=0.02, waited_seconds=0.0)

    assert read(lines) == ""


def test_a_dead_writer_is_an_error_line(lines: io.StringIO) -> None:
    emit("tenantry.db.writer_died", error="SystemExit")

    assert '"level":"error"' in read(lines)
    assert "writer died" in read(lines)


def test_a_query_over_a_second_is_a_warning_with_its_name(lines: io.StringIO) -> None:
    emit("tenantry.db.slow_query", unit="read_page", duration_ms=1250.0)

    assert '"level":"warning"' in read(lines)
    assert '"event":"Slow query"' in read(lines)
    assert '"unit":"read_page"' in read(lines)
    assert '"duration_ms":1250.0' in read(lines)


@pytest.mark.parametrize(
    "after, level, line",
    [
        ("open", "warning", "Circuit breaker open"),
        ("closed", "info", "Circuit breaker closed"),
    ],
)
def test_a_breaker_that_opens_or_closes_is_a_line(
    lines: io.StringIO, after: str, level: str, line: str
) -> None:
    move("half-open", after, override=None, reason="failure")

    (told,) = map(json.loads, read(lines).splitlines())
    assert (told["level"], told["event"]) == (level, line)
    assert (told["breaker"], told["before"], told["after"]) == ("query", "half-open", after)
    assert told["reason"] == "failure"
    assert "override" not in told


def test_what_an_operator_has_laid_upon_a_breaker_is_told(lines: io.StringIO) -> None:
    move("closed", "open", override="open", reason="forced open")

    assert '"override":"open"' in read(lines)


def test_a_breaker_that_tries_and_a_call_that_is_repeated_are_no_lines(lines: io.StringIO) -> None:
    move("open", "half-open", override=None, reason="recovery")
    emit("tenantry.reliability.breaker_refused", breaker="query", state="open")
    emit("tenantry.reliability.retried", attempt=1, seconds=0.1, error="Unavailable")
    emit("tenantry.reliability.given_up", attempt=3, reason="attempts", error="Unavailable")

    assert read(lines) == ""


def test_a_lost_allowance_is_told_now_and_then_with_how_often_it_was(
    lines: io.StringIO, clock: FakeClock
) -> None:
    for _ in range(1_000):
        emit("tenantry.reliability.allowance_lost", limiter="api", error="Unavailable")
    clock.advance(ALLOWANCE_LINE_SECONDS)
    emit("tenantry.reliability.allowance_lost", limiter="api-acme", error="Unavailable")

    first, second = map(json.loads, read(lines).splitlines())
    assert first["level"] == second["level"] == "warning"
    assert (first["limiter"], first["untold_count"]) == ("api", 0)
    assert (second["limiter"], second["untold_count"]) == ("api-acme", 999)


@pytest.mark.docs
def test_every_line_is_documented_with_its_level() -> None:
    _, _, section = REFERENCE.read_text().partition("### Lines about the database")
    section, _, _ = section.partition("One more is of the logger")
    rows = re.findall(r"^\| `([A-Z][^`]+)` \| (\w+) \|", section, re.MULTILINE)

    assert dict(rows) == {line: level for level, line in narration.every_line()}


def move(before: str, after: str, *, override: str | None, reason: str) -> None:
    """Tell that the breaker `query` has moved."""
    emit(
        "tenantry.reliability.breaker_moved",
        breaker="query",
        before=before,
        after=after,
        override=override,
        reason=reason,
    )

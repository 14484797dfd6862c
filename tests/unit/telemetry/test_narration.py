"""Lines about layers that do not log themselves."""

import io
from collections.abc import Iterator

import pytest

from tenantry.telemetry import configure_logging, emit, narrate_events


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    sink = configure_logging(level="info", format="json", stream=stream)
    stop = narrate_events()
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

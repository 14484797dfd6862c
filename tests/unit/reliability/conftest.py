"""What the parts of the kit tell while a test runs, and the lines that they log."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import structlog

from tenantry.telemetry import EventRecord, LogSink, SpanRecord, configure_logging, subscribe


class Log:
    """The lines that are written while a test runs."""

    def __init__(self) -> None:
        self.stream = io.BytesIO()
        self.sink: LogSink = configure_logging(level="debug", format="json", stream=self.stream)

    @property
    def text(self) -> str:
        """The lines as they are."""
        self.sink.flush()
        return self.stream.getvalue().decode()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line as the object that it is."""
        return [msgspec.json.decode(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    """A log of its own, as JSON."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    log = Log()
    yield log
    log.sink.stop()
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture
def told() -> Iterator[list[EventRecord | SpanRecord]]:
    """Everything that is told, in order."""
    records: list[EventRecord | SpanRecord] = []
    stop = subscribe(records.append)
    yield records
    stop()

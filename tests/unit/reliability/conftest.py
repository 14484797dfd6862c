"""What the guards of the kit tell while a test runs."""

from collections.abc import Iterator

import pytest

from tenantry.telemetry import EventRecord, SpanRecord, subscribe


@pytest.fixture
def told() -> Iterator[list[EventRecord | SpanRecord]]:
    """Everything that is told, in order."""
    records: list[EventRecord | SpanRecord] = []
    stop = subscribe(records.append)
    yield records
    stop()

"""From events to log lines: what an operator should read of the layers that do not log."""

from collections.abc import Callable
from typing import Final

from tenantry.telemetry.logging import get_logger
from tenantry.telemetry.spans import EventRecord, SpanRecord, subscribe

SLOW_UNIT_SECONDS: Final = 0.02
"""A unit that holds a database thread for longer is worth a line with its name."""

_LOG = get_logger("tenantry")

# Name of the event: level and line; its attributes become the fields.
_LINES: Final = {
    "tenantry.db.checkpoint_postponed": ("debug", "WAL checkpoint postponed"),
    "tenantry.db.group_failed": ("error", "A group of writes failed as a whole"),
    "tenantry.db.listener_lost": ("warning", "Listening for other nodes failed, reconnecting"),
    "tenantry.db.slow_query": ("warning", "Slow query"),
    "tenantry.db.writer_died": ("error", "The database writer died and is restarted"),
    "tenantry.eventlog.appender_died": ("error", "The appender died and is restarted"),
    "tenantry.eventlog.listener_failed": ("error", "A follower of the log failed"),
    "tenantry.projection.snapshot_failed": ("warning", "A snapshot could not be stored"),
    "tenantry.projection.snapshot_unreadable": ("warning", "A snapshot could not be read"),
}


def narrate_events() -> Callable[[], None]:
    """Write the lines from now on; returns what ends that."""
    return subscribe(_narrate)


def _narrate(record: SpanRecord | EventRecord) -> None:
    if record.name == "tenantry.db.unit":
        if record.attributes["seconds"] > SLOW_UNIT_SECONDS:
            _LOG.info("Slow unit", **record.attributes)
        return

    found = _LINES.get(record.name)
    if found is not None:
        level, line = found
        getattr(_LOG, level)(line, **record.attributes)

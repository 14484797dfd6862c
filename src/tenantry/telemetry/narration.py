"""From events to log lines: what an operator should read of the layers that do not log."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from tenantry.telemetry.logging import get_logger
from tenantry.telemetry.spans import EventRecord, SpanRecord, subscribe

SLOW_UNIT_SECONDS: Final = 0.02
"""A unit that holds a database thread for longer is worth a line with its name."""

ALLOWANCE_LINE_SECONDS: Final = 10.0
"""At least so long is between two lines that say that limits are not shared."""

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
    "tenantry.execution.search_attribute_missing": (
        "warning",
        "Workflows cannot be found by their correlation id",
    ),
    "tenantry.execution.step_failed": ("info", "A step of durable work failed"),
    "tenantry.execution.upkeep_failed": ("debug", "Old versions of workers were not looked after"),
    "tenantry.execution.versions_unsupported": ("warning", "Temporal has no versions of workers"),
    "tenantry.execution.worker_died": ("error", "The Temporal worker died and is restarted"),
    "tenantry.execution.worker_waits": ("warning", "The Temporal worker waits for the server"),
    "tenantry.projection.snapshot_failed": ("warning", "A snapshot could not be stored"),
    "tenantry.projection.snapshot_unreadable": ("warning", "A snapshot could not be read"),
    "tenantry.reliability.given_up": ("debug", "A failed call is not repeated"),
    "tenantry.reliability.retried": ("debug", "A failed call is repeated"),
    "tenantry.scheduling.failed": ("warning", "A scheduled run failed"),
    "tenantry.scheduling.lease_kept_short": ("warning", "Lease not extended"),
    "tenantry.scheduling.lease_lost": ("warning", "Lease lost"),
    "tenantry.scheduling.step_failed": ("error", "A line could not be run"),
    "tenantry.scheduling.taken_over": ("info", "A scheduled run was taken over"),
    "tenantry.scheduling.turn_lost": ("warning", "A turn was lost"),
}

# Where a breaker stands: level and line.
_BREAKER_LINES: Final = {
    "closed": ("info", "Circuit breaker closed"),
    "half-open": ("debug", "Circuit breaker half-open"),
    "open": ("warning", "Circuit breaker open"),
}
_SLOW_UNIT: Final = ("info", "Slow unit")
_ALLOWANCE_LOST: Final = (
    "warning",
    "Limits are not shared with other nodes, this one decides alone",
)


def every_line() -> list[tuple[str, str]]:
    """Return level and text of every line there is."""
    return [*_LINES.values(), *_BREAKER_LINES.values(), _SLOW_UNIT, _ALLOWANCE_LOST]


def narrate_events(*, monotonic: Callable[[], float] = time.monotonic) -> Callable[[], None]:
    """Write the lines from now on; returns what ends that.

    `monotonic` says the time in seconds, for what would else be told too often.
    """
    return subscribe(_Narrator(monotonic))


class _Narrator:
    """Writes the line of an event, where there is one."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._told_at = -math.inf
        self._untold_count = 0

    def __call__(self, record: SpanRecord | EventRecord) -> None:
        if record.name == "tenantry.db.unit":
            if record.attributes["seconds"] > SLOW_UNIT_SECONDS:
                _write(_SLOW_UNIT, record.attributes)
            return

        if record.name in _LINES:
            _write(_LINES[record.name], record.attributes)
        elif record.name == "tenantry.reliability.breaker_moved":
            self._tell_of_breaker(record.attributes)
        elif record.name == "tenantry.reliability.allowance_lost":
            self._tell_of_allowance(record.attributes)

    def _tell_of_breaker(self, told: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in told.items() if value is not None}
        _write(_BREAKER_LINES[told["after"]], fields)

    def _tell_of_allowance(self, told: Mapping[str, Any]) -> None:
        """Tell of it now and then: while the database is away it is lost with every request."""
        now = self._monotonic()
        if now - self._told_at < ALLOWANCE_LINE_SECONDS:
            self._untold_count += 1
            return

        fields = {**told, "untold_count": self._untold_count}
        self._told_at, self._untold_count = now, 0
        _write(_ALLOWANCE_LOST, fields)


def _write(line: tuple[str, str], fields: Mapping[str, Any]) -> None:
    level, text = line
    getattr(_LOG, level)(text, **fields)

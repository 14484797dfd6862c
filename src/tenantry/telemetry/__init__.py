"""Telemetry: what the process says about itself, in log lines, spans and metrics.

Work is described once, by a span or an event; logs and metrics subscribe. Log lines go through one
sink that is bounded, masks secrets and e-mail addresses, and never blocks or fails its caller.
It knows no product noun, opens no port and reads no environment: `tenantry.settings` does.
"""

from tenantry.telemetry.context import Context, bind, current
from tenantry.telemetry.days import DayFiles
from tenantry.telemetry.logging import active_sink, branch_lines, configure_logging, get_logger
from tenantry.telemetry.memory import memory_limit, memory_ratio
from tenantry.telemetry.metrics import CONTENT_TYPE, Metrics
from tenantry.telemetry.narration import narrate_events
from tenantry.telemetry.observation import observe_spans
from tenantry.telemetry.sink import LogSink
from tenantry.telemetry.spans import EventRecord, SpanRecord, emit, span, subscribe

__all__ = [
    "CONTENT_TYPE",
    "Context",
    "DayFiles",
    "EventRecord",
    "LogSink",
    "Metrics",
    "SpanRecord",
    "active_sink",
    "bind",
    "branch_lines",
    "configure_logging",
    "current",
    "emit",
    "get_logger",
    "memory_limit",
    "memory_ratio",
    "narrate_events",
    "observe_spans",
    "span",
    "subscribe",
]

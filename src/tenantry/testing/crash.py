"""Dying at a named point: what the code says through telemetry is where a test can kill it."""

import os
import signal
from collections.abc import Callable

from tenantry.telemetry import EventRecord, SpanRecord, subscribe


def crash_at(name: str, *, after: int = 0, **attributes: object) -> Callable[[], None]:
    """Kill this process, as `kill -9` does, when the span or event `name` is told.

    The first `after` times it is let pass; `attributes` narrow it to records that have these
    values (`crash_at("tenantry.db.unit", unit="store")`). The process dies on the thread that
    tells, before another line of the work runs. Returns what calls it off.
    """
    passes_left = after

    def die(record: SpanRecord | EventRecord) -> None:
        nonlocal passes_left
        if record.name != name or not attributes.items() <= record.attributes.items():
            return
        if passes_left > 0:
            passes_left -= 1
            return
        os.kill(os.getpid(), signal.SIGKILL)

    return subscribe(die)

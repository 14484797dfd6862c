"""Spans and events: how work says what it did, without knowing who listens.

`tenantry.db` and `tenantry.eventlog` speak through here; metrics, logs and traces subscribe. Where
nobody has, a span costs about half a microsecond and nothing is built.
"""

import threading
from collections.abc import Callable, Mapping
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import msgspec

from tenantry.telemetry.context import CURRENT, Context


class SpanRecord(msgspec.Struct, frozen=True):
    """A unit of work that has ended, with `error` where it ended by an exception."""

    name: str
    duration_seconds: float
    attributes: Mapping[str, Any]
    error: BaseException | None
    context: Context


class EventRecord(msgspec.Struct, frozen=True):
    """Something that happened once and took no time worth measuring."""

    name: str
    attributes: Mapping[str, Any]
    context: Context


Handler = Callable[[SpanRecord | EventRecord], None]


class _Subscribers:
    """The handlers, replaced as a whole so that a reader needs no lock."""

    def __init__(self) -> None:
        self.handlers: tuple[Handler, ...] = ()
        self.failure_count = 0
        self._lock = threading.Lock()

    def add(self, handler: Handler) -> None:
        with self._lock:
            self.handlers = (*self.handlers, handler)

    def remove(self, handler: Handler) -> None:
        with self._lock:
            self.handlers = tuple(kept for kept in self.handlers if kept is not handler)

    def tell(self, record: SpanRecord | EventRecord) -> None:
        for handler in self.handlers:
            try:
                handler(record)
            except Exception:  # noqa: BLE001 - an onlooker's mistake must not fail the work it watches
                with self._lock:
                    self.failure_count += 1


_SUBSCRIBERS = _Subscribers()


class span:  # noqa: N801 - it reads as a verb: `with span("tenantry.sync.run"):`
    """Measure a `with` block as one unit of work called `name`, also inside a coroutine.

    Subscribers get a `SpanRecord` when the block ends, from the thread that ran it.
    """

    __slots__ = ("_attributes", "_name", "_started")

    def __init__(self, name: str, /, **attributes: Any) -> None:
        self._name = name
        self._attributes = attributes
        self._started = 0.0

    def set(self, **attributes: Any) -> None:
        """Add what is known only now."""
        self._attributes.update(attributes)

    def __enter__(self) -> Self:
        self._started = perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not _SUBSCRIBERS.handlers:
            return

        seconds = perf_counter() - self._started
        _SUBSCRIBERS.tell(SpanRecord(self._name, seconds, self._attributes, error, CURRENT.get()))


def emit(name: str, /, **attributes: Any) -> None:
    """Tell the subscribers that `name` happened."""
    if _SUBSCRIBERS.handlers:
        _SUBSCRIBERS.tell(EventRecord(name, attributes, CURRENT.get()))


def subscribe(handler: Handler) -> Callable[[], None]:
    """Call `handler` with every span and event from now on; returns what ends that.

    It runs on the thread that did the work, so it must be quick and safe on any thread. What it
    raises is counted, never passed on.
    """

    def own(record: SpanRecord | EventRecord) -> None:
        # One function per subscription, so that the same handler may subscribe twice.
        handler(record)

    _SUBSCRIBERS.add(own)
    return lambda: _SUBSCRIBERS.remove(own)


def handler_failure_count() -> int:
    """How often a subscriber has raised since the process started."""
    return _SUBSCRIBERS.failure_count

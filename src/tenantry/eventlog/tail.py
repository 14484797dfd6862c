"""The newest events in memory, so that subscribers of this node need not read them back."""

from collections.abc import Sequence

from tenantry.eventlog.event import RecordedEvent

TAIL_EVENTS = 4_096
"""How many events are kept at least; a subscriber further behind reads the database."""

TAIL_BYTES = 64 * 1024 * 1024
"""How much data they may hold together, since one event may be a megabyte."""


class Tail:
    """A contiguous run of positions at the end of the log, as far as this node has seen it."""

    def __init__(self) -> None:
        # A list, because a reader asks for a slice at the end; the front is cut off in one go.
        self._events: list[RecordedEvent] = []
        self._bytes = 0

    @property
    def last_position(self) -> int:
        """The newest position here, 0 when empty."""
        return self._events[-1].position if self._events else 0

    def add(self, events: Sequence[RecordedEvent]) -> None:
        """Add a batch; where it does not follow on (another node appended between), start anew."""
        for event in events:
            if self._events and event.position != self._events[-1].position + 1:
                self._events.clear()
                self._bytes = 0
            self._events.append(event)
            self._bytes += len(event.data)

        if len(self._events) > 2 * TAIL_EVENTS or self._bytes > TAIL_BYTES:
            self._cut()

    def after(self, position: int, limit: int) -> list[RecordedEvent] | None:
        """Return the events behind `position`, None where they are not here.

        None is also the answer at the end: another node, or another unit of this one, may have
        appended what never came by here.
        """
        if not self._events or not self._events[0].position - 1 <= position < self.last_position:
            return None
        start = position + 1 - self._events[0].position
        return self._events[start : start + limit]

    def _cut(self) -> None:
        """Keep the newest events within both bounds."""
        kept = self._events[-TAIL_EVENTS:]
        size = sum(len(event.data) for event in kept)
        first = 0
        while size > TAIL_BYTES:
            size -= len(kept[first].data)
            first += 1
        self._events, self._bytes = kept[first:], size

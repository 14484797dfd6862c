"""Known event types, and old events brought to their present shape when they are read."""

from collections.abc import Callable, Iterable

import msgspec

from tenantry.base.errors import Unavailable
from tenantry.eventlog.event import RecordedEvent

Upcaster = Callable[[bytes], tuple[str, bytes]]
"""Old data to the next type's name and data; upcasters chain until a present type is reached."""


class UnknownEventType(Unavailable):
    """The log holds an event that this program does not know: a newer node wrote it."""

    default_code = "unknown_event_type"


class EventTypes:
    """The event types of this program's version, and how older ones become them."""

    def __init__(
        self, *, present: Iterable[str] = (), upcasters: dict[str, Upcaster] | None = None
    ) -> None:
        self._present = frozenset(present)
        self._upcasters = dict(upcasters or {})

    def __or__(self, other: "EventTypes") -> "EventTypes":
        """Both features' types together."""
        return EventTypes(
            present=self._present | other._present,
            upcasters={**self._upcasters, **other._upcasters},
        )

    def upcast(self, event: RecordedEvent) -> RecordedEvent:
        """Return `event` in its present shape; raises `UnknownEventType`.

        Only type and data change: position, version, time and metadata are history.
        """
        if event.type in self._present:
            return event

        type_, data = event.type, event.data
        while type_ not in self._present:
            upcaster = self._upcasters.get(type_)
            if upcaster is None:
                raise UnknownEventType(
                    f"position {event.position} holds {type_!r}, which this program does not know",
                    retry_after_seconds=30.0,
                )
            type_, data = upcaster(data)
        return msgspec.structs.replace(event, type=type_, data=data)

    def upcast_all(self, events: list[RecordedEvent]) -> list[RecordedEvent]:
        """Return `events` in their present shape; raises `UnknownEventType`."""
        present = self._present
        # The usual page holds no old event at all, and is passed through.
        if all(event.type in present for event in events):
            return events
        return [self.upcast(event) for event in events]

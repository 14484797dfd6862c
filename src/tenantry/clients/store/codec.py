"""Client events on the wire of the log."""

from typing import Any, Final

import msgspec

from tenantry.base import Principal
from tenantry.clients.model import (
    ClientApplied,
    ClientEvent,
    ClientRegistered,
    ComponentsChanged,
    FieldsChanged,
    MenusChanged,
    RoutesChanged,
)
from tenantry.eventlog import EventTypes, NewEvent, RecordedEvent, cause_by

PREFIX: Final = "clients."
"""Every event type of this feature begins with this."""

_TYPES: Final[dict[type, str]] = {
    ClientRegistered: "clients.client_registered.v1",
    RoutesChanged: "clients.routes_changed.v1",
    MenusChanged: "clients.menus_changed.v1",
    ComponentsChanged: "clients.components_changed.v1",
    FieldsChanged: "clients.fields_changed.v1",
    ClientApplied: "clients.client_applied.v1",
}
EVENT_TYPES: Final = EventTypes(present=_TYPES.values())

_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    type_: msgspec.json.Decoder(kind) for kind, type_ in _TYPES.items()
}
_ENCODER: Final = msgspec.json.Encoder()


def encode_event(event: ClientEvent, principal: Principal, *, key: str) -> NewEvent:
    """Encode `event` with who caused it, where, and which client it is about."""
    cause = cause_by(principal, subject=key, kind="Client")
    return NewEvent(type=_TYPES[type(event)], data=_ENCODER.encode(event), metadata=cause.encode())


def decode_event(event: RecordedEvent) -> ClientEvent:
    """Decode an event whose type begins with `PREFIX`."""
    decoded: ClientEvent = _DECODERS[event.type].decode(event.data)
    return decoded

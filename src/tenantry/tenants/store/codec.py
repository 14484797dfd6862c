"""Access events on the wire of the log."""

from typing import Any, Final

import msgspec

from tenantry.base import Principal
from tenantry.eventlog import EventTypes, NewEvent, RecordedEvent, cause_by
from tenantry.tenants.model import (
    AccessEvent,
    KeyCreated,
    KeyRevoked,
    MemberRemoved,
    MemberSet,
    PersonChanged,
    SessionEnded,
    TenantActivated,
    TenantChanged,
    TenantCreated,
    TenantErased,
    TenantSuspended,
)

PREFIX: Final = "tenants."
"""Every event type of this feature begins with this."""

TENANT_ERASED: Final = "tenants.tenant_erased.v1"

_TYPES: Final[dict[type, str]] = {
    TenantCreated: "tenants.tenant_created.v1",
    TenantChanged: "tenants.tenant_changed.v1",
    TenantSuspended: "tenants.tenant_suspended.v1",
    TenantActivated: "tenants.tenant_activated.v1",
    TenantErased: TENANT_ERASED,
    MemberSet: "tenants.member_set.v1",
    MemberRemoved: "tenants.member_removed.v1",
    PersonChanged: "tenants.person_changed.v1",
    KeyCreated: "tenants.key_created.v1",
    KeyRevoked: "tenants.key_revoked.v1",
    SessionEnded: "tenants.session_ended.v1",
}
EVENT_TYPES: Final = EventTypes(present=_TYPES.values())

_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    type_: msgspec.json.Decoder(kind) for kind, type_ in _TYPES.items()
}
_ENCODER: Final = msgspec.json.Encoder()


def encode_event(event: AccessEvent, principal: Principal, *, subject: str, kind: str) -> NewEvent:
    """Encode `event` with who caused it, where, and what it is about."""
    cause = cause_by(principal, subject=subject, kind=kind)
    return NewEvent(type=_TYPES[type(event)], data=_ENCODER.encode(event), metadata=cause.encode())


def decode_event(event: RecordedEvent) -> AccessEvent:
    """Decode an event whose type begins with `PREFIX`."""
    decoded: AccessEvent = _DECODERS[event.type].decode(event.data)
    return decoded

"""Config events on the wire of the log."""

from typing import Any

import msgspec

from tenantry.base.instant import format_instant
from tenantry.configs.model import (
    MAX_SCHEMA_BYTES,
    MAX_VALUE_CHARACTERS,
    STREAM_PREFIX,
    ConfigEntry,
    ConfigEvent,
    ConfigRecord,
    ConfigSchemaDeleted,
    ConfigSchemaSet,
    ConfigSecretShredded,
    ConfigValueDeleted,
    ConfigValueSet,
    SchemaEvent,
    SchemaTarget,
    entry_after,
)
from tenantry.eventlog import EventTypes, NewEvent, RecordedEvent

VALUE_SET = "configs.value_set.v1"
VALUE_DELETED = "configs.value_deleted.v1"
SECRET_SHREDDED = "configs.secret_shredded.v1"  # noqa: S105 - a name of something that happened
SCHEMA_SET = "configs.schema_set.v1"
SCHEMA_DELETED = "configs.schema_deleted.v1"

_TYPES: dict[type, str] = {
    ConfigValueSet: VALUE_SET,
    ConfigValueDeleted: VALUE_DELETED,
    ConfigSecretShredded: SECRET_SHREDDED,
    ConfigSchemaSet: SCHEMA_SET,
    ConfigSchemaDeleted: SCHEMA_DELETED,
}
EVENT_TYPES = EventTypes(present=_TYPES.values())
VALUE_TYPES = frozenset({VALUE_SET, VALUE_DELETED, SECRET_SHREDDED})
"""What happens in the stream of a setting."""
SCHEMA_TYPES = frozenset({SCHEMA_SET, SCHEMA_DELETED})
"""What happens in the stream of schemas."""

# A value and the one before it, each character as `\uXXXX` twice at worst, and what surrounds them.
_MAX_VALUE_EVENT_BYTES = 2 * 12 * MAX_VALUE_CHARACTERS + 64 * 1024
_MAX_SCHEMA_EVENT_BYTES = 2 * MAX_SCHEMA_BYTES + 64 * 1024

_SHOWN = {type_: kind.__name__ for kind, type_ in _TYPES.items()}
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    type_: msgspec.json.Decoder(kind) for kind, type_ in _TYPES.items()
}
_SEALED = b'"sealed":'


class ConfigCodec(msgspec.Struct, frozen=True):
    """Who caused an event and where: what its metadata tells besides the name."""

    aggregate_id: str
    actor: str
    correlation_id: str | None
    causation_id: str | None
    source: str | None
    aggregate_type: str = "ConfigValue"

    def encode(self, event: ConfigEvent | SchemaEvent) -> NewEvent:
        """Encode `event` with this metadata."""
        is_schema = isinstance(event, ConfigSchemaSet | ConfigSchemaDeleted)
        return NewEvent(
            type=_TYPES[type(event)],
            data=_ENCODER.encode(event),
            metadata=_ENCODER.encode(self),
            max_bytes=_MAX_SCHEMA_EVENT_BYTES if is_schema else _MAX_VALUE_EVENT_BYTES,
        )


class _Actor(msgspec.Struct):
    actor: str = ""


def stream_of(name: str) -> str:
    """Return the stream of a setting."""
    return STREAM_PREFIX + name


def name_of(stream: str) -> str:
    """Return the name of a setting's stream."""
    return stream.removeprefix(STREAM_PREFIX)


def decode_event(event: RecordedEvent) -> ConfigEvent:
    """Decode an event of a setting; the caller has checked that it is one."""
    decoded: ConfigEvent = _DECODERS[event.type].decode(event.data)
    return decoded


def decode_schema_event(event: RecordedEvent) -> SchemaEvent:
    """Decode an event of schemas; the caller has checked that it is one."""
    decoded: SchemaEvent = _DECODERS[event.type].decode(event.data)
    return decoded


def target_of(event: SchemaEvent) -> SchemaTarget:
    """Return what the schema of an event is about."""
    if event.config_name is not None:
        return SchemaTarget("name", event.config_name)
    return SchemaTarget("prefix", event.prefix or "")


def entry_of(event: RecordedEvent) -> ConfigEntry:
    """Return the state that the last event of a stream leaves behind."""
    return entry_after(
        decode_event(event),
        tenant_id=event.tenant_id,
        version=event.version,
        position=event.position,
        recorded_at=event.recorded_at,
    )


def actor_of(event: RecordedEvent) -> str:
    """Return who caused an event."""
    return msgspec.json.decode(event.metadata, type=_Actor).actor


def record_of(event: RecordedEvent) -> ConfigRecord:
    """Return an event as a history shows it; what is sealed stays out of it."""
    return ConfigRecord(
        event_type=_SHOWN[event.type],
        data=msgspec.Raw(_shown_data(event)),
        metadata=msgspec.Raw(event.metadata),
        created_at=format_instant(event.recorded_at),
        stream_version=event.version,
        position=event.position,
    )


def _shown_data(event: RecordedEvent) -> bytes:
    if event.type != VALUE_SET or _SEALED not in event.data:
        return event.data
    change = decode_event(event)
    assert isinstance(change, ConfigValueSet)  # noqa: S101 - its type says so
    return _ENCODER.encode(msgspec.structs.replace(change, sealed=None))

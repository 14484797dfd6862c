"""Config events on the wire of the log."""

import msgspec

from tenantry.base.instant import format_instant
from tenantry.configs.model import (
    MAX_VALUE_CHARACTERS,
    STREAM_PREFIX,
    ConfigEntry,
    ConfigEvent,
    ConfigRecord,
    ConfigValueDeleted,
    ConfigValueSet,
    entry_after,
)
from tenantry.eventlog import EventTypes, NewEvent, RecordedEvent

VALUE_SET = "configs.value_set.v1"
VALUE_DELETED = "configs.value_deleted.v1"
EVENT_TYPES = EventTypes(present=(VALUE_SET, VALUE_DELETED))

# A value and the one before it, each character as `\uXXXX` twice at worst, and what surrounds them.
_MAX_EVENT_BYTES = 2 * 12 * MAX_VALUE_CHARACTERS + 64 * 1024

_SHOWN = {VALUE_SET: "ConfigValueSet", VALUE_DELETED: "ConfigValueDeleted"}
_ENCODER = msgspec.json.Encoder()
_DECODERS: dict[str, msgspec.json.Decoder[ConfigEvent]] = {
    VALUE_SET: msgspec.json.Decoder(ConfigValueSet),
    VALUE_DELETED: msgspec.json.Decoder(ConfigValueDeleted),
}


class ConfigCodec(msgspec.Struct, frozen=True):
    """Who caused an event and where: what its metadata tells besides the name."""

    aggregate_id: str
    actor: str
    correlation_id: str | None
    causation_id: str | None
    source: str | None
    aggregate_type: str = "ConfigValue"

    def encode(self, event: ConfigEvent) -> NewEvent:
        """Encode `event` with this metadata."""
        return NewEvent(
            type=VALUE_SET if isinstance(event, ConfigValueSet) else VALUE_DELETED,
            data=_ENCODER.encode(event),
            metadata=_ENCODER.encode(self),
            max_bytes=_MAX_EVENT_BYTES,
        )


def stream_of(name: str) -> str:
    """Return the stream of a setting."""
    return STREAM_PREFIX + name


def name_of(stream: str) -> str:
    """Return the name of a setting's stream."""
    return stream.removeprefix(STREAM_PREFIX)


def decode_event(event: RecordedEvent) -> ConfigEvent:
    """Decode a config event; the caller has checked that it is one."""
    return _DECODERS[event.type].decode(event.data)


def entry_of(event: RecordedEvent) -> ConfigEntry:
    """Return the state that the last event of a stream leaves behind."""
    return entry_after(
        decode_event(event),
        version=event.version,
        position=event.position,
        recorded_at=event.recorded_at,
    )


def record_of(event: RecordedEvent) -> ConfigRecord:
    """Return an event as a history shows it."""
    return ConfigRecord(
        event_type=_SHOWN[event.type],
        data=msgspec.Raw(event.data),
        metadata=msgspec.Raw(event.metadata),
        created_at=format_instant(event.recorded_at),
        stream_version=event.version,
        position=event.position,
    )

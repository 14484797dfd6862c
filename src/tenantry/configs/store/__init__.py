"""Events to settings and back, and the tree in memory that they make up."""

from tenantry.configs.store.codec import (
    EVENT_TYPES,
    VALUE_DELETED,
    VALUE_SET,
    ConfigCodec,
    decode_event,
    entry_of,
    name_of,
    record_of,
    stream_of,
)
from tenantry.configs.store.projection import ConfigStateProjection

__all__ = [
    "EVENT_TYPES",
    "VALUE_DELETED",
    "VALUE_SET",
    "ConfigCodec",
    "ConfigStateProjection",
    "decode_event",
    "entry_of",
    "name_of",
    "record_of",
    "stream_of",
]

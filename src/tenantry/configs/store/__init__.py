"""Events to settings and back, and the tree in memory that they make up."""

from tenantry.configs.store.codec import (
    EVENT_TYPES,
    SCHEMA_TYPES,
    VALUE_DELETED,
    VALUE_SET,
    VALUE_TYPES,
    ConfigCodec,
    actor_of,
    decode_event,
    decode_schema_event,
    entry_of,
    name_of,
    record_of,
    stream_of,
    target_of,
)
from tenantry.configs.store.projection import ConfigStateProjection
from tenantry.configs.store.schemas import schemas_after

__all__ = [
    "EVENT_TYPES",
    "SCHEMA_TYPES",
    "VALUE_DELETED",
    "VALUE_SET",
    "VALUE_TYPES",
    "ConfigCodec",
    "ConfigStateProjection",
    "actor_of",
    "decode_event",
    "decode_schema_event",
    "entry_of",
    "name_of",
    "record_of",
    "schemas_after",
    "stream_of",
    "target_of",
]

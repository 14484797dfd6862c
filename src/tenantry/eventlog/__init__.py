"""The event log: append, read, subscribe, and what is built from it.

One log for a whole database: positions are dense and in commit order on SQLite and PostgreSQL
alike, every event is chained to the one before, and the database refuses to change or remove any.
Projections (in memory or in tables), snapshots and verification are built on those three verbs.
This package knows no product noun: what an event means is its feature's business.
"""

from tenantry.eventlog.cause import Cause, cause_by, cause_of
from tenantry.eventlog.chunks import decode_rows, encode_rows, in_chunks
from tenantry.eventlog.event import (
    ANY,
    EXISTS,
    NO_STREAM,
    Appended,
    AppendRequest,
    Conflict,
    Fate,
    Head,
    IdempotencyKey,
    KeyReused,
    NewEvent,
    Outcome,
    RecordedEvent,
    StaleStream,
    StreamAppend,
    Unchanged,
    decode_data,
)
from tenantry.eventlog.log import EventLog
from tenantry.eventlog.projection import (
    Progress,
    Projection,
    ProjectionObserver,
    RebuildReport,
)
from tenantry.eventlog.runner import ProjectionRunner
from tenantry.eventlog.stored import StoredProjection, StoredProjectionRunner
from tenantry.eventlog.upcast import EventTypes, UnknownEventType, Upcaster
from tenantry.eventlog.verify import Fault, VerifyReport, verify

__all__ = [
    "ANY",
    "EXISTS",
    "NO_STREAM",
    "AppendRequest",
    "Appended",
    "Cause",
    "Conflict",
    "EventLog",
    "EventTypes",
    "Fate",
    "Fault",
    "Head",
    "IdempotencyKey",
    "KeyReused",
    "NewEvent",
    "Outcome",
    "Progress",
    "Projection",
    "ProjectionObserver",
    "ProjectionRunner",
    "RebuildReport",
    "RecordedEvent",
    "StaleStream",
    "StoredProjection",
    "StoredProjectionRunner",
    "StreamAppend",
    "Unchanged",
    "UnknownEventType",
    "Upcaster",
    "VerifyReport",
    "cause_by",
    "cause_of",
    "decode_data",
    "decode_rows",
    "encode_rows",
    "in_chunks",
    "verify",
]

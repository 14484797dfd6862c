"""Frames: changes of settings as watchers get them, in the text of server-sent events.

`value` is the JSON that was stored, but for its line breaks, since those end a line of the stream.
"""

import msgspec

from tenantry.base.codec import encode_json
from tenantry.base.instant import format_instant
from tenantry.configs.model import ConfigEntry
from tenantry.configs.store import VALUE_DELETED, VALUE_SET, entry_of
from tenantry.eventlog import RecordedEvent

RETRY = b"retry: 1000\n\n"
"""How long a reader waits, in milliseconds, before it asks again."""

_CHANGE_TYPES = frozenset({VALUE_SET, VALUE_DELETED})
# In JSON a raw line break stands between tokens only, where a space says the same.
_WITHOUT_BREAKS = bytes.maketrans(b"\r\n", b"  ")


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One change, encoded once for everybody; `position` is its place in the log."""

    position: int
    tenant_id: str
    name: str
    body: bytes


class _Set(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    value: msgspec.Raw
    version: int
    position: int
    updated_at: str
    layer: str
    secret: bool = False


class _Deleted(msgspec.Struct, frozen=True):
    name: str
    version: int
    position: int
    updated_at: str
    layer: str


class _Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    position: int
    count: int | None = None


def frame_of(event: RecordedEvent) -> Frame | None:
    """Return the frame of a change; None for an event that is none."""
    if event.type not in _CHANGE_TYPES:
        return None
    entry = entry_of(event)
    body = b"id: %d\n%b" % (event.position, encode_change(entry))
    return Frame(event.position, event.tenant_id, entry.name, body)


def encode_change(entry: ConfigEntry) -> bytes:
    """Encode what `entry` has become, without an id."""
    updated_at = format_instant(entry.updated_at)
    if entry.is_deleted:
        deleted = _Deleted(entry.name, entry.version, entry.position, updated_at, entry.layer)
        return b"event: delete\ndata: %b\n\n" % encode_json(deleted)

    value = msgspec.Raw(entry.value)
    present = _Set(
        entry.name,
        value,
        entry.version,
        entry.position,
        updated_at,
        entry.layer,
        entry.is_secret,
    )
    return b"event: set\ndata: %b\n\n" % encode_json(present).translate(_WITHOUT_BREAKS)


def encode_start(position: int) -> bytes:
    """Encode that the frames behind `position` follow."""
    return b"id: %d\nevent: start\ndata: %b\n\n" % (position, encode_json(_Mark(position)))


def encode_heartbeat(position: int) -> bytes:
    """Encode that the connection is alive, and that nothing up to `position` is missing.

    A comment, which readers pass over, and an id, which they keep for when they come back: else
    somebody to whom nothing happens would come back to the whole log of everybody else.
    """
    return b":\nid: %d\n\n" % position


def encode_snapshot_end(position: int, count: int) -> bytes:
    """Encode that `count` entries were the state at `position`, whose later frames follow."""
    mark = encode_json(_Mark(position, count))
    return b"id: %d\nevent: snapshot\ndata: %b\n\n" % (position, mark)

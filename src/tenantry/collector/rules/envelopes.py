"""Frames of both wires as they are written: `/subscribe`, and `subscribeEvents` in its envelope.

Records stay as they came. What may be added to a frame later is no mistake of it.
"""

from datetime import datetime
from typing import Annotated, Final

import msgspec

from tenantry.collector.model import Operation

FRAGMENT: Final = "network.bsky.jetstream.subscribeEvents#"

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class ToldCommit(msgspec.Struct, gc=False):
    """What v1 says of a record."""

    rev: str
    operation: Operation
    collection: str
    rkey: str
    record: msgspec.Raw = msgspec.Raw()
    cid: str | None = None


class ToldIdentity(msgspec.Struct, gc=False):
    """A handle, at the relay's time."""

    time: Time
    handle: str | None = None


class ToldAccount(msgspec.Struct, gc=False):
    """An account, at the relay's time."""

    time: Time
    active: bool
    status: str | None = None


class ToldSync(msgspec.Struct, gc=False):
    """A repository that was set anew."""

    rev: str


class V1Event(msgspec.Struct, tag_field="kind", gc=False):
    """What every frame of v1 has."""

    did: str
    time_us: int


class V1Commit(V1Event, tag="commit", gc=False):
    """A frame of v1."""

    commit: ToldCommit


class V1Identity(V1Event, tag="identity", gc=False):
    """A frame of v1."""

    identity: ToldIdentity


class V1Account(V1Event, tag="account", gc=False):
    """A frame of v1."""

    account: ToldAccount


class V2Event(msgspec.Struct, tag_field="$type", rename="camel", gc=False, kw_only=True):
    """What every event of v2 has: the host's own number and time."""

    did: str
    seq: int
    time: Time
    # Never altered by who runs the host, and what a cursor of µs is looked up by: the better time.
    witnessed_at: Time | None = None


class V2Commit(V2Event, tag=f"{FRAGMENT}commit", gc=False, kw_only=True):
    """What v2 says of a record."""

    rev: str
    operation: Operation
    collection: str
    rkey: str
    record: msgspec.Raw = msgspec.Raw()
    cid: str | None = None


class V2Identity(V2Event, tag=f"{FRAGMENT}identity", gc=False, kw_only=True):
    """An event of v2."""

    identity: ToldIdentity


class V2Account(V2Event, tag=f"{FRAGMENT}account", gc=False, kw_only=True):
    """An event of v2."""

    account: ToldAccount


class V2Sync(V2Event, tag=f"{FRAGMENT}sync", gc=False, kw_only=True):
    """An event of v2."""

    sync: ToldSync


class V2Info(msgspec.Struct, tag_field="$type", tag=f"{FRAGMENT}info", gc=False):
    """What a host says of the connection."""

    name: str
    message: str | None = None


class V2Message(msgspec.Struct, tag_field="$type", tag="message", gc=False):
    """A frame of v2."""

    payload: V2Commit | V2Identity | V2Account | V2Sync | V2Info


class V2Error(msgspec.Struct, tag_field="$type", tag="error", gc=False):
    """The last frame of v2."""

    error: str
    message: str | None = None


class Peek(msgspec.Struct, gc=False):
    """What tells the wires apart."""

    type: str | None = msgspec.field(name="$type", default=None)
    kind: str | None = None


V1: Final = msgspec.json.Decoder(V1Commit | V1Identity | V1Account)
V2: Final = msgspec.json.Decoder(V2Message | V2Error)
ANY: Final = msgspec.json.Decoder()
PEEK: Final = msgspec.json.Decoder(Peek)

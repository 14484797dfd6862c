"""What a frame of Jetstream says, whichever of the two wires it came over."""

from typing import Literal, TypeAlias

import msgspec

Wire = Literal["v1", "v2"]
"""`/subscribe`, whose cursors are µs since 1970, and `subscribeEvents`, whose cursors are `seq`."""
Operation = Literal["create", "update", "delete"]
AccountStatus = Literal[
    "active", "takendown", "suspended", "deleted", "deactivated", "desynchronized", "throttled"
]


class Commit(msgspec.Struct, frozen=True, gc=False):
    """A record that was created, updated or deleted.

    `rev` is a TID and rises with every commit of a repository, so of two events about one record
    the one with the greater `rev` is the later. `time_us` is the server's own time, and may be
    anything. `record` is the JSON as it came, None where it was deleted. `seq` is None on v1.
    """

    did: str
    time_us: int
    operation: Operation
    collection: str
    rkey: str
    rev: str
    cid: str | None = None
    record: bytes | None = None
    seq: int | None = None


class Identity(msgspec.Struct, frozen=True, gc=False):
    """A handle that may have changed; None where it must be looked up. `at_us` orders them."""

    did: str
    time_us: int
    at_us: int
    handle: str | None = None
    seq: int | None = None


class Account(msgspec.Struct, frozen=True, gc=False):
    """An account that works or does not, on the host that says so. `at_us` orders them."""

    did: str
    time_us: int
    at_us: int
    is_active: bool
    status: AccountStatus = "active"
    seq: int | None = None


class Sync(msgspec.Struct, frozen=True, gc=False):
    """A repository that was set anew, at `rev`: what it held before is not known any more (v2)."""

    did: str
    time_us: int
    rev: str
    seq: int | None = None


Event: TypeAlias = Commit | Identity | Account | Sync


class Notice(msgspec.Struct, frozen=True):
    """What a server says about the connection itself: `OutdatedCursor`."""

    name: str
    message: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """An error of a server, in a frame or before the upgrade: `ConsumerTooSlow`, `CursorTooOld`."""

    error: str
    message: str = ""


class DeadLetter(msgspec.Struct, frozen=True):
    """A frame that is no event, and why: a short word of a bounded set. `size` is in bytes."""

    reason: str
    frame: bytes
    size: int


Parsed: TypeAlias = Event | Notice | Refusal | DeadLetter

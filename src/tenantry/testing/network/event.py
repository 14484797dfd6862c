"""What happens in a network, in the words of the protocol."""

from typing import Literal, TypeAlias

import msgspec

Operation = Literal["create", "update", "delete"]


class SentCommit(msgspec.Struct, frozen=True, gc=False):
    """A record that was created, updated or deleted; `record` is its JSON, None where deleted.

    `time_us` is when the network came to know of it, and rises from event to event.
    """

    did: str
    time_us: int
    rev: str
    operation: Operation
    collection: str
    rkey: str
    cid: str | None = None
    record: bytes | None = None


class SentIdentity(msgspec.Struct, frozen=True, gc=False):
    """A handle that has changed; None where a reader has to look it up. `at_us` is whole ms."""

    did: str
    time_us: int
    at_us: int
    handle: str | None = None


class SentAccount(msgspec.Struct, frozen=True, gc=False):
    """An account that works, or does not; `status` is None where it works. `at_us` is whole ms."""

    did: str
    time_us: int
    at_us: int
    is_active: bool
    status: str | None = None


class SentSync(msgspec.Struct, frozen=True, gc=False):
    """A repository that was set anew, which only the second wire tells."""

    did: str
    time_us: int
    at_us: int
    rev: str


Sent: TypeAlias = SentCommit | SentIdentity | SentAccount | SentSync

"""What happens as frames, in the spelling of either wire."""

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from tenantry.testing.network import (
    Sent,
    SentAccount,
    SentCommit,
    SentIdentity,
    SentSync,
    iso_us,
)

Wire = Literal["v1", "v2"]
_KIND: Final = "network.bsky.jetstream.subscribeEvents#"


def render(event: Sent, wire: Wire, *, seq: int, skew_us: int = 0) -> bytes | None:
    """Return the frame of an event; None where its wire does not tell of such.

    `skew_us` is added to the time that the server claims, and to nothing else.
    """
    return _V1(event, seq, skew_us) if wire == "v1" else _V2(event, seq, skew_us)


def collection_of(event: Sent) -> str | None:
    """Return the collection that a commit is about; None of any other event."""
    return event.collection if isinstance(event, SentCommit) else None


def kind_of(event: Sent) -> str:
    """Return what the wires call such an event."""
    return _KINDS[type(event)]


def _V1(event: Sent, seq: int, skew_us: int) -> bytes | None:  # noqa: N802 - the wire is called so
    head: dict[str, Any] = {"did": event.did, "time_us": event.time_us + skew_us}
    if isinstance(event, SentCommit):
        return msgspec.json.encode(head | {"kind": "commit", "commit": _commit(event)})
    if isinstance(event, SentIdentity):
        return msgspec.json.encode(head | {"kind": "identity", "identity": _identity(event, seq)})
    if isinstance(event, SentAccount):
        return msgspec.json.encode(head | {"kind": "account", "account": _account(event, seq)})
    return None


def _V2(event: Sent, seq: int, skew_us: int) -> bytes:  # noqa: N802 - the wire is called so
    payload: dict[str, Any] = {
        "$type": _KIND + kind_of(event),
        "seq": seq,
        "did": event.did,
        "time": iso_us(event.time_us + skew_us),
    }
    if isinstance(event, SentCommit):
        payload |= _commit(event)
    elif isinstance(event, SentIdentity):
        payload["identity"] = _identity(event, seq)
    elif isinstance(event, SentAccount):
        payload["account"] = _account(event, seq)
    else:
        payload["sync"] = {
            "did": event.did,
            "rev": event.rev,
            "seq": seq,
            "time": iso_us(event.at_us),
        }
    return msgspec.json.encode({"$type": "message", "payload": payload})


def _commit(event: SentCommit) -> dict[str, Any]:
    told: dict[str, Any] = {
        "rev": event.rev,
        "operation": event.operation,
        "collection": event.collection,
        "rkey": event.rkey,
    }
    if event.record is not None:
        told |= {"record": msgspec.Raw(event.record), "cid": event.cid}
    return told


def _identity(event: SentIdentity, seq: int) -> dict[str, Any]:
    told: dict[str, Any] = {"did": event.did, "seq": seq, "time": iso_us(event.at_us)}
    return told if event.handle is None else told | {"handle": event.handle}


def _account(event: SentAccount, seq: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "active": event.is_active,
        "did": event.did,
        "seq": seq,
        "time": iso_us(event.at_us),
    }
    return told if event.status is None else told | {"status": event.status}


_KINDS: Final[dict[type[Sent], str]] = {
    SentCommit: "commit",
    SentIdentity: "identity",
    SentAccount: "account",
    SentSync: "sync",
}
Renderer = Callable[[Sent, int, int], "bytes | None"]

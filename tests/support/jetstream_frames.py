"""Frames of both wires, of people who do not exist."""

import json
from typing import Any

from tenantry.collector.model import LIKES, POSTS, Commit, Operation
from tenantry.collector.rules import tid_of

NOON_US = 1_790_000_000_000_000
ANNA = "did:plc:annaaaaaaaaaaaaaaaaaaaaa"
BEN = "did:plc:benbenbenbenbenbenbenben"
CID = "bafyrei" + "a" * 52
REV = tid_of(NOON_US, 3)
RKEY = tid_of(NOON_US - 700, 9)
POST_URI = f"at://{BEN}/{POSTS}/{RKEY}"
CREATED_AT = "2026-09-21T14:13:20.000Z"
V2_TIME = "2026-09-21T14:13:20.000000Z"
"""NOON_US, as v2 writes it."""
V2 = "network.bsky.jetstream.subscribeEvents#"


def like(uri: str = POST_URI) -> dict[str, Any]:
    return {"$type": LIKES, "createdAt": CREATED_AT, "subject": {"cid": CID, "uri": uri}}


def post(text: str = "Good morning", **rest: Any) -> dict[str, Any]:
    return {"$type": POSTS, "createdAt": CREATED_AT, "text": text, **rest}


def facet(kind: str, **feature: str) -> dict[str, Any]:
    name = f"app.bsky.richtext.facet#{kind}"
    return {
        "index": {"byteStart": 0, "byteEnd": 4},
        "features": [{"$type": name, **feature}],
    }


def image(alt: str = "A tree") -> dict[str, Any]:
    blob = {"$type": "blob", "ref": {"$link": CID}, "mimeType": "image/jpeg", "size": 9_000}
    return {"alt": alt, "image": blob, "aspectRatio": {"width": 800, "height": 600}}


def commit_of(
    record: dict[str, Any] | bytes | None,
    *,
    collection: str = LIKES,
    did: str = ANNA,
    rkey: str = RKEY,
    rev: str = REV,
    time_us: int = NOON_US,
) -> Commit:
    operation: Operation = "delete" if record is None else "create"
    data = json.dumps(record).encode() if isinstance(record, dict) else record
    return Commit(did, time_us, operation, collection, rkey, rev, CID, data)


def told(**changes: Any) -> dict[str, Any]:
    """What both wires say of a commit."""
    return {
        "rev": REV,
        "operation": "create",
        "collection": LIKES,
        "rkey": RKEY,
        "record": like(),
        "cid": CID,
    } | changes


def v1(kind: str = "commit", **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"did": ANNA, "time_us": NOON_US, "kind": kind}
    if kind == "commit":
        body["commit"] = told()
    elif kind == "identity":
        body["identity"] = upstream(handle="anna.example")
    elif kind == "account":
        body["account"] = upstream(active=True)
    return body | changes


def v2(kind: str = "commit", **changes: Any) -> dict[str, Any]:
    payload: dict[str, Any] = {"$type": V2 + kind, "seq": 77, "did": ANNA, "time": V2_TIME}
    if kind == "commit":
        payload |= told()
    elif kind == "identity":
        payload["identity"] = upstream(handle="anna.example")
    elif kind == "account":
        payload["account"] = upstream(active=True)
    elif kind == "sync":
        payload["sync"] = upstream(rev=REV, blocks={"$bytes": "AA"})
    return {"$type": "message", "payload": payload | changes}


def upstream(**rest: Any) -> dict[str, Any]:
    """What a relay has said, which both wires hand on."""
    return {"did": ANNA, "seq": 5, "time": "2026-09-21T14:13:19.500Z", **rest}


def frame(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

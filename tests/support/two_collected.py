"""What two tenants have of what is collected, and what statements on it are called with."""

from typing import Any

import msgspec

from tenantry.collector import store
from tenantry.collector.model import (
    Batch,
    CollectionFigures,
    Covered,
    Cursor,
    DeadFrame,
    Gap,
    Pace,
    Pulse,
    Subject,
    Switch,
    User,
)
from tenantry.collector.store.statements import statements
from tenantry.db import Tenant, Transaction
from tests.support.collected import (
    ANN,
    AT_US,
    BLOCKS,
    BOB,
    EVE,
    HOUR,
    block,
    everything,
    follow,
    like,
    post,
    repost,
)
from tests.support.nodes import Node
from tests.support.statements import Statement

TABLES = tuple(
    f"collector_{name}"
    for name in (
        "posts", "likes", "reposts", "follows", "records", "mentions", "hashtags", "links",
        "media", "engagement", "author_hours", "followed", "hours", "users", "cursors", "covered",
        "gaps", "paces", "figures", "dead_letters", "switches", "pulses",
    )
)  # fmt: skip

_LATER = 2**62
_GONE = User(did=EVE, is_active=False, status="deleted", account_at_us=1)
_ZEROS: dict[str, tuple[Any, ...]] = {
    "engagement": ("z", ANN, 0, 0, 0, 0),
    "author_hours": (HOUR, "did:plc:zoe", 0, 0, 0, 0, 0, 0),
    "followed": ("did:plc:zoe", 0),
    "hours": (HOUR, "nothing", 0),
}
"""Counts that are about to be deleted."""


async def fill_collected(node: Node, tenant_id: str) -> None:
    """Leave everything behind that collecting does, under keys that both tenants have."""
    number = len(tenant_id)
    batch = msgspec.structs.replace(
        everything(),
        figures={"identity": CollectionFigures(events=number)},
        users=(
            User(did=ANN, handle=f"ann.{tenant_id}.example", identity_at_us=1),
            User(
                did=EVE,
                handle=tenant_id,
                identity_at_us=1,
                is_active=False,
                status="deleted",
                account_at_us=1,
            ),
        ),
        cursor=Cursor(host="h", wire="v1", time_us=number),
        paces=(Pace(collection=BLOCKS, events=number),),
        dead_frames=(DeadFrame(at=1, host="h", reason="bad", size=1, frame=b"x"),) * number,
    )

    def unit(tx: Transaction) -> None:
        store.write_batch(tx, tenant_id, store.encode_batch(batch))
        subject = Subject(ANN, "p1")
        hers = (
            post("e1", EVE),
            like("e2", subject, EVE),
            repost("e3", subject, EVE),
            follow("e4", ANN, EVE),
            block("e5", EVE),
        )
        store.write_batch(tx, tenant_id, store.encode_batch(Batch(records=hers)))
        own = msgspec.structs.replace(everything(), records=(post(tenant_id, f"did:{tenant_id}"),))
        store.write_batch(tx, tenant_id, store.encode_batch(own))
        for name, zeros in _ZEROS.items():
            add = getattr(statements(tx), f"add_{name}")
            add(tx.connection, tenant_id=tenant_id, rows=_json([zeros]))
        for _ in range(number):
            store.keep_covered(tx, tenant_id, Covered(host="h", wire="v1", from_us=1, until_us=2))
            gap = Gap(host="h", from_us=1, until_us=2, reason="blind", opened_at=3)
            store.keep_gap(tx, tenant_id, gap)
        store.keep_switch(tx, tenant_id, Switch(is_on=True, at=1, by=tenant_id))
        pulse = Pulse(node="n", connection="connected", host=tenant_id, at=1)
        store.keep_pulse(tx, tenant_id, pulse, forget_before=0)

    await node.app.database.write(Tenant(tenant_id), unit)


def collected_values(statement: Statement, tenant_id: str) -> dict[str, Any]:
    """Return what a statement on these tables is called with; nothing for any other."""
    package, _, name = statement.name.partition(".")
    if package != "collector":
        return {}
    verb, _, what = name.partition("_")
    collection = "" if "positions" in statement.parameters or verb == "deserted" else "*"
    return {
        "host": "another" if verb == "delete" else "h",
        "wire": "v1", "time_us": 9, "seq": None, "id": 1, "from_us": 1,
        "until_us": 9, "collection": collection, "reason": "blind", "state": "open", "opened_at": 1,
        "closed_at": None, "closed_by": None, "before": _LATER, "until": 1, "is_on": 1, "at": 1,
        "by": tenant_id, "node": "n", "data": "{}", "from_hour": 0, "until_hour": _LATER,
        "least": 1, "from_rkey": "", "until_rkey": "~", "last_id": 1_000,
        "rkey": "", "did": "", "positions": 2, "end_rkey": "~", "end_did": "~",
        "end_collection": "~",
        "keys": _json(_keys(verb, what)), "rows": _json([_NEW[what]] if what in _NEW else []),
    }  # fmt: skip


def _keys(verb: str, what: str) -> list[Any]:
    if verb == "prune":
        zeros = _ZEROS[what]
        return [zeros[:1] if what == "followed" else zeros[:2]]
    if what == "users":
        return [(ANN,), (EVE,)]
    if what == "records":
        return [(BLOCKS, "b1", BOB)]
    return [("p1", ANN), ("p2", BOB), ("l1", BOB), ("r1", BOB), ("f1", BOB)]


_RECORD = ("x", ANN, "1", AT_US, 0, None)
_NEW: dict[str, tuple[Any, ...]] = {
    "posts": (*_RECORD, *(None,) * 10),
    "likes": (*_RECORD, *(None,) * 5),
    "reposts": (*_RECORD, *(None,) * 5),
    "follows": (*_RECORD, *(None,) * 3),
    "records": (BLOCKS, *_RECORD, None),
    "mentions": ("x", ANN, 0, BOB),
    "hashtags": ("x", ANN, 0, "art"),
    "links": ("x", ANN, 0, "https://news.example", "news.example"),
    "media": ("x", ANN, 0, "image", "", None, None, None, None),
    "engagement": ("x", ANN, 1, 0, 0, 0),
    "author_hours": (9, ANN, 1, 0, 0, 0, 0, 0),
    "followed": ("did:plc:new", 1),
    "hours": (9, BLOCKS, 1),
    "users": ("did:plc:new", None, 1, 1, "active", 0),
    "paces": ("new", 1, 0.5, 1),
    "figures": ("new", 1, 0, 0, 0),
    "dead_letters": (1, "h", "bad", 1, "00"),
}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

"""Records that accounts have left behind which are gone, looked for in stretches of the tables."""

from typing import Any, Final

import msgspec

from tenantry.collector.model import FOLLOWS, LIKES, POSTS, REPOSTS, Key, KnownRecord
from tenantry.collector.store.batches import hold_records, known_record
from tenantry.collector.store.statements import statements
from tenantry.db import Transaction

KINDS: Final = ("posts", "likes", "reposts", "follows", "records")
"""The tables that records are in."""

_COLLECTIONS: Final = {"posts": POSTS, "likes": LIKES, "reposts": REPOSTS, "follows": FOLLOWS}
_BEFORE_ALL: Final = ""
_BEHIND_ALL: Final = "\U0010ffff"


class Stretch(msgspec.Struct, frozen=True):
    """What was found of a stretch, and where it ends; None where the table does."""

    found: dict[Key, KnownRecord]
    end: Key | None


def deserted_records(
    tx: Transaction, tenant_id: str, kind: str, after: Key | None, *, until_us: int, rows: int
) -> Stretch:
    """Return the live records of deleted accounts among the next `rows` behind a key.

    Those accounts count that are deleted since `until_us` at the latest. Until the unit ends nobody
    else writes records of the tenant.
    """
    hold_records(tx, tenant_id)
    fields = ("collection", "rkey", "did") if kind == "records" else ("rkey", "did")
    start = {name: _BEFORE_ALL if after is None else getattr(after, name) for name in fields}
    ended = getattr(statements(tx), f"end_of_{kind}")(
        tx.connection, tenant_id=tenant_id, positions=rows - 1, **start
    )
    end = (_BEHIND_ALL,) * len(fields) if ended is None else tuple(ended)
    ends = {f"end_{name}": value for name, value in zip(fields, end, strict=True)}
    found = getattr(statements(tx), f"deserted_{kind}")(
        tx.connection, tenant_id=tenant_id, until_us=until_us, **start, **ends
    )
    length = len(fields)
    return Stretch(
        {_key(kind, row[:length]): known_record(*row[length:]) for row in found},
        None if ended is None else _key(kind, end),
    )


def forget_handles(tx: Transaction, tenant_id: str, *, until_us: int) -> None:
    """Forget what accounts were called that are deleted since then at the latest."""
    statements(tx).forget_handles(tx.connection, tenant_id=tenant_id, until_us=until_us)


def _key(kind: str, place: Any) -> Key:
    return Key(*place) if kind == "records" else Key(_COLLECTIONS[kind], *place)

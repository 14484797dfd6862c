"""Counted again from live records, in plain SQL: what the collector's counts must be equal to."""

from collections import Counter
from typing import Any, Final

from tenantry.collector.model import FOLLOWS, HOUR_US, LIKES, POSTS, REPOSTS
from tenantry.db import Transaction

Counts = dict[tuple[Any, ...], int]

_STORED: Final = (
    ("engagement", "rkey, did", ("likes", "reposts", "replies", "quotes")),
    (
        "author_hours",
        "hour, did",
        ("posts", "likes", "reposts", "replies", "quotes", "followers"),
    ),
    ("followed", "did", ("followers",)),
    ("hours", "hour, collection", ("records",)),
)
_HOUR: Final = f"at_us / {HOUR_US}"
_TABLES: Final = {"posts": POSTS, "likes": LIKES, "reposts": REPOSTS, "follows": FOLLOWS}
_ABOUT: Final = (
    ("likes", "likes", "subject"),
    ("reposts", "reposts", "subject"),
    ("posts", "replies", "reply"),
    ("posts", "quotes", "quote"),
)


def stored_counts(tx: Transaction, tenant_id: str) -> Counts:
    """Return the counts that are stored; a row of nothing but zeros is an error."""
    found: Counts = {}
    for table, key, names in _STORED:
        length = key.count(",") + 1
        columns = f"{key}, {', '.join(names)}"
        for row in _rows(tx, tenant_id, f"SELECT {columns} FROM collector_{table}"):
            assert any(row[length:]), f"a row of collector_{table} counts nothing"
            for name, count in zip(names, row[length:], strict=True):
                found[table, *row[:length], name] = count
    return {key: count for key, count in found.items() if count}


def recounted(tx: Transaction, tenant_id: str) -> Counts:
    """Return what they should be."""
    found: Counter[tuple[Any, ...]] = Counter()

    def live(columns: str, table: str, condition: str = "true") -> list[tuple[Any, ...]]:
        query = f"SELECT {columns} FROM collector_{table}"
        return _rows(tx, tenant_id, query, f"AND is_deleted = 0 AND {condition}")

    for table, collection in _TABLES.items():
        for (hour,) in live(_HOUR, table):
            found["hours", hour, collection, "records"] += 1
    for hour, collection in live(f"{_HOUR}, collection", "records"):
        found["hours", hour, collection, "records"] += 1
    for hour, did in live(f"{_HOUR}, did", "posts"):
        found["author_hours", hour, did, "posts"] += 1
    for hour, did in live(f"{_HOUR}, subject_did", "follows", "subject_did IS NOT NULL"):
        found["author_hours", hour, did, "followers"] += 1
        found["followed", did, "followers"] += 1
    for table, name, prefix in _ABOUT:
        columns = f"{_HOUR}, {prefix}_did, {prefix}_rkey"
        for hour, did, rkey in live(columns, table, f"{prefix}_did IS NOT NULL"):
            found["author_hours", hour, did, name] += 1
            found["engagement", rkey, did, name] += 1
    return dict(found)


def dump(
    tx: Transaction,
    tenant_id: str,
    tables: tuple[str, ...],
    *,
    columns: str = "*",
    condition: str = "",
) -> dict[str, Counter[tuple[Any, ...]]]:
    """Return rows of some tables."""
    return {
        table: Counter(_rows(tx, tenant_id, f"SELECT {columns} FROM collector_{table}", condition))
        for table in tables
    }


def _rows(
    tx: Transaction, tenant_id: str, query: str, condition: str = ""
) -> list[tuple[Any, ...]]:
    text = f"{query} WHERE tenant_id = '{tenant_id}' {condition}"
    return [tuple(row) for row in tx.connection.execute(text)]

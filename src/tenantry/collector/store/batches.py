"""Batches of events: what is known of their records, and all they store, in one unit."""

from collections.abc import Iterable
from itertools import zip_longest
from typing import Final

from tenantry.collector.model import (
    FOLLOWS,
    LIKES,
    POSTS,
    REPOSTS,
    Covered,
    Key,
    KnownRecord,
    KnownUser,
    Subject,
)
from tenantry.collector.store.encoding import EncodedBatch
from tenantry.collector.store.ledger import keep_covered, keep_cursor
from tenantry.collector.store.statements import encode, statements
from tenantry.db import Transaction

DEAD_LETTERS_KEPT: Final = 10_000


def known_records(tx: Transaction, tenant_id: str, keys: Iterable[Key]) -> dict[Key, KnownRecord]:
    """Return what is stored of records, by key, tombstones included.

    Until the unit ends nobody else writes records of this tenant, so what is found stays true.
    """
    hold_records(tx, tenant_id)
    asked: dict[str, list[Key]] = {}
    for key in keys:
        asked.setdefault(key.collection, []).append(key)

    known: dict[Key, KnownRecord] = {}
    others: list[Key] = []
    for collection, group in asked.items():
        if collection not in _TABLES:
            others += group
            continue
        places = sorted((rkey, did) for _, rkey, did in group)
        find = getattr(statements(tx), f"known_{_TABLES[collection]}")
        for rkey, did, *rest in find(tx.connection, tenant_id=tenant_id, keys=encode(places)):
            known[Key(collection, rkey, did)] = known_record(*rest)
    if others:
        rows = statements(tx).known_records(
            tx.connection, tenant_id=tenant_id, keys=encode(sorted(others))
        )
        for collection, rkey, did, *rest in rows:
            known[Key(collection, rkey, did)] = known_record(*rest)
    return known


def known_users(tx: Transaction, tenant_id: str, dids: Iterable[str]) -> dict[str, KnownUser]:
    """Return since when what is stored of users is so, by DID; of those that were seen."""
    rows = statements(tx).known_users(
        tx.connection, tenant_id=tenant_id, keys=encode([(did,) for did in sorted(dids)])
    )
    return {did: KnownUser(*times) for did, *times in rows}


def hold_records(tx: Transaction, tenant_id: str) -> None:
    """Have nobody else write records of a tenant until the unit ends."""
    if tx.dialect == "postgres":
        statements(tx).lock_collected(tx.connection, tenant_id=tenant_id)


def write_batch(tx: Transaction, tenant_id: str, encoded: EncodedBatch) -> Covered | None:
    """Store a batch, its cursor with it; returns the covered stretch with the id it has got.

    What the batch takes the place of must have been read in the same unit.
    """
    named = statements(tx)
    for call in encoded.calls:
        values = {"keys" if call.name.startswith(_BY_KEYS) else "rows": call.rows}
        getattr(named, call.name)(tx.connection, tenant_id=tenant_id, **values)
    if encoded.dead_frames is not None:
        last_id = int(named.last_dead_letter(tx.connection, tenant_id=tenant_id))
        named.insert_dead_letters(
            tx.connection, tenant_id=tenant_id, rows=encoded.dead_frames, last_id=last_id
        )
        until = last_id + encoded.dead_frame_count - DEAD_LETTERS_KEPT
        named.forget_dead_letters(tx.connection, tenant_id=tenant_id, until=until)
    if encoded.cursor is not None:
        keep_cursor(tx, tenant_id, encoded.cursor)
    return None if encoded.covered is None else keep_covered(tx, tenant_id, encoded.covered)


_TABLES: Final = {POSTS: "posts", LIKES: "likes", REPOSTS: "reposts", FOLLOWS: "follows"}
_BY_KEYS: Final = ("delete_", "prune_")


def known_record(rev: str, at_us: int, is_deleted: int, *subjects: str | None) -> KnownRecord:
    """Return what a row says that must be known of a record."""
    found = [_subject(did, rkey or "") for did, rkey in zip_longest(*[iter(subjects)] * 2)]
    return KnownRecord(rev, at_us, bool(is_deleted), *found)


def _subject(did: str | None, rkey: str) -> Subject | None:
    return None if did is None else Subject(did, rkey)

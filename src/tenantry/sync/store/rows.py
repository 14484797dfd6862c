"""The rows themselves."""

from collections.abc import Sequence

import msgspec

from tenantry.base.instant import format_instant
from tenantry.db import Transaction
from tenantry.sync.model import StoredRow, SyncedRow
from tenantry.sync.store.statements import statements


def encoded_rows(rows: Sequence[StoredRow]) -> str:
    """Return a page as its one statement takes it; made outside of the unit, for it takes time."""
    return msgspec.json.encode(rows).decode()


def store_rows(tx: Transaction, tenant_id: str, collection: str, encoded: str, *, at: int) -> int:
    """Store a page, and return how many rows were not as they are now.

    The unit holds the pass before: nobody else writes rows of the collection meanwhile.
    """
    written = statements(tx).store_rows(
        tx.connection, tenant_id=tenant_id, collection=collection, rows=encoded, synced_at=at
    )
    if tx.dialect == "sqlite":
        written = statements(tx).written_count(tx.connection)
    return int(written)


def deactivate_rows(
    tx: Transaction, tenant_id: str, collection: str, keys: Sequence[str], *, at: int
) -> int:
    """Mark rows that the source has no more, and return how many that were."""
    gone = statements(tx).deactivate_rows(
        tx.connection,
        tenant_id=tenant_id,
        collection=collection,
        keys=msgspec.json.encode(keys).decode(),
        synced_at=at,
    )
    return len(list(gone))


def count_rows(tx: Transaction, tenant_id: str, collection: str) -> int:
    """Return how many rows there are that are not deactivated."""
    counted = statements(tx).count_rows(tx.connection, tenant_id=tenant_id, collection=collection)
    return int(counted)


def live_keys(tx: Transaction, tenant_id: str, collection: str) -> list[str]:
    """Return the keys of the rows that are not deactivated."""
    rows = statements(tx).live_keys(tx.connection, tenant_id=tenant_id, collection=collection)
    return [key for (key,) in rows]


def rows_behind(
    tx: Transaction, tenant_id: str, collection: str, after: str, limit: int
) -> list[SyncedRow]:
    """Return the next rows by key, deactivated ones among them."""
    rows = statements(tx).rows_behind(
        tx.connection, tenant_id=tenant_id, collection=collection, after=after, row_limit=limit
    )
    return [
        SyncedRow(
            key=key,
            data=msgspec.Raw(data.encode()),
            deleted=bool(deleted),
            synced_at=format_instant(synced_at),
        )
        for key, data, deleted, synced_at in rows
    ]

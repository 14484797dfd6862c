"""Rows of `data_keys` to values; the only module of the vault that names the table."""

from collections.abc import Callable
from itertools import starmap
from typing import Any

import msgspec

from tenantry.base.codec import encode_json
from tenantry.db import Transaction, load_statements
from tenantry.telemetry import emit
from tenantry.vault.model import DataKey


def find_data_key(tx: Transaction, tenant_id: str, owner: str) -> DataKey | None:
    """Return the owner's present key."""
    row = _statements(tx).data_key_of(tx.connection, tenant_id=tenant_id, owner=owner)
    return DataKey(*row) if row else None


def keep_data_key(
    tx: Transaction, tenant_id: str, owner: str, offer: Callable[[str | None], DataKey]
) -> DataKey:
    """Return the owner's key; where there is none, store what `offer` makes and return that.

    `offer` is told the fingerprint of the master key that wraps all others, None where there are
    none: a second one beside it would be lost at the next rotation. What it raises is passed on.
    """
    named = _statements(tx)
    named.lock_data_keys(tx.connection)
    offered = offer(named.any_fingerprint(tx.connection))
    named.insert_data_key(tx.connection, **msgspec.structs.asdict(offered))

    kept = find_data_key(tx, tenant_id, owner)
    assert kept is not None  # noqa: S101 - the lock keeps out whoever would destroy it
    return kept


def delete_data_key(tx: Transaction, tenant_id: str, owner: str) -> int:
    """Destroy the owner's key, and return how many that were."""
    rows = _statements(tx).delete_data_key(tx.connection, tenant_id=tenant_id, owner=owner)
    return len(list(rows))


def delete_data_keys(tx: Transaction, tenant_id: str) -> int:
    """Destroy all keys of a tenant, and return how many that were."""
    return len(list(_statements(tx).delete_data_keys(tx.connection, tenant_id=tenant_id)))


def count_by_master(tx: Transaction) -> dict[str, int]:
    """Return how many keys there are under each master key, by its fingerprint."""
    return dict(_statements(tx).counts_by_master(tx.connection))


def count_by_master_settled(tx: Transaction) -> dict[str, int]:
    """Return the same, once every rotation under way has ended; takes a unit that may write."""
    _statements(tx).lock_data_keys(tx.connection)
    return count_by_master(tx)


def rewrap_data_keys(
    tx: Transaction, rewrapped: Callable[[DataKey], bytes], master_fingerprint: str
) -> int:
    """Replace what every key is wrapped in by what `rewrapped` makes of it; return how many.

    What `rewrapped` raises undoes all of it.
    """
    named = _statements(tx)
    named.lock_data_keys(tx.connection)
    keys = list(starmap(DataKey, named.all_data_keys(tx.connection)))
    wrapped = [rewrapped(key) for key in keys]

    if tx.dialect == "postgres":
        named.rewrap_data_keys(
            tx.connection,
            tenant_ids=[key.tenant_id for key in keys],
            owners=[key.owner for key in keys],
            wrapped=wrapped,
            master_fingerprint=master_fingerprint,
        )
    else:
        rows = [
            (key.tenant_id, key.owner, new.hex()) for key, new in zip(keys, wrapped, strict=True)
        ]
        named.rewrap_data_keys(
            tx.connection,
            keys=encode_json(rows).decode(),
            master_fingerprint=master_fingerprint,
        )
    emit("tenantry.vault.rewrapping", key_count=len(keys))
    return len(keys)


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.vault", tx.dialect)

"""Pages of rows as a backup keeps them; reads and writes the tables as they are."""

from collections.abc import Callable, Sequence
from typing import Any

from tenantry.db import Transaction, load_statements
from tenantry.eventlog import Head
from tenantry.operations.model import AppendRow, DataKeyRow, EventRow

PAGE_ROWS = 2_000
PAGE_BYTES = 8 * 1024 * 1024
"""A page holds no more than this, but always one row: an event may be a megabyte."""

_EVENT_COLUMNS = (
    "position",
    "tenant_id",
    "stream",
    "version",
    "type",
    "data",
    "metadata",
    "recorded_at",
    "hash",
)
_APPEND_COLUMNS = (
    "tenant_id",
    "key",
    "request_digest",
    "first_position",
    "last_position",
    "expires_at",
)
_DATA_KEY_COLUMNS = (
    "tenant_id",
    "owner",
    "key_id",
    "wrapped",
    "master_fingerprint",
    "created_at",
)


def read_head(tx: Transaction) -> Head:
    """Return the end of the log."""
    position, hash_, recorded_at = _statements(tx).head(tx.connection)
    return Head(position=position, hash=bytes(hash_), recorded_at=recorded_at)


def read_events(tx: Transaction, after: int, until: int) -> list[EventRow]:
    """Return the next page of events behind `after` and not behind `until`."""
    named = _statements(tx)
    end = named.end_of_page(
        tx.connection, after=after, until=until, row_limit=PAGE_ROWS, byte_limit=PAGE_BYTES
    )
    if end is None:
        return []
    return list(named.events_between(tx.connection, after=after, until=end))


def read_appends(tx: Transaction, after: tuple[str, str], until: int) -> list[AppendRow]:
    """Return the next page of idempotency keys behind `after`, of appends not behind `until`."""
    tenant_id, key = after
    rows = _statements(tx).appends_behind(
        tx.connection, tenant_id=tenant_id, key=key, until=until, row_limit=PAGE_ROWS
    )
    return list(rows)


def read_head_and_data_keys(tx: Transaction) -> tuple[Head, list[DataKeyRow]]:
    """Return the end of the log and all data keys of the same moment.

    A key is stored before the first event that needs it, so no event up to there lacks its key.
    """
    return read_head(tx), list(_statements(tx).data_keys(tx.connection))


def act_as_system(tx: Transaction) -> None:
    """See every tenant's rows, in a unit that began as the schema's owner."""
    _statements(tx).act_as_system(tx.connection)


def lock_log(tx: Transaction) -> None:
    """Keep every node from appending until the transaction ends."""
    _statements(tx).lock_log(tx.connection)


def is_empty(tx: Transaction) -> bool:
    """Whether nothing was ever appended."""
    return bool(_statements(tx).is_empty(tx.connection))


def has_data_keys(tx: Transaction) -> bool:
    """Whether anything was ever sealed, and not shredded."""
    return bool(_statements(tx).has_data_keys(tx.connection))


def write_events(tx: Transaction, rows: Sequence[EventRow]) -> None:
    """Write the next events of the log, and its head."""
    if not rows:
        return
    named = _statements(tx)
    _insert(tx, named.insert_events, _EVENT_COLUMNS, rows)
    last = rows[-1]
    named.set_head(tx.connection, position=last[0], hash=last[8], recorded_at=last[7])


def write_appends(tx: Transaction, rows: Sequence[AppendRow]) -> None:
    """Write idempotency keys."""
    if rows:
        _insert(tx, _statements(tx).insert_appends, _APPEND_COLUMNS, rows)


def write_data_keys(tx: Transaction, rows: Sequence[DataKeyRow]) -> None:
    """Write data keys."""
    if rows:
        _insert(tx, _statements(tx).insert_data_keys, _DATA_KEY_COLUMNS, rows)


def _insert(
    tx: Transaction, insert: Callable[..., Any], columns: Sequence[str], rows: Sequence[Any]
) -> None:
    """Call a statement that writes many rows as its dialect wants it."""
    if tx.dialect == "postgres":
        # One array a column: one statement a page.
        arrays = map(list, zip(*rows, strict=True))
        insert(tx.connection, **dict(zip(columns, arrays, strict=True)))
        return
    insert(tx.connection, [dict(zip(columns, row, strict=True)) for row in rows])


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.operations", tx.dialect)

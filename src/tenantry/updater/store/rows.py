"""Rows as people see and edit them."""

from collections.abc import Iterator, Sequence

from tenantry.db import Transaction
from tenantry.updater.model import TABLES, StoredRow, TableName
from tenantry.updater.store.columns import Json, as_stored, encode, rows_from
from tenantry.updater.store.statements import statement_of, statements

_CHUNK = 1_000


def page_rows(
    tx: Transaction, tenant_id: str, table: TableName, after_id: str, limit: int
) -> list[StoredRow]:
    """Return the next rows of a table by id; '' is before all of them."""
    behind = statement_of(tx, "{}_behind", table)
    found = behind(tx.connection, tenant_id=tenant_id, after=after_id, row_limit=limit)
    return rows_from(table, found)


def rows_of(tx: Transaction, tenant_id: str, table: TableName) -> Iterator[list[StoredRow]]:
    """Yield all rows of a table by id, a chunk at a time."""
    after = ""
    while chunk := page_rows(tx, tenant_id, table, after, _CHUNK):
        yield chunk
        after = chunk[-1].row.id


def find_rows(
    tx: Transaction, tenant_id: str, table: TableName, ids: Sequence[str]
) -> list[StoredRow]:
    """Return those rows of a table that there are of `ids`, in any order."""
    of_ids = statement_of(tx, "{}_of_ids", table)
    return rows_from(table, of_ids(tx.connection, tenant_id=tenant_id, ids=encode(ids)))


def find_row(tx: Transaction, tenant_id: str, table: TableName, row_id: str) -> StoredRow | None:
    """Return a row."""
    found = find_rows(tx, tenant_id, table, (row_id,))
    return found[0] if found else None


def edit_row(
    tx: Transaction,
    tenant_id: str,
    table: TableName,
    row_id: str,
    values: Json,
    *,
    at: int,
    by: str,
) -> StoredRow | None:
    """Store what a person has made of a row, which is no updater's from now on, and return it.

    `values` are columns of the row but for `id` and `run_id`. None where there is no such row.
    """
    update = statement_of(tx, "update_{}", table)
    rows = encode([{"id": row_id} | as_stored(table, values)])
    update(tx.connection, tenant_id=tenant_id, rows=rows, edited_at=at, edited_by=by)
    return find_row(tx, tenant_id, table, row_id)


def delete_all(tx: Transaction, tenant_id: str) -> None:
    """Delete everything that there is of a tenant's simulation."""
    for table in reversed(TABLES):
        delete = statement_of(tx, "delete_{}", table)
        while chunk := page_rows(tx, tenant_id, table, "", _CHUNK):
            ids = encode([each.row.id for each in chunk])
            delete(tx.connection, tenant_id=tenant_id, ids=ids, any_edited=1)
    for name in ("world", "changes", "removed", "runs", "logs"):
        getattr(statements(tx), f"delete_{name}")(tx.connection, tenant_id=tenant_id)

"""What runs change: rows, the ledger and the runs themselves, in one statement per table."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from tenantry.db import Transaction
from tenantry.updater.model import TABLES, Batch, Row, RunRecord, TableName, Update
from tenantry.updater.store.columns import Json, as_stored, encode, encode_rows
from tenantry.updater.store.statements import statement_of, statements

_NOBODY: Final[dict[str, Any]] = {"edited_at": None, "edited_by": None}


class EncodedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Runs as their statements take them: JSON, by table where it is about rows."""

    inserts: dict[TableName, str]
    updates: dict[TableName, str]
    changes: str
    runs: str


def encode_batch(runs: Sequence[tuple[RunRecord, Batch]]) -> EncodedBatch:
    """Return what one write stores of some runs, in their order; made outside of the unit.

    A row that several changes are about is written once, as the last of them leaves it.
    """
    begun: dict[TableName, dict[str, Row]] = {table: {} for table in TABLES}
    moved: dict[TableName, dict[str, Json]] = {table: {} for table in TABLES}
    changes = list[tuple[Any, ...]]()
    for run, batch in runs:
        for seq, change in enumerate(batch.changes):
            if isinstance(change, Update):
                table, row_id = change.table, change.row_id
                changes.append((run.run_id, seq, table, row_id, 0, change.values))
                known = begun[table].get(row_id)
                if known is None:
                    values = as_stored(table, change.values)
                    moved[table].setdefault(row_id, {"id": row_id}).update(values)
                else:
                    begun[table][row_id] = msgspec.structs.replace(known, **change.values)
            else:
                changes.append((run.run_id, seq, change.table, change.id, 1, change))
                begun[change.table][change.id] = change
    return EncodedBatch(
        inserts={table: encode_rows(table, rows.values()) for table, rows in begun.items() if rows},
        updates={table: encode(list(rows.values())) for table, rows in moved.items() if rows},
        changes=encode(changes),
        runs=encode([run for run, _ in runs]),
    )


def write_batch(tx: Transaction, tenant_id: str, encoded: EncodedBatch) -> None:
    """Store runs, all they changed, and the ledger of it; what a person has edited stays as it is.

    The rows must refer to rows that are there, or in the same write.
    """
    insert_rows(tx, tenant_id, encoded.inserts)
    update_rows(tx, tenant_id, encoded.updates)
    statements(tx).insert_changes(tx.connection, tenant_id=tenant_id, rows=encoded.changes)
    statements(tx).insert_runs(tx.connection, tenant_id=tenant_id, rows=encoded.runs)


def insert_rows(tx: Transaction, tenant_id: str, rows: Mapping[TableName, str]) -> None:
    """Store rows that begin, parents first."""
    for table in TABLES:
        if table in rows:
            insert = statement_of(tx, "insert_{}", table)
            insert(tx.connection, tenant_id=tenant_id, rows=rows[table])


def update_rows(tx: Transaction, tenant_id: str, rows: Mapping[TableName, str]) -> None:
    """Store the columns that are named of rows that nobody has edited."""
    for table in TABLES:
        if table in rows:
            update = statement_of(tx, "update_{}", table)
            update(tx.connection, tenant_id=tenant_id, rows=rows[table], **_NOBODY)


def delete_rows(tx: Transaction, tenant_id: str, ids: Mapping[TableName, Sequence[str]]) -> None:
    """Delete rows that nobody has edited, children first."""
    for table in reversed(TABLES):
        if ids.get(table):
            delete = statement_of(tx, "delete_{}", table)
            delete(tx.connection, tenant_id=tenant_id, ids=encode(ids[table]), any_edited=0)

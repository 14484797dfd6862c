"""What undoing reads, and how it is carried out."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import msgspec

from tenantry.db import Transaction
from tenantry.updater.model import PARENTS, TABLES, Row, RowName, StoredRow, TableName
from tenantry.updater.model.undo import Delta, History, UndoPlan
from tenantry.updater.store.batches import delete_rows, insert_rows, update_rows
from tenantry.updater.store.columns import Json, columns_of, encode
from tenantry.updater.store.rows import find_rows
from tenantry.updater.store.statements import statement_of, statements

_JSON: Final = msgspec.json.Decoder(dict[str, Any])


def rows_of_runs(tx: Transaction, tenant_id: str, run_ids: Sequence[str]) -> set[RowName]:
    """Return the rows that some runs have touched."""
    found = statements(tx).rows_of_runs(tx.connection, tenant_id=tenant_id, ids=encode(run_ids))
    return {RowName(table, row_id) for table, row_id in found}


def removed_rows(tx: Transaction, tenant_id: str) -> list[RowName]:
    """Return the rows that undoing took away although the runs stand that began them."""
    found = statements(tx).removed_rows(tx.connection, tenant_id=tenant_id)
    return [RowName(table, row_id) for table, row_id in found]


def children_of(tx: Transaction, tenant_id: str, names: Iterable[RowName]) -> list[RowName]:
    """Return the rows that refer to some rows."""
    parents = _ids(names)
    found = list[RowName]()
    for child in TABLES:
        for parent in PARENTS[child].values():
            if parent in parents:
                read = statement_of(tx, "{}_of_{}", child, parent)
                ids = encode(parents[parent])
                rows = read(tx.connection, tenant_id=tenant_id, ids=ids)
                found += [RowName(child, row_id) for (row_id,) in rows]
    return found


def histories_of(tx: Transaction, tenant_id: str, names: Collection[RowName]) -> list[History]:
    """Return what runs did to some rows, and the rows as they are."""
    stored: dict[RowName, StoredRow] = {
        RowName(table, each.row.id): each
        for table, ids in _ids(names).items()
        for each in find_rows(tx, tenant_id, table, ids)
    }
    deltas: dict[RowName, list[Delta]] = {name: [] for name in names}
    rows = _encoded(names)
    for table, row_id, is_insert, data, run_id, is_undone in statements(tx).changes_of_rows(
        tx.connection, tenant_id=tenant_id, rows=rows
    ):
        deltas[RowName(table, row_id)].append(
            Delta(
                run_id=run_id,
                is_begun=bool(is_insert),
                is_undone=bool(is_undone),
                values=_JSON.decode(data),
            )
        )
    removed = {
        RowName(*name)
        for name in statements(tx).removed_of_rows(tx.connection, tenant_id=tenant_id, rows=rows)
    }
    return [
        History(
            name=name,
            deltas=tuple(deltas[name]),
            stored=stored.get(name),
            is_removed=name in removed,
        )
        for name in deltas
    ]


def carry_out(tx: Transaction, tenant_id: str, plan: UndoPlan) -> None:
    """Bring rows to where undoing leaves them; none that a person has edited is touched."""
    insert_rows(tx, tenant_id, _columns(plan.returned))
    update_rows(tx, tenant_id, _columns(plan.restored))
    delete_rows(tx, tenant_id, _ids((*plan.removed, *plan.removed_with)))
    for name, names in (("forget_removed", plan.forgotten), ("note_removed", plan.noted)):
        if names:
            change = getattr(statements(tx), name)
            change(tx.connection, tenant_id=tenant_id, rows=_encoded(names))


def _ids(names: Iterable[RowName]) -> dict[TableName, list[str]]:
    ids = dict[TableName, list[str]]()
    for name in names:
        ids.setdefault(name.table, []).append(name.id)
    return ids


def _columns(rows: Sequence[Row]) -> dict[TableName, str]:
    columns = dict[TableName, list[Json]]()
    for row in rows:
        columns.setdefault(row.table, []).append(columns_of(row))
    return {table: encode(given) for table, given in columns.items()}


def _encoded(names: Iterable[RowName]) -> str:
    return encode([(name.table, name.id) for name in names])

"""What runs have changed, as it is asked for by runs."""

from typing import Any, Final

import msgspec

from tenantry.db import Transaction
from tenantry.updater.model import Changed, TableName
from tenantry.updater.store.statements import statements

_JSON: Final = msgspec.json.Decoder(dict[str, Any])
_EVERY_RUN: Final = 2**31


def standing_runs(tx: Transaction, tenant_id: str, limit: int = _EVERY_RUN) -> list[str]:
    """Return the ids of the runs that have written something and are not undone, newest first."""
    found = statements(tx).standing_runs(tx.connection, tenant_id=tenant_id, row_limit=limit)
    return [run_id for (run_id,) in found]


def changes_of(tx: Transaction, tenant_id: str, run_id: str) -> list[Changed]:
    """Return what a run has changed, in its order."""
    found = statements(tx).changes_of_run(tx.connection, tenant_id=tenant_id, run_id=run_id)
    return [
        Changed(table=table, row_id=row_id, is_insert=bool(is_insert), values=_JSON.decode(data))
        for table, row_id, is_insert, data in found
    ]


def rows_of_undone(tx: Transaction, tenant_id: str) -> dict[TableName, list[str]]:
    """Return the rows that a run has touched which was undone since, by table."""
    touched = dict[TableName, list[str]]()
    for table, row_id in statements(tx).rows_of_undone(tx.connection, tenant_id=tenant_id):
        touched.setdefault(table, []).append(row_id)
    return touched

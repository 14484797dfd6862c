"""Undoing runs within one unit."""

from collections.abc import Sequence

from tenantry.db import Transaction
from tenantry.updater import store
from tenantry.updater.errors import AlreadyUndone
from tenantry.updater.model import RowName, UndoPlan
from tenantry.updater.rules.ledger import Undo


def undo_runs(
    tx: Transaction, tenant_id: str, run_ids: Sequence[str], *, at: int, by: str
) -> UndoPlan:
    """Undo runs, all at once and in no order, and return what became of the rows.

    Raises `AlreadyUndone` where one of them is undone, or is none.
    """
    undo = Undo(run_ids)
    _learn(tx, tenant_id, undo, store.rows_of_runs(tx, tenant_id, run_ids))
    plan = undo.plan()
    if plan.returned:
        # With what comes back may come what else was removed with it.
        _learn(tx, tenant_id, undo, undo.unknown(store.removed_rows(tx, tenant_id)))
        plan = undo.plan()

    store.carry_out(tx, tenant_id, plan)
    marked = store.mark_undone(tx, tenant_id, run_ids, at=at, by=by)
    if len(marked) != len(set(run_ids)):
        again = sorted(set(run_ids) - set(marked))
        raise AlreadyUndone(
            f"{len(again)} of the runs were undone already: {', '.join(again[:3])}",
            details={"runs": again[:100]},
        )
    return plan


def _learn(tx: Transaction, tenant_id: str, undo: Undo, names: set[RowName]) -> None:
    """Have it learn of rows, and of all that matters to what becomes of them."""
    while names:
        undo.learn(store.histories_of(tx, tenant_id, names))
        names = undo.unknown_parents()
        while going := undo.unasked():
            names |= undo.expect(store.children_of(tx, tenant_id, going))

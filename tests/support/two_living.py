"""What two tenants have of living data, and what statements on it are called with."""

from typing import Any

import msgspec

from tenantry.db import Tenant, Transaction
from tenantry.updater import store
from tenantry.updater.model import TABLES as ROW_TABLES
from tenantry.updater.model import LogLine, Row, RowName, StoredWorld, UndoPlan
from tenantry.updater.service.taking_back import undo_runs
from tests.support.living import (
    SLOT,
    activity,
    customer,
    everything,
    line,
    machine,
    record,
    run_of,
    technician,
    ticket,
    update,
)
from tests.support.nodes import Node
from tests.support.statements import Statement

TABLES = (
    *ROW_TABLES,
    "updater_worlds",
    "updater_runs",
    "updater_changes",
    "updater_removed",
    "updater_logs",
)

_LATER = 2**62
_LOOSE = ("r-2", "cust-2", "t-2", "m-2", "a-1", "s-2", "l-1")
"""Rows that nothing hangs on."""
_NEW: dict[str, Row] = {
    "records": record("r-9"),
    "customers": customer("cust-9"),
    "technicians": technician("t-9"),
    "equipment": machine("m-9", "cust-1"),
    "activities": activity("a-9", "r-1"),
    "tickets": ticket("s-9", "cust-1", 1009),
    "ticket_updates": line("l-9", "s-1"),
}


async def fill_living(node: Node, tenant_id: str) -> None:
    """Leave everything behind that a simulation does, under ids that both tenants have."""
    lead = everything()[0]
    loose = (record("r-2"), customer("cust-2"), technician("t-2"))
    more = (*loose, machine("m-2", "cust-1"), ticket("s-2", "cust-1", 1001))
    begun = run_of(tenant_id, 1, *everything(), *more)
    moved = run_of(tenant_id, 2, update(lead, company_name=tenant_id), record(tenant_id))
    undone = run_of(tenant_id, 4, customer(f"cust-{tenant_id}"))
    failed, _ = run_of(tenant_id, 5 + len(tenant_id), status="failed", error=tenant_id)
    world = StoredWorld(
        tenant_id=tenant_id, seed=1, corpus_version="1", is_running=True, backfill_until=9
    )
    log = LogLine(at=5, level="info", message=tenant_id, node="n")

    def unit(tx: Transaction) -> None:
        store.write_batch(tx, tenant_id, store.encode_batch([begun, moved, undone]))
        store.insert_run(tx, failed)
        store.insert_world(tx, world)
        store.insert_logs(tx, tenant_id, [log])
        undo_runs(tx, tenant_id, ["run-4"], at=9, by="ann")
        store.carry_out(tx, tenant_id, UndoPlan(noted=(RowName("customers", "gone"),)))

    await node.app.database.write(Tenant(tenant_id), unit)


def living_values(statement: Statement, tenant_id: str) -> dict[str, Any]:
    """Return what a statement on these tables is called with; nothing for any other."""
    package, _, name = statement.name.partition(".")
    if package != "updater":
        return {}
    values: dict[str, Any] = {
        "seed": "2", "corpus_version": "2", "revision": 0, "numbers": "{}", "slots": "{}",
        "is_running": 0, "is_dry_run": 1, "log_level": "debug", "started_at": 9,
        "started_by": tenant_id, "backfill_from": 9, "backfill_until": 9, "run_id": "run-1",
        "before": _LATER, "updater": "", "row_limit": 1_000, "undone_at": 9, "undone_by": "ann",
        "from_us": 0, "until_us": _LATER, "after": "", "edited_at": 9, "edited_by": "ann",
        "any_edited": 0,
    }  # fmt: skip
    if name.startswith("delete_"):
        values["ids"] = _json(_LOOSE)
    elif name in ("mark_undone", "rows_of_runs"):
        values["ids"] = _json(["run-1", "run-2"])
    else:
        values["ids"] = _json([*_LOOSE, *(row.id for row in everything()), "acme", "globex"])
    values["rows"] = _json(_rows(name, tenant_id))
    return values


def _rows(name: str, tenant_id: str) -> list[Any]:
    verb, _, what = name.partition("_")
    names = [(row.table, row.id) for row in everything()]
    special: dict[str, list[Any]] = {
        "insert_runs": [run_of(tenant_id, 9)[0]],
        "insert_changes": [("run-9", 0, "customers", "cust-9", 0, {"name": tenant_id})],
        "insert_logs": [(9, "info", tenant_id, {}, "n")],
        "note_removed": [("customers", "new")],
        "forget_removed": [*names, ("customers", "gone")],
        "changes_of_rows": names,
        "removed_of_rows": [*names, ("customers", "gone")],
    }
    if name in special or what not in _NEW:
        return special.get(name, [])
    new = _NEW[what]
    if verb == "insert":
        return [_columns(new)]
    (known,) = (row.id for row in everything() if row.table == new.table)
    return [{"id": known, "created_at": SLOT + 9}]


def _columns(row: Row) -> dict[str, Any]:
    values = msgspec.structs.asdict(row)
    return {name: int(each) if isinstance(each, bool) else each for name, each in values.items()}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

"""What two tenants have of what is synchronised, and what statements on it are called with."""

from typing import Any

import msgspec

from tenantry.db import Tenant, Transaction
from tenantry.scheduling import Leases
from tenantry.sync import store
from tenantry.sync.model import Collection, CollectionState, Run, TenantState
from tenantry.sync.rules import lease_name, pack_hashes, prepare
from tests.support.nodes import Node
from tests.support.statements import Statement

TABLES = (
    "leases",
    "synced_rows",
    "sync_collections",
    "sync_pages",
    "sync_tenants",
    "sync_runs",
    "sync_timeline",
)

_THINGS = Collection(name="things", phase="essential", key=("id",), path="/things")
_PACKAGES = ("sync.", "scheduling.")
_LATER = 2**62


async def fill_synced(node: Node, tenant_id: str) -> None:
    """Leave everything behind that a sync does, under keys and names that both tenants have."""
    database = node.app.database
    leases = Leases(database=database, clock=node.clock, holder="test")

    def unit(tx: Transaction) -> None:
        taken = leases.take_in(tx, lease_name(tenant_id), tenant_id)
        for name in ("things", "parts"):
            state = CollectionState(
                tenant_id=tenant_id, collection=name, source="s", pass_id=1, correlation_id="c"
            )
            store.begin_pass(tx, state, known_pass_id=0)
            store.keep_page(tx, state, pack_hashes({1, 2}))
        mine: list[dict[str, Any]] = [
            {"id": tenant_id},
            *({"id": n, "of": tenant_id} for n in range(3)),
        ]
        rows = prepare(_THINGS, mine, page=1).rows
        store.store_rows(tx, tenant_id, "things", store.encoded_rows(rows), at=5)
        store.fail_collection(
            tx,
            tenant_id,
            "parts",
            correlation_id="c",
            is_resumable=False,
            attempts=1,
            retry_at=5,
            error_type="NETWORK_ERROR",
            error="away",
        )
        for number in range(3):
            run = Run(
                tenant_id=tenant_id,
                correlation_id=f"run-{number}",
                method="direct",
                reason="test",
                trigger_source="login",
                triggered_by="test",
                token=taken.token,
                started_at=5,
            )
            store.insert_run(tx, run)
            store.tell(tx, run, "started", at=5)
            if number == 0:
                store.end_run(tx, run, status="completed", phase="completed", counts={}, at=6)
        standing = TenantState(tenant_id=tenant_id, ready_at=5, source="s", correlation_id="run-1")
        store.keep_tenant(tx, standing)

    await database.write(Tenant(tenant_id), unit)


def synced_values(statement: Statement, tenant_id: str) -> dict[str, Any]:
    """Return what a statement on these tables is called with; nothing for any other."""
    if not statement.name.startswith(_PACKAGES):
        return {}
    name = statement.name.partition(".")[2]
    row = ["new", '{"id":"new"}', "digest", None]
    values: dict[str, Any] = {
        "name": lease_name(tenant_id), "holder": "other", "token": 1, "expires_at": _LATER,
        "collection": "things", "correlation_id": "run-1", "ready_at": 9, "source": "t",
        "attempts": 2, "retry_at": 9, "status": "failed", "phase": "background",
        "method": "direct", "reason": "r", "kind": "full", "trigger_source": "api",
        "triggered_by": "t", "started_at": 9, "before": _LATER, "workflow_id": "w",
        "workflow_run_id": "x", "temporal_error": "e", "counts": "{}", "essential_at": 9,
        "finished_at": 9, "error_type": "AUTH_ERROR", "error": "e", "pass_id": 1, "pass_at": 9,
        "page": 0, "is_whole": 1, "total": 3, "etag": "e", "since": "2026", "known_pass_id": 1,
        "row_count": 3, "whole_at": 9, "synced_at": 9, "is_resumable": 1, "at": 9,
        "details": "{}", "row_limit": 1_000, "now_us": _LATER, "after": "",
    }  # fmt: skip
    # Each has a row that the other has not, and would take for its own.
    theirs = prepare(_THINGS, [{"id": each} for each in ("acme", "globex")], page=1).rows
    values["rows"] = msgspec.json.encode([row, *theirs]).decode()
    if name == "deactivate_rows":
        values["keys"] = '["0", "1"]'
    if name == "keep_page":
        values |= {"keys": b"k", "page": 7}
    if name == "runs_since":
        values["since"] = 0
    if name in ("fail_collection", "delete_collection"):
        values["collection"] = "parts"
    if name == "turn_page":
        values["token"] = "next"
    if name == "insert_run":
        values["correlation_id"] = "run-9"
    return values

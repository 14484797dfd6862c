"""What two tenants have of strategies, and what statements on it are called with."""

from typing import Any

import msgspec

from tenantry.collector import store
from tenantry.collector.model.strategy import FollowGraph
from tenantry.collector.model.strategy_run import StrategyRun
from tenantry.collector.model.strategy_step import Found, State, Step, Task
from tenantry.collector.store.statements import statements
from tenantry.db import Tenant, Transaction
from tests.support.nodes import Node
from tests.support.statements import Statement

TABLES = ("collector_runs", "collector_frontier", "collector_found")

_LATER = 2**62
_COLLECTED = ("end_of_hashtags", "end_of_mentions", "collected_of_tags", "collected_mentions")


async def fill_strategies(node: Node, tenant_id: str) -> None:
    """Leave a run that is under way and one that is over, under ids that both tenants have."""
    number = len(tenant_id)

    def unit(tx: Transaction) -> None:
        for run_id in ("run", "over"):
            run = StrategyRun(
                tenant_id=tenant_id,
                id=run_id,
                strategy="follow-graph",
                params=FollowGraph(seed_handles=(f"{tenant_id}.example",)),
                created_at=number,
                created_by="root",
            )
            store.insert_strategy_run(tx, run)
            store.write_step(tx, tenant_id, run_id, _step(tenant_id, number))
            if run_id == "over":
                over = msgspec.structs.replace(run, status="done", finished_at=number)
                store.keep_strategy_run(tx, over)
        # The oldest of all is globex's, and whoever looks for acme's must not come upon it.
        oldest = (f"0{9 - number}", "did:plc:ann", 0)
        named, mine = statements(tx), {"tenant_id": tenant_id}
        named.insert_hashtags(tx.connection, **mine, rows=_json([(*oldest, "art")]))
        named.insert_mentions(tx.connection, **mine, rows=_json([(*oldest, "did:plc:bob")]))

    await node.app.database.write(Tenant(tenant_id), unit)


def strategy_values(statement: Statement, tenant_id: str) -> dict[str, Any]:
    """Return what a statement on these tables is called with; nothing for any other."""
    name = statement.name.removeprefix("collector.")
    if not (statement.touches(TABLES) or name in _COLLECTED):
        return {}
    values: dict[str, Any] = {
        "id": "run", "run_id": "run", "strategy": "follow-graph", "params": "{}",
        "status": "done", "state": "{}", "notes": "[]", "created_at": 5, "created_by": "root",
        "requests": 1, "reserved": 1, "attempts": 1, "waiting_until": None, "error": None,
        "started_at": 1, "finished_at": 9, "before": _LATER, "number": 0, "rkey": "~", "did": "",
        "end_rkey": "", "end_did": "", "mentioned_did": "did:plc:bob", "tags": _json(["art"]),
        "keys": _json(["shared", tenant_id]), "seqs": _json([0, 1, 2, 3, 4, 5, 6, 7]),
    }  # fmt: skip
    if name == "insert_strategy_run":
        values["id"] = "new"
    if name == "strategy_runs_before":
        values["id"] = "~"
    if name == "keep_tasks":
        values["rows"] = _json([_task(0, "new"), _task(99, "new")])
    if name == "keep_found":
        values["rows"] = _json([_found(1, "shared", "new"), _found(99, "new", "new")])
    return values


def _step(tenant_id: str, number: int) -> Step:
    keys = ("shared", tenant_id, *map(str, range(number)))
    return Step(
        state=State(),
        found=(
            *(_found(place, key, tenant_id) for place, key in enumerate(keys, 1)),
            msgspec.structs.replace(_found(50, "candidate", tenant_id), status="candidate"),
        ),
        tasks=tuple(_task(seq, tenant_id) for seq in range(number)),
    )


def _task(seq: int, subject: str) -> Task:
    return Task(seq=seq, kind="followers", subject=subject)


def _found(number: int, key: str, tenant_id: str) -> Found:
    return Found(number=number, key=key, did=key, handle=f"{tenant_id}.example")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()

"""What two tenants have of schedules, and what statements on it are called with."""

from typing import Any

import msgspec

from tenantry.db import Tenant, Transaction
from tenantry.scheduling import Definition, Ended, FireTime, Mark, Of, Record, Skip
from tenantry.scheduling.lease import Lease
from tests.support.nodes import Node
from tests.support.statements import Statement

TABLES = ("schedule_marks", "schedule_firings")
LINE = "things"

_LATER = 2**62


async def fill_scheduled(node: Node, tenant_id: str) -> None:
    """Leave marks, runs that are over and under way, and skips, under names that both have."""
    record, of = Record(database=node.app.database), Of(tenant_id, LINE)
    lease = Lease("lease", "test", 1, tenant_id)

    def unit(tx: Transaction) -> None:
        for name in ("tick", "rest"):
            definition = Definition("* * * * * *", tenant_id)
            mark = Mark(schedule=name, definition=definition, decided_until=9, run_all_until=5)
            record.keep_mark_in(tx, of, mark)
        # Not at the same times: what reached for the other's would find another answer.
        at = 6 + len(tenant_id)
        times = [FireTime(at, "tick") for at in (1, 2, 3, 4, 5, at)]
        record.claim_in(tx, of, times, lease=lease, lease_until=9, at=at)
        over = [Ended(time, tenant_id) for time in times[:3]]
        record.end_in(tx, of, over, lease=lease, status="done", at=at + 1)
        skip = Skip(schedule="rest", first=1, last=3, count=3, reason="paused")
        record.skip_in(tx, of, skip, lease=lease, at=6)

    await node.app.database.write(Tenant(tenant_id), unit)


def scheduled_values(statement: Statement, tenant_id: str) -> dict[str, Any]:
    """Return what a statement on these tables is called with; nothing for any other."""
    if not statement.touches(TABLES):
        return {}
    name = statement.name.partition(".")[2]
    values: dict[str, Any] = {
        "line": LINE, "schedule": "tick", "definition": "{}", "decided_until": 10, "seen_until": 1,
        "run_all_until": 2, "fire_at": 4, "row_limit": 1_000, "epoch": 1, "holder": "other",
        "lease_until": 10, "started_at": 7, "finished_at": 8, "attempt": 1, "reason": "paused",
        "until": 5, "fire_count": 1, "since": 0, "status": "done", "error": None, "run_id": "new",
        "before": _LATER,
    }  # fmt: skip
    times = [("tick", at, 1, f"run-of-{tenant_id}") for at in (4, 5, 6)]
    values["times"] = msgspec.json.encode(times).decode()
    if name == "firings_before":
        values |= {"fire_at": _LATER, "schedule": "~"}
    if name in ("skip_further", "skips_after", "shorten_skip", "delete_firing"):
        values |= {"schedule": "rest", "fire_at": 1}
    if name == "skip":
        values["fire_at"] = 9
    return values

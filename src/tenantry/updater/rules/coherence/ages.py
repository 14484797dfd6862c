"""When a row began and changed: in this order, and not in the future."""

from typing import TypeAlias

from tenantry.updater.model import (
    Activity,
    BusinessRecord,
    Customer,
    Equipment,
    Technician,
    Ticket,
    TicketUpdate,
)
from tenantry.updater.rules.coherence.finding import Findings

_Aged: TypeAlias = BusinessRecord | Customer | Technician | Equipment | Activity | Ticket


def check_age(row: _Aged, until: int, findings: Findings) -> None:
    """Find a row that changed before it began, or behind `until`."""
    if row.updated_at < row.created_at:
        findings.add(
            "changed-before-created",
            row,
            f"it changed {row.updated_at} and began {row.created_at}",
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
    if row.updated_at > until:
        findings.add(
            "in-future",
            row,
            f"it changed {row.updated_at}, after {until}",
            updated_at=row.updated_at,
        )


def check_after(
    row: Activity | TicketUpdate, parent: BusinessRecord | Ticket, findings: Findings
) -> bool:
    """Find a row that began before the one it belongs to; return whether it did not."""
    if row.created_at >= parent.created_at:
        return True
    findings.add(
        "parent-later",
        row,
        f"it began {row.created_at}, before what it belongs to, {parent.created_at}",
        created_at=row.created_at,
        parent_created_at=parent.created_at,
    )
    return False

"""Histories: each line begins where the one before ended, and the last where the ticket is."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from tenantry.updater.model import Ticket, TicketUpdate
from tenantry.updater.rules.coherence.ages import check_after
from tenantry.updater.rules.coherence.finding import Findings

_STEPS: Final = frozenset(
    {
        ("open", "assigned"),
        ("assigned", "in-progress"),
        ("in-progress", "completed"),
        ("open", "cancelled"),
        ("assigned", "cancelled"),
        ("in-progress", "cancelled"),
    }
)
"""From which status to which a ticket may go."""
_MOVES: Final = frozenset({"status_change", "assignment"})
"""Lines that say that the ticket has changed; the others say something about it."""
_RANKS: Final[Mapping[str | None, int]] = {"in-progress": 1, "completed": 2, "cancelled": 2}


class Origin(msgspec.Struct, frozen=True):
    """What a ticket was before its history, or before a part of it."""

    status: str = "open"
    technician_id: str | None = None


BEGINNING: Final = Origin()


def check_line(row: TicketUpdate, until: int, findings: Findings) -> None:
    """Find a line whose values are not those of its type."""
    old, new = row.old_value, row.new_value
    if row.update_type == "status_change":
        is_right = (old, new) in _STEPS
    elif row.update_type == "assignment":
        is_right = new is not None and new != old
    else:
        is_right = old is None and new is None
    if not is_right or not row.notes:
        findings.add(
            "line-values",
            row,
            f"a {row.update_type} does not go from {old} to {new}",
            update_type=row.update_type,
            old_value=old,
            new_value=new,
        )
    if row.created_at > until:
        findings.add(
            "in-future", row, f"it is {row.created_at}, after {until}", created_at=row.created_at
        )


def check_line_of(row: TicketUpdate, ticket: Ticket, findings: Findings) -> None:
    """Find a line that is older than its ticket, or that the ticket does not know of."""
    if check_after(row, ticket, findings) and ticket.updated_at < row.created_at and is_move(row):
        findings.add(
            "line-after",
            row,
            f"the ticket has not changed since {ticket.updated_at}, and this was {row.created_at}",
            created_at=row.created_at,
            updated_at=ticket.updated_at,
        )


def is_move(row: TicketUpdate) -> bool:
    """Whether a line says that its ticket has changed."""
    return row.update_type in _MOVES


def check_chain(
    ticket: Ticket,
    lines: Iterable[TicketUpdate],
    findings: Findings,
    *,
    begins: Origin = BEGINNING,
) -> None:
    """Find where the history of a ticket does not lead from what it was to what it is.

    `lines` are those of the ticket, in any order. To be asked only where nobody has changed ticket
    or lines, and no run that touched it was undone: either leaves a history with a gap in it.
    """
    status: str | None = begins.status
    technician_id = begins.technician_id
    for line in sorted(filter(is_move, lines), key=_time_of):
        if line.update_type == "assignment":
            was, technician_id = technician_id, line.new_value
        else:
            was, status = status, line.new_value
        if line.old_value != was:
            findings.add(
                "line-chain",
                line,
                f"{line.update_type} begins at {line.old_value}, where it was {was}",
                update_type=line.update_type,
                old_value=line.old_value,
                wants=was,
            )
    if (status, technician_id) != (ticket.status, ticket.assigned_technician_id):
        findings.add(
            "line-end",
            ticket,
            f"its history ends {status} with {technician_id}, and it is {ticket.status} with "
            f"{ticket.assigned_technician_id}",
            status=ticket.status,
            assigned_technician_id=ticket.assigned_technician_id,
            history_status=status,
            history_technician_id=technician_id,
        )


def _time_of(line: TicketUpdate) -> tuple[int, int]:
    """Return when a line happened; of one second, first what is first in the life of a ticket."""
    return line.created_at, _RANKS.get(line.new_value, 0)

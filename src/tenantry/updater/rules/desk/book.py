"""What is written down in a slot: tickets that move on, and the lines of their histories."""

from operator import attrgetter
from typing import Any, Final, Literal, TypeAlias

import msgspec

from tenantry.updater.model import Batch, Change, Ticket, TicketUpdate, Update
from tenantry.updater.rules.draw import Draw

DESK: Final = "system-user"
"""Who writes what no technician does."""

_STATE: Final = (
    "status",
    "assigned_technician_id",
    "assigned_at",
    "scheduled_date",
    "started_at",
    "parts_used",
    "work_order_notes",
    "resolution_notes",
    "labor_hours",
    "resolved_at",
    "updated_at",
)
"""The columns that an update of a ticket names: all that say how far it is."""
_STATE_OF: Final = attrgetter(*_STATE)

_Kind: TypeAlias = Literal["status_change", "assignment", "note", "customer_communication"]


class Book:
    """The changes of one run, and the open tickets as they are after them."""

    def __init__(self, run_id: str, tickets: dict[str, Ticket]) -> None:
        self.tickets = tickets
        self._run_id = run_id
        self._changes = list[Change]()

    def batch(self) -> Batch:
        """Return what has been written."""
        return Batch(self._changes)

    def begin(self, ticket: Ticket) -> None:
        """Write a new ticket."""
        self.tickets[ticket.id] = ticket
        self._changes.append(ticket)

    def move(self, ticket: Ticket, at: int, **values: Any) -> Ticket:
        """Write that a ticket is another from an instant on, and return it."""
        moved = msgspec.structs.replace(ticket, updated_at=at, **values)
        self.tickets[ticket.id] = moved
        self._changes.append(Update("service_tickets", ticket.id, _state_of(moved)))
        return moved

    def say(
        self,
        draw: Draw,
        ticket: Ticket,
        text: str,
        *,
        at: int,
        kind: _Kind,
        by: str = DESK,
        old: str | None = None,
        new: str | None = None,
    ) -> None:
        """Write a line about a ticket, which does not change it."""
        self._changes.append(
            TicketUpdate(
                id=draw.id(),
                run_id=self._run_id,
                ticket_id=ticket.id,
                update_type=kind,
                old_value=old,
                new_value=new,
                notes=text,
                updated_by=by,
                created_at=at,
            )
        )

    def say_status(self, draw: Draw, before: Ticket, moved: Ticket, text: str, *, by: str) -> None:
        """Write a line about a ticket whose status is another."""
        self.say(
            draw,
            moved,
            text,
            at=moved.updated_at,
            kind="status_change",
            by=by,
            old=before.status,
            new=moved.status,
        )


def _state_of(ticket: Ticket) -> dict[str, Any]:
    return dict(zip(_STATE, _STATE_OF(ticket), strict=True))

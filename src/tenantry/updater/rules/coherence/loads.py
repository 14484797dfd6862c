"""How many tickets technicians have at a time."""

from collections.abc import Iterable, Mapping
from typing import Final

from tenantry.updater.model import Technician, Ticket
from tenantry.updater.rules.coherence.finding import Findings

_IN_HAND: Final = frozenset({"assigned", "in-progress"})


def add_loads(tickets: Iterable[Ticket], loads: dict[str, int]) -> None:
    """Count the tickets in hand of the technicians that are in `loads`."""
    for ticket in tickets:
        technician_id = ticket.assigned_technician_id
        if technician_id in loads and ticket.status in _IN_HAND:
            loads[technician_id] += 1


def check_loads(
    loads: Mapping[str, int], technicians: Iterable[Technician], findings: Findings
) -> None:
    """Find those of the technicians who have more tickets in hand than they can."""
    for technician in technicians:
        count = loads[technician.id]
        if count > technician.capacity:
            findings.add(
                "technician-overload",
                technician,
                f"{technician.name} has {count} tickets, and can have {technician.capacity}",
                ticket_count=count,
                capacity=technician.capacity,
            )

"""Tickets: what a status needs, the order of times, and who may do what."""

import re
from collections.abc import Collection, Mapping
from operator import attrgetter
from typing import Final

from tenantry.updater.model import Customer, Equipment, Technician, Ticket
from tenantry.updater.rules.calendar import SECOND
from tenantry.updater.rules.coherence.ages import check_age
from tenantry.updater.rules.coherence.finding import Findings
from tenantry.updater.rules.coherence.vocabulary import PRIORITIES
from tenantry.updater.rules.desk.problem import BY_TITLE, SERVICES

_NUMBER: Final = re.compile(r"ST-[1-9][0-9]{3,}")
_QUARTERS: Final = 4
_HOUR_SECONDS: Final = 3_600
_ROUNDED_SECONDS: Final = 1_800
"""A quarter that has begun counts, and so may one for the way."""

PROGRESS: Final = (
    "assigned_technician_id",
    "assigned_at",
    "scheduled_date",
    "work_order_notes",
    "started_at",
    "labor_hours",
    "resolution_notes",
    "resolved_at",
)
"""What a ticket gets while it is worked on, in this order."""
_OF_PROGRESS: Final = attrgetter(*PROGRESS)
_DONE: Final = "completed"
_ASSIGNED, _STARTED = 4, 5
_DEPTHS: Final[Mapping[str, Collection[int]]] = {
    "open": (0,),
    "assigned": (_ASSIGNED,),
    "in-progress": (_STARTED,),
    _DONE: (len(PROGRESS),),
    "cancelled": (0, _ASSIGNED, _STARTED),
}
"""How many of these a ticket has, by its status."""


def check_ticket(row: Ticket, until: int, findings: Findings) -> None:
    """Find what does not go together in a ticket; nothing in it happened behind `until`."""
    if _NUMBER.fullmatch(row.ticket_number) is None:
        findings.add(
            "ticket-number",
            row,
            f"{row.ticket_number} is no ticket number",
            ticket_number=row.ticket_number,
        )
    _check_type(row, findings)
    check_progress(row, until, findings)


def check_progress(row: Ticket, until: int, findings: Findings) -> None:
    """Find what does not go together in the columns that change while a ticket is worked on."""
    _check_state(row, findings)
    _check_times(row, until, findings)
    if row.labor_hours is not None:
        _check_labor(row.labor_hours, row, findings)
    if row.parts_used and not set(row.parts_used) <= set(row.required_parts):
        findings.add(
            "parts-used",
            row,
            f"{', '.join(row.parts_used)} of {', '.join(row.required_parts) or 'none'}",
            parts_used=row.parts_used,
            required_parts=row.required_parts,
        )


def check_technician_of(row: Ticket, technician: Technician, findings: Findings) -> None:
    """Find a technician who cannot do what the ticket needs."""
    missing = [skill for skill in row.required_skills if skill not in technician.skills]
    if missing:
        findings.add(
            "technician-unfit",
            row,
            f"{technician.name} does not know {', '.join(missing)}",
            technician_id=technician.id,
            missing_skills=missing,
        )


def check_customer_of(row: Ticket, customer: Customer, findings: Findings) -> None:
    """Find a ticket whose address or telephone is not its customer's."""
    if row.customer_phone != customer.phone or customer.address_line1 not in row.customer_address:
        findings.add(
            "ticket-customer",
            row,
            f"{row.customer_address}, {row.customer_phone} is not where {customer.name} is",
            customer_id=customer.id,
            customer_address=row.customer_address,
            customer_phone=row.customer_phone,
        )


def check_machine_of(row: Ticket, machine: Equipment, findings: Findings) -> None:
    """Find a ticket about another customer's machine, or one that cannot have such a problem."""
    if machine.customer_id != row.customer_id:
        findings.add(
            "ticket-customer",
            row,
            f"{machine.id} stands with {machine.customer_id}, not with {row.customer_id}",
            equipment_id=machine.id,
            customer_id=row.customer_id,
            equipment_customer_id=machine.customer_id,
        )
    problem = BY_TITLE.get(row.title)
    if problem is not None and machine.kind not in problem.kinds:
        findings.add(
            "ticket-machine",
            row,
            f"{row.title} does not happen to a {machine.kind}",
            title=row.title,
            kind=machine.kind,
        )
    elif machine.serial_number not in row.description:
        findings.add(
            "ticket-machine",
            row,
            f"{machine.serial_number} is not what the description is about",
            serial_number=machine.serial_number,
            description=row.description,
        )


def _check_type(row: Ticket, findings: Findings) -> None:
    problem, service = BY_TITLE.get(row.title), SERVICES.get(row.ticket_type)
    if (
        problem is None
        or service is None
        or problem.ticket_type != row.ticket_type
        or problem.parts != row.required_parts
        or service.skills != row.required_skills
    ):
        findings.add(
            "ticket-type",
            row,
            f"{row.title} is no {row.ticket_type}, or needs other skills or parts",
            ticket_type=row.ticket_type,
            title=row.title,
            required_skills=row.required_skills,
            required_parts=row.required_parts,
        )
    if row.priority not in PRIORITIES or row.estimated_duration <= 0:
        findings.add(
            "ticket-value",
            row,
            f"priority {row.priority} or duration {row.estimated_duration} is none",
            priority=row.priority,
            estimated_duration=row.estimated_duration,
        )


def _check_state(row: Ticket, findings: Findings) -> None:
    wanted = _DEPTHS.get(row.status, ())
    values = _OF_PROGRESS(row)
    depth = len(values) - values.count(None)
    if (
        depth in wanted
        and None not in values[:depth]
        and (row.status == _DONE or not row.parts_used)
    ):
        return
    columns = dict(zip(PROGRESS, values, strict=True))
    findings.add(
        "ticket-state",
        row,
        f"a ticket that is {row.status} has "
        + (
            ", ".join(column for column, value in columns.items() if value is not None) or "nothing"
        ),
        status=row.status,
        parts_used=row.parts_used,
        **columns,
    )


def _check_times(row: Ticket, until: int, findings: Findings) -> None:
    last = row.created_at
    for at in (row.assigned_at, row.started_at, row.resolved_at):
        if at is not None:
            if at < last or at > row.updated_at:
                findings.add(
                    "ticket-times",
                    row,
                    f"{at} is not between {last} and {row.updated_at}",
                    at=at,
                    after=last,
                    updated_at=row.updated_at,
                )
                break
            last = at
    if row.scheduled_date is not None and row.scheduled_date < (row.assigned_at or row.created_at):
        findings.add(
            "visit-planned",
            row,
            f"a visit {row.scheduled_date} cannot be planned at {row.assigned_at}",
            scheduled_date=row.scheduled_date,
            assigned_at=row.assigned_at,
        )
    check_age(row, until, findings)


def _check_labor(hours: float, row: Ticket, findings: Findings) -> None:
    if row.resolved_at is None or row.started_at is None:
        return
    seconds = (row.resolved_at - row.started_at) // SECOND
    if hours <= 0 or hours * _QUARTERS % 1 or hours * _HOUR_SECONDS > seconds + _ROUNDED_SECONDS:
        findings.add(
            "labor-hours",
            row,
            f"{hours} hours are not in quarters, or not in {seconds} seconds",
            labor_hours=hours,
            seconds=seconds,
        )

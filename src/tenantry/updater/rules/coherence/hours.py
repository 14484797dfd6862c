"""Business hours: when people are called, and when tickets are worked on."""

from tenantry.updater.model import Activity, Ticket
from tenantry.updater.rules.calendar import BusinessCalendar
from tenantry.updater.rules.coherence.finding import Findings
from tenantry.updater.rules.coherence.view import View


def check_hours(row: Activity, calendar: BusinessCalendar, findings: Findings) -> None:
    """Find an activity outside business hours."""
    if not calendar.is_open(row.created_at):
        _add(row, "created_at", row.created_at, findings)


def check_work_hours(
    row: Ticket, calendar: BusinessCalendar, after: int, view: View, findings: Findings
) -> None:
    """Find a ticket that was worked on outside business hours, behind `after`.

    Where business hours have changed, visits that were planned before still take place, and what
    follows from them has its time from them; so nothing is found as long as there are some.
    """
    for column in ("assigned_at", "started_at", "resolved_at"):
        at: int | None = getattr(row, column)
        if (
            at is not None
            and at > after
            and not calendar.is_open(at)
            and not _has_old_plans(view, calendar)
        ):
            _add(row, column, at, findings)


def _has_old_plans(view: View, calendar: BusinessCalendar) -> bool:
    plans = (ticket.scheduled_date for ticket in view.world.tickets.values())
    return any(planned is not None and not calendar.is_open(planned) for planned in plans)


def _add(row: Activity | Ticket, column: str, at: int, findings: Findings) -> None:
    findings.add(
        "outside-hours", row, f"{column} {at} is outside business hours", column=column, at=at
    )

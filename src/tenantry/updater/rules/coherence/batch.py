"""The check of one run's batch, against the world that it is for; before it commits."""

from typing import Final

from tenantry.updater.model import (
    Activity,
    Batch,
    BusinessRecord,
    Customer,
    Equipment,
    Fault,
    Row,
    TableName,
    Technician,
    Ticket,
    TicketUpdate,
    Update,
    World,
)
from tenantry.updater.rules.coherence.activities import (
    call_minutes,
    check_activity,
    check_contact_of,
)
from tenantry.updater.rules.coherence.finding import Findings
from tenantry.updater.rules.coherence.history import (
    BEGINNING,
    Origin,
    check_chain,
    check_line,
    check_line_of,
)
from tenantry.updater.rules.coherence.hours import check_hours, check_work_hours
from tenantry.updater.rules.coherence.kinship import (
    check_assignment,
    check_parents,
    check_ticket_parents,
)
from tenantry.updater.rules.coherence.leads import check_record, check_revenue, check_standing
from tenantry.updater.rules.coherence.loads import check_loads
from tenantry.updater.rules.coherence.numbers import check_new_numbers
from tenantry.updater.rules.coherence.parties import (
    check_customer,
    check_machine,
    check_record_of,
    check_technician,
)
from tenantry.updater.rules.coherence.tickets import (
    check_progress,
    check_ticket,
)
from tenantry.updater.rules.coherence.types import check_types
from tenantry.updater.rules.coherence.view import View
from tenantry.updater.rules.run import Run

_LAST: Final = frozenset({"business_record_activities", "service_ticket_updates"})
"""Tables whose rows are nobody's parents, and whose own are looked for with the rest of them."""
_PARTIES: Final[tuple[TableName, ...]] = ("customers", "technicians", "equipment")


def check_batch(batch: Batch, world: World, run: Run) -> list[Fault]:
    """Return what does not agree in a batch, and with the world as it is before it.

    The world is left as it is. A batch with a fault must not commit.
    """
    try:
        return _check_batch(batch, world, run)
    except (AttributeError, KeyError, TypeError, ValueError):
        # Rows take any value from whoever makes them, and checks do not look at types.
        faults = check_types(batch)
        if not faults:
            raise
        return faults


def _check_batch(batch: Batch, world: World, run: Run) -> list[Fault]:
    findings = Findings()
    view = View(world)
    since = run.since
    for change in batch.changes:
        if isinstance(change, Update):
            _take_update(change, view, findings)
        else:
            _take_row(change, view, run, since, findings)
    _check_rows(view, run, findings)
    return findings.faults


def _take_update(update: Update, view: View, findings: Findings) -> None:
    if not view.change(update):
        findings.faults.append(
            Fault(
                code="row-unknown",
                table=update.table,
                row_id=update.row_id,
                message=f"{update.table} has no {update.row_id}",
            )
        )


def _take_row(row: Row, view: View, run: Run, since: int, findings: Findings) -> None:
    slot = run.slot
    if row.run_id != slot.run_id:
        findings.add(
            "not-of-run",
            row,
            f"it names the run {row.run_id}, not {slot.run_id}",
            run_id=row.run_id,
        )
    if not since <= row.created_at <= slot.at:
        findings.add(
            "outside-slot",
            row,
            f"it began {row.created_at}, and the run is for {since} to {slot.at}",
            created_at=row.created_at,
            since=since,
            at=slot.at,
        )
    if row.table not in _LAST:
        check_parents(row, view.find, findings)
    if not view.begin(row):
        findings.add("row-twice", row, f"there is a row {row.id} already")


def _check_rows(view: View, run: Run, findings: Findings) -> None:
    """Check each row that begins or changes as it is after the batch, and then all together."""
    rows = view.rows
    for record in rows["business_records"].values():
        _check_record(record, view, run, findings)
    for table in _PARTIES:
        for row in rows[table].values():
            _check_party(row, view, run, findings)
    for activity in rows["business_record_activities"].values():
        _check_activity(activity, view, run, findings)
    if rows["service_tickets"]:
        _check_tickets(view, run, findings)
    for line in rows["service_ticket_updates"].values():
        _check_line(line, view, run, findings)


def _check_record(row: BusinessRecord, view: View, run: Run, findings: Findings) -> None:
    if ("business_records", row.id) in view.before:
        check_standing(row, run.slot.at, findings)
    else:
        check_record(row, run.slot.at, findings)
        check_revenue(row, run.config.leads.revenue_range, findings)


def _check_activity(row: Activity, view: View, run: Run, findings: Findings) -> None:
    config = run.config.activities
    check_activity(row, run.slot.at, findings, minutes=call_minutes(config))
    if config.business_hours_only:
        check_hours(row, run.calendar, findings)
    record = view.find("business_records", row.business_record_id)
    if record is None:
        check_parents(row, view.find, findings)
    else:
        check_contact_of(row, record, findings)


def _check_tickets(view: View, run: Run, findings: Findings) -> None:
    calendar = run.calendar.adjusted(weekends=run.config.tickets.include_weekends)
    begun = list[Ticket]()
    assigned = set[str]()
    ticket: Ticket
    for ticket in view.rows["service_tickets"].values():
        stored = view.world.tickets.get(ticket.id)
        if stored is None:
            begun.append(ticket)
        technician_id = ticket.assigned_technician_id
        is_assigned = stored is None or technician_id != stored.assigned_technician_id
        if technician_id is not None and is_assigned:
            assigned.add(technician_id)
        _check_ticket(ticket, view, run.slot.at, findings)
        check_work_hours(ticket, calendar, run.slot.after, view, findings)
    if begun:
        check_new_numbers(begun, view.world.numbers.get("ticket"), findings)
    if assigned:
        check_loads(view.loads(assigned), view.technicians(assigned), findings)


def _check_ticket(row: Ticket, view: View, at: int, findings: Findings) -> None:
    before = view.before.get(("service_tickets", row.id))
    if before is None:
        check_ticket(row, at, findings)
        check_ticket_parents(row, view.find, findings)
    else:
        check_progress(row, at, findings)
        if row.assigned_technician_id != before.assigned_technician_id:
            check_assignment(row, view.find, findings)
    stored = view.world.tickets.get(row.id)
    begins = BEGINNING if stored is None else Origin(stored.status, stored.assigned_technician_id)
    check_chain(row, view.lines.get(row.id, ()), findings, begins=begins)


def _check_line(row: TicketUpdate, view: View, run: Run, findings: Findings) -> None:
    check_line(row, run.slot.at, findings)
    ticket = view.find("service_tickets", row.ticket_id)
    if ticket is None:
        check_parents(row, view.find, findings)
    else:
        check_line_of(row, ticket, findings)


def _check_party(
    row: Customer | Technician | Equipment, view: View, run: Run, findings: Findings
) -> None:
    at = run.slot.at
    if isinstance(row, Customer):
        check_customer(row, at, findings)
        record = view.find("business_records", row.business_record_id or "")
        if record is not None:
            check_record_of(row, record, findings)
    elif isinstance(row, Technician):
        check_technician(row, at, findings)
    else:
        check_machine(row, at, findings)

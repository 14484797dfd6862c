"""What an undo takes away: the desk goes on with what is left."""

from datetime import date, timedelta

import msgspec

from tenantry.updater.model import Batch, Ticket, TicketUpdate, Update, World
from tenantry.updater.rules import setup
from tenantry.updater.rules.coherence import check_batch
from tenantry.updater.rules.desk.dues import outlook_of
from tests.support.desk import begun
from tests.support.simulation import TICKETS, Simulation

DAYS = 60
SLOT = 6 * 3600 * 1_000_000


def busy() -> Simulation:
    """Return a desk that has been at work for a while."""
    return begun(seed=3).run_all(DAYS)


def next_batches(simulation: Simulation, days: int = 30) -> list[Batch]:
    """Return what happens next, all of it coherent."""
    batches = list[Batch]()
    for _ in range(days):
        day = simulation.day
        simulation.day = date.fromordinal(day.toordinal() + 1)
        for at, updater in simulation.slots(day):
            run = simulation.given(updater, at)
            batch = simulation.generators[updater](run, simulation.world)
            assert not check_batch(batch, simulation.world, run)
            simulation.take(run, batch)
            batches.append(batch)
    return batches


def in_status(world: World, status: str) -> list[Ticket]:
    found = [ticket for ticket in world.tickets.values() if ticket.status == status]
    return sorted(found, key=lambda ticket: ticket.ticket_number)


def ended(batches: list[Batch], ticket_id: str) -> str:
    """Return the last status of a ticket."""
    statuses = [
        update.values["status"]
        for batch in batches
        for update in batch.updates
        if update.row_id == ticket_id
    ]
    return str(statuses[-1])


def lines(batches: list[Batch], ticket_id: str, update_type: str) -> list[TicketUpdate]:
    return [
        row
        for batch in batches
        for row in batch.rows
        if isinstance(row, TicketUpdate)
        and row.ticket_id == ticket_id
        and row.update_type == update_type
    ]


def test_tickets_of_a_technician_who_is_gone_get_another() -> None:
    simulation = busy()
    world = simulation.world
    gone = next(
        technician_id
        for technician_id in sorted(world.technicians)
        if {"assigned", "in-progress"}
        <= {t.status for t in world.tickets.values() if t.assigned_technician_id == technician_id}
    )
    theirs = [t for t in world.tickets.values() if t.assigned_technician_id == gone]
    del world.technicians[gone]

    batches = next_batches(simulation, 120)

    for ticket in theirs:
        assert ended(batches, ticket.id) in {"completed", "cancelled"}
        stored = simulation.tables["service_tickets"][ticket.id]
        if stored.status == "completed":
            assert stored.assigned_technician_id != gone
            assert lines(batches, ticket.id, "assignment")[0].old_value == gone


def test_a_ticket_whose_customer_is_gone_is_cancelled() -> None:
    simulation = busy()
    world = simulation.world
    for status in ("open", "assigned", "in-progress"):
        ticket = in_status(world, status)[0]
        world.tickets[ticket.id] = msgspec.structs.replace(ticket, customer_id="cust-99")
        simulation.tables["service_tickets"][ticket.id] = world.tickets[ticket.id]
    orphans = [t.id for t in world.tickets.values() if t.customer_id == "cust-99"]

    batches = next_batches(simulation, 60)

    assert len(orphans) == 3
    for ticket_id in orphans:
        assert ended(batches, ticket_id) == "cancelled"
        assert simulation.tables["service_tickets"][ticket_id].started_at is None


def test_a_ticket_whose_machine_is_gone_is_done_all_the_same() -> None:
    simulation = busy()
    open_before = set(simulation.world.tickets)
    simulation.world.equipment.clear()

    batches = next_batches(simulation, 60)

    assert open_before.isdisjoint(simulation.world.tickets)
    new = [row for batch in batches for row in batch.rows if isinstance(row, Ticket)]
    assert new
    assert all(ticket.equipment_id is None for ticket in new)


def test_nothing_is_reported_where_there_are_no_customers() -> None:
    simulation = busy()
    simulation.world.customers.clear()

    batches = next_batches(simulation, 60)

    assert not [row for batch in batches for row in batch.rows if isinstance(row, Ticket)]
    assert not simulation.world.tickets


def test_tickets_wait_where_there_are_no_technicians_and_go_on_with_new_ones() -> None:
    simulation = busy()
    world = simulation.world
    before = {ticket.id: ticket for ticket in world.tickets.values()}
    world.technicians.clear()
    simulation.tables["technicians"].clear()

    waiting = next_batches(simulation, 3)
    assert all(
        update.values["status"] == "cancelled" for batch in waiting for update in batch.updates
    )

    at = world.slots[TICKETS]
    run = simulation.given("world_setup", at)
    again = setup.generate(run, world)
    assert len(again.rows) == 8
    simulation.take(run, again)
    next_batches(simulation, 90)
    assert before.keys().isdisjoint(world.tickets)


def test_a_completion_that_was_undone_is_made_again() -> None:
    simulation = busy()
    world = simulation.world
    run, undone = next(
        (run, batch)
        for run, batch in simulation.run(30)
        if any(update.values["status"] == "completed" for update in batch.updates)
    )
    update = next(u for u in undone.updates if u.values["status"] == "completed")
    stored = simulation.tables["service_tickets"][update.row_id]
    at_work = msgspec.structs.replace(
        stored,
        status="in-progress",
        parts_used=(),
        resolution_notes=None,
        labor_hours=None,
        resolved_at=None,
        updated_at=stored.started_at,
    )
    world.tickets[stored.id] = simulation.tables["service_tickets"][stored.id] = at_work

    batches = next_batches(simulation, 5)

    again = simulation.tables["service_tickets"][stored.id]
    assert ended(batches, stored.id) == "completed"
    assert again.resolved_at > run.slot.at
    assert again.labor_hours <= 16


def test_a_visit_that_was_missed_is_made_up_for() -> None:
    simulation = busy()
    world = simulation.world
    ticket = in_status(world, "assigned")[0]
    assert ticket.assigned_at is not None
    late = msgspec.structs.replace(ticket, scheduled_date=ticket.assigned_at)
    world.tickets[ticket.id] = simulation.tables["service_tickets"][ticket.id] = late

    batches = next_batches(simulation, 30)

    assert ended(batches, ticket.id) in {"completed", "cancelled"}


def test_of_two_visits_at_the_same_time_one_is_moved() -> None:
    simulation = busy()
    world = simulation.world
    planned: dict[str, list[Ticket]] = {}
    for ticket in in_status(world, "assigned"):
        planned.setdefault(ticket.assigned_technician_id or "", []).append(ticket)
    first, second = next(tickets for _, tickets in sorted(planned.items()) if len(tickets) > 1)[:2]
    at = simulation.calendar.next_open(world.slots[TICKETS] + 2 * 86_400 * 1_000_000)
    for ticket in (first, second):
        both = msgspec.structs.replace(ticket, scheduled_date=at)
        world.tickets[ticket.id] = simulation.tables["service_tickets"][ticket.id] = both

    batches = next_batches(simulation, 30)

    starts = [simulation.tables["service_tickets"][t.id].started_at for t in (first, second)]
    assert abs(starts[0] - starts[1]) > 10 * 60 * 1_000_000
    texts = [
        line.notes
        for ticket in (first, second)
        for line in lines(batches, ticket.id, "customer_communication")
    ]
    assert any("held up" in text or "delayed" in text for text in texts)


def test_who_takes_over_orders_parts_only_once() -> None:
    simulation = busy()
    world, calendar = simulation.world, simulation.calendar.adjusted(weekends=False)
    found = next(
        ticket
        for run, _ in simulation.run(2000)
        for ticket in in_status(world, "in-progress")
        for dues in [outlook_of(calendar, simulation.seed, ticket).dues]
        if [due.event for due in dues] == ["note", "order"]
        and run.slot.at < dues[0].at < dues[1].at <= run.slot.at + SLOT
    )
    # What is left of that day, since the runs were asked for one by one.
    rest = [at for at, _ in simulation.slots(simulation.day - timedelta(days=1))]
    del world.technicians[found.assigned_technician_id or ""]
    for technician in list(world.technicians.values()):
        world.technicians[technician.id] = msgspec.structs.replace(technician, capacity=20)
    for at in rest:
        if at > world.slots[TICKETS]:
            simulation.advance(TICKETS, at)

    batches = next_batches(simulation, 60)

    told = [
        line
        for line in simulation.rows("service_ticket_updates")
        if line.ticket_id == found.id and "order" in line.notes
    ]
    assert len(told) == 1
    assert ended(batches, found.id) == "completed"


def test_who_has_too_many_tickets_gets_no_more() -> None:
    simulation = busy()
    world = simulation.world
    for technician in list(world.technicians.values()):
        world.technicians[technician.id] = msgspec.structs.replace(technician, capacity=1)
    load = dict.fromkeys(world.technicians, 0)
    for ticket in world.tickets.values():
        if ticket.assigned_technician_id is not None:
            load[ticket.assigned_technician_id] += 1
    full = {technician_id for technician_id, count in load.items() if count >= 2}

    batch = next_batches(simulation, 1)[0]

    assert full
    assigned = {
        row.new_value
        for row in batch.rows
        if isinstance(row, TicketUpdate) and row.update_type == "assignment"
    }
    assert assigned.isdisjoint(full)


def test_what_a_person_has_edited_is_moved_by_nobody() -> None:
    simulation = busy()
    mine = in_status(simulation.world, "assigned")[0]
    del simulation.world.tickets[mine.id]

    batches = next_batches(simulation, 40)

    touched = {
        change.row_id if isinstance(change, Update) else getattr(change, "ticket_id", None)
        for batch in batches
        for change in batch.changes
    }
    assert mine.id not in touched

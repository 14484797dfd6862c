"""What holds of every ticket, whatever the seed, the configuration and the calendar are."""

from collections.abc import Mapping
from copy import deepcopy
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.updater.model import Range, Ticket, TicketConfig, TicketUpdate, World
from tenantry.updater.rules import tickets
from tenantry.updater.rules.calendar import SECOND, BusinessCalendar
from tenantry.updater.rules.coherence import check_batch
from tenantry.updater.rules.desk.problem import SERVICES, problem_of
from tests.support.desk import Moment, Watch, begun
from tests.support.simulation import TICKETS, Simulation

DAYS = 45
SETTLES = 120
OVER = {"completed", "cancelled"}
seeds = st.integers(0, 2**40)
calendars = st.sampled_from(
    [
        ("America/New_York", 9, 17, (1, 2, 3, 4, 5)),
        ("Australia/Lord_Howe", 8, 18, (1, 2, 3, 4, 5, 6, 7)),
        ("Asia/Kathmandu", 10, 12, (1, 3)),
        ("Africa/Casablanca", 0, 24, (6, 7)),
    ]
).map(lambda it: BusinessCalendar(it[0], first_hour=it[1], last_hour=it[2], days=it[3]))


@st.composite
def configs(draw: st.DrawFn) -> TicketConfig:
    low = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(sorted(SERVICES)))
    types = draw(st.sampled_from([TicketConfig().types_distribution, {kind: 1.0}]))
    least = draw(st.integers(1, 120))
    return TicketConfig(
        types_distribution=types,
        rows_per_run=Range(min=low, max=low + draw(st.integers(0, 2))),
        include_weekends=draw(st.booleans()),
        min_estimated_duration=least,
        max_estimated_duration=least + draw(st.integers(0, 480)),
    )


@given(seeds, configs(), calendars)
@settings(max_examples=15)
def test_every_batch_is_coherent(
    seed: int, config: TicketConfig, calendar: BusinessCalendar
) -> None:
    simulation = begun(seed=seed, config=config, calendar=calendar)
    watch = Watch(simulation.world.technicians)
    for day in range(DAYS):
        for at, updater in simulation.slots(simulation.day):
            run = simulation.given(updater, at)
            batch = tickets.generate(run, simulation.world)
            assert not check_batch(batch, simulation.world, run)
            for moment in watch.follow(run, batch):
                check_moment(moment, watch, day)
            simulation.take(run, batch)
        simulation.day = type(simulation.day).fromordinal(simulation.day.toordinal() + 1)
    check_histories(watch)
    check_numbers(list(watch.tickets.values()))
    check_world(simulation, watch)


def check_moment(moment: Moment, watch: Watch, day: int) -> None:
    run, before, after = moment.run, moment.before, moment.after
    slot = run.slot
    assert slot.after < after.updated_at <= slot.at, day
    if before is None:
        check_new(after, run.config.tickets)
    else:
        check_step(before, after)
        calendar = run.calendar.adjusted(weekends=run.config.tickets.include_weekends)
        assert calendar.is_open(after.updated_at)
        assert after.scheduled_date is None or calendar.is_open(after.scheduled_date)
    technician = watch.technicians.get(after.assigned_technician_id or "")
    if technician is not None:
        assert set(after.required_skills) <= set(technician.skills)
        assert watch.load[technician.id] <= technician.capacity


def check_new(ticket: Ticket, config: TicketConfig) -> None:
    problem = problem_of(ticket.ticket_type, ticket.title)
    assert problem.title == ticket.title
    assert ticket.required_parts == problem.parts
    assert ticket.required_skills == SERVICES[ticket.ticket_type].skills
    assert (
        config.min_estimated_duration <= ticket.estimated_duration <= config.max_estimated_duration
    )
    assert ticket.status == "open"
    assert ticket.updated_at == ticket.created_at


def check_step(before: Ticket, after: Ticket) -> None:
    state = (after.assigned_technician_id, after.assigned_at, after.scheduled_date)
    match after.status:
        case "open":
            pytest.fail("an open ticket does not change")
        case "assigned":
            assert before.status in {"open", "assigned"}
            assert None not in state
            assert after.started_at is None
        case "in-progress":
            assert before.status in {"assigned", "in-progress"}
            assert after.started_at is not None
            assert after.assigned_at is not None
            assert after.started_at >= after.assigned_at
            if before.status == "assigned":
                assert before.scheduled_date is not None
                assert after.started_at >= before.scheduled_date
        case "completed":
            assert before.status == "in-progress"
            assert after.resolved_at == after.updated_at
            assert after.resolved_at > (after.started_at or after.resolved_at)
            assert after.labor_hours is not None
            assert after.labor_hours > 0
            assert after.labor_hours * 4 % 1 == 0
            assert set(after.parts_used) <= set(after.required_parts)
            assert after.resolution_notes
        case "cancelled":
            assert before.status in {"open", "assigned"}
            assert after.resolved_at is None
            assert after.labor_hours is None
    if after.status != "completed":
        assert (after.resolved_at, after.labor_hours, after.resolution_notes) == (None, None, None)
        assert after.parts_used == ()


def check_histories(watch: Watch) -> None:
    for ticket in watch.tickets.values():
        status, technician, at = "open", None, ticket.created_at
        for line in watch.lines.get(ticket.id, ()):
            assert line.created_at >= at
            at = line.created_at
            if line.update_type == "status_change":
                assert line.old_value == status
                status = line.new_value or ""
            elif line.update_type == "assignment":
                assert line.old_value == technician
                technician = line.new_value
        assert (status, technician) == (ticket.status, ticket.assigned_technician_id)


def check_numbers(rows: list[Ticket]) -> None:
    assert [row.ticket_number for row in rows] == [f"ST-{1000 + n}" for n in range(len(rows))]
    times = [row.created_at for row in rows]
    assert times == sorted(times)


def check_world(simulation: Simulation, watch: Watch) -> None:
    still_open = {row.id: row for row in watch.tickets.values() if row.status not in OVER}
    assert simulation.world.tickets == still_open
    assert simulation.world.numbers["ticket"] == 1000 + len(watch.tickets)


@given(seeds)
@settings(max_examples=5)
def test_the_same_seed_has_the_same_rows(seed: int) -> None:
    first, second = (begun(seed=seed).run_all(DAYS).all_rows() for _ in range(2))
    assert first == second


def test_another_seed_has_other_rows() -> None:
    first, second = (begun(seed=seed).run_all(5).rows("service_tickets") for seed in (1, 2))
    assert {row.id for row in first}.isdisjoint(row.id for row in second)


@given(seeds, st.randoms(use_true_random=False))
@settings(max_examples=8)
def test_the_order_of_the_world_does_not_matter(seed: int, random: Any) -> None:
    simulation = begun(seed=seed).run_all(DAYS)
    at = simulation.slots(simulation.day)[2][0]
    run = simulation.given(TICKETS, at)
    other = shuffled(simulation.world, random)

    assert tickets.generate(run, simulation.world) == tickets.generate(run, other)


def shuffled(world: World, random: Any) -> World:
    """Return the same world from other rows, in another order."""
    values = dict[str, Any]()
    for name in world.__struct_fields__:
        value = deepcopy(getattr(world, name))
        if isinstance(value, Mapping):
            items = list(value.items())
            random.shuffle(items)
            value = dict(items)
        values[name] = value
    return World(**values)


@given(seeds)
@settings(max_examples=5)
def test_the_world_changes_in_its_numbers_only(seed: int) -> None:
    simulation = begun(seed=seed).run_all(DAYS)
    before = deepcopy(simulation.world)
    at = simulation.slots(simulation.day)[0][0]

    batch = tickets.generate(simulation.given(TICKETS, at), simulation.world)

    count = sum(isinstance(row, Ticket) for row in batch.rows)
    before.numbers["ticket"] += count
    assert count
    assert simulation.world == before


@given(seeds)
@settings(max_examples=5)
def test_a_technician_is_at_one_place_at_a_time(seed: int) -> None:
    config = TicketConfig(rows_per_run=Range(min=2, max=4))
    simulation = begun(seed=seed, config=config)
    watch = Watch(simulation.world.technicians)
    visits = dict[str, list[tuple[int, int]]]()
    for run, batch in simulation.run(SETTLES):
        for moment in watch.follow(run, batch):
            ticket, before = moment.after, moment.before
            if before is None or before.status != "in-progress":
                continue
            # A visit ends when parts are ordered or the work is done.
            technician_id = ticket.assigned_technician_id or ""
            start = before.started_at or 0
            if before.scheduled_date is not None and before.scheduled_date > start:
                start = before.scheduled_date
            visits.setdefault(technician_id, []).append((start, ticket.updated_at))
    assert visits
    for own in visits.values():
        own.sort()
        for (_, end), (start, _) in pairwise(own):
            assert start >= end


@given(seeds)
@settings(max_examples=5)
def test_labor_is_not_less_than_was_worked(seed: int) -> None:
    simulation = begun(seed=seed).run_all(SETTLES)
    rows: list[Ticket] = simulation.rows("service_tickets")
    done = [row for row in rows if row.status == "completed"]
    assert done
    for row in done:
        assert row.started_at is not None
        assert row.resolved_at is not None
        assert row.labor_hours is not None
        hours = simulation.calendar.between(row.started_at, row.resolved_at) / 3600
        if row.scheduled_date is not None and row.scheduled_date > row.started_at:
            # Of a second visit only what was worked counts, and not the days until the parts came.
            hours = simulation.calendar.between(row.scheduled_date, row.resolved_at) / 3600 - 0.25
        assert row.labor_hours >= hours
        assert row.labor_hours <= 24


@pytest.mark.parametrize("seed", [1, 2])
def test_a_desk_that_is_too_small_gives_up_and_does_not_drown(seed: int) -> None:
    simulation = begun(seed=seed, config=TicketConfig(rows_per_run=Range(min=4, max=4)))
    for technician in list(simulation.world.technicians.values()):
        row = msgspec.structs.replace(technician, capacity=1)
        simulation.world.technicians[technician.id] = row

    simulation.run_all(90)

    # At most what is reported in the four weeks and a bit that somebody waits.
    rows: list[Ticket] = simulation.rows("service_tickets")
    assert len(simulation.world.tickets) <= 4 * 4 * 30
    assert sum(row.status == "cancelled" for row in rows) > 200
    urgent = [row.status for row in rows[:1000] if row.priority == "urgent"]
    assert urgent.count("completed") > 0.8 * len(urgent)


@given(seeds)
@settings(max_examples=3)
def test_rows_do_not_depend_on_what_is_remembered_of_a_world(seed: int) -> None:
    carried_on, read_anew = begun(seed=seed), begun(seed=seed)
    for (_, batch), (_, other) in zip(carried_on.run(DAYS), read_anew.run(DAYS), strict=True):
        assert batch == other
        read_anew.world = deepcopy(read_anew.world)


def test_as_many_are_reported_as_is_configured() -> None:
    simulation = begun(seed=5, config=TicketConfig(rows_per_run=Range(min=3, max=5)))
    counts = [sum(isinstance(row, Ticket) for row in batch.rows) for _, batch in simulation.run(30)]
    # What would have been reported in the first slot before there were customers is left out.
    assert set(counts[1:]) == {3, 4, 5}


def test_only_what_is_configured_is_reported() -> None:
    config = TicketConfig(
        types_distribution={"user_training": 0.5, "error_codes": 0.5, "paper_jam": 0.0},
        priority_distribution={"urgent": 1.0},
    )
    rows: list[Ticket] = begun(seed=5, config=config).run_all(60).rows("service_tickets")
    assert {row.ticket_type for row in rows} == {"user_training", "error_codes"}
    assert {row.priority for row in rows} == {"urgent"}


@pytest.mark.parametrize("include_weekends", [True, False])
def test_weekends_are_worked_only_where_they_are_to_be(*, include_weekends: bool) -> None:
    config = TicketConfig(include_weekends=include_weekends)
    simulation = begun(seed=6, config=config).run_all(120)
    rows: list[Ticket] = simulation.rows("service_tickets")
    days = {
        simulation.calendar.local(at).isoweekday()
        for row in rows
        for at in (row.assigned_at, row.scheduled_date, row.started_at, row.resolved_at)
        if at is not None
    }
    assert days == set(range(1, 8 if include_weekends else 6))


def test_new_customers_have_tickets_only_once_they_are_customers() -> None:
    simulation = begun(seed=4).run_all(20)
    world = simulation.world
    late = simulation.slots(simulation.day)[-1][0]
    for customer in list(world.customers.values()):
        world.customers[customer.id] = msgspec.structs.replace(
            customer, created_at=late - 3600 * SECOND
        )
    for _, batch in simulation.run(3):
        for row in batch.rows:
            if isinstance(row, Ticket):
                assert row.created_at > late - 3600 * SECOND


def test_who_is_in_a_persons_hands_or_gone_reports_nothing() -> None:
    simulation = begun(seed=4)
    world = simulation.world
    first = world.customers["cust-1"]
    world.customers["cust-1"] = msgspec.structs.replace(first, business_record_id="lost")

    simulation.run_all(60)

    rows: list[Ticket] = simulation.rows("service_tickets")
    assert rows
    assert all(row.customer_id != "cust-1" for row in rows)


def test_a_line_of_a_history_is_of_the_run_it_is_written_in() -> None:
    simulation = begun(seed=9)
    for run, batch in simulation.run(30):
        for row in batch.rows:
            assert isinstance(row, Ticket | TicketUpdate)
            assert row.run_id == run.slot.run_id

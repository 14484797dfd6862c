"""A batch is checked before it commits: by itself, and against the world that it is for."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from tenantry.updater.model import (
    Batch,
    Change,
    GenerationConfig,
    Row,
    TicketConfig,
    TicketUpdate,
    Update,
)
from tenantry.updater.rules.calendar import SECOND, BusinessCalendar
from tenantry.updater.rules.coherence import check_batch, check_tables
from tenantry.updater.rules.run import Run
from tenantry.updater.rules.safety import attest
from tests.support.coherent import ALL_GENERATORS, copied, now_of, populated, rows_of
from tests.support.counts import soak_count
from tests.support.simulation import ACTIVITIES, LEADS, TICKETS, Simulation

DAYS = 40


class Slots:
    """A tenant that has lived for some weeks, and what comes next of each kind."""

    def __init__(self) -> None:
        self.simulation = populated().run_all(DAYS)
        self.batches = dict(self._next())

    def run(self, updater: str) -> Run:
        return self.batches[updater][0]

    def changes(self, updater: str) -> list[Change]:
        return list(self.batches[updater][1].changes)

    def codes(self, updater: str, changes: Sequence[Change]) -> set[str]:
        faults = check_batch(Batch(changes), self.simulation.world, self.run(updater))
        return {fault.code for fault in faults}

    def _next(self) -> Iterator[tuple[str, tuple[Run, Batch]]]:
        """Yield, for each updater, a slot with much in it; it is not taken."""
        simulation = self.simulation
        day = simulation.day
        while day.isoweekday() != 1:
            day = day.replace(day=day.day + 1)
        last = {updater: at for at, updater in simulation.slots(day)}
        for updater, at in last.items():
            run = simulation.given(updater, at)
            yield updater, (run, ALL_GENERATORS[updater](run, simulation.world))


@pytest.fixture(scope="module")
def slots() -> Slots:
    return Slots()


def replaced(changes: Sequence[Change], kind: str, **values: Any) -> list[Change]:
    """Return the changes with other values in the first row of a table."""
    after = list(changes)
    place = next(
        place
        for place, change in enumerate(after)
        if not isinstance(change, Update) and change.table == kind
    )
    after[place] = msgspec.structs.replace(after[place], **values)
    return after


def first(changes: Sequence[Change], kind: str) -> Row:
    return next(
        change for change in changes if not isinstance(change, Update) and change.table == kind
    )


@pytest.mark.parametrize("updater", [LEADS, ACTIVITIES, TICKETS])
def test_what_updaters_make_is_coherent(slots: Slots, updater: str) -> None:
    assert slots.codes(updater, slots.changes(updater)) == set()


def test_a_check_leaves_the_world_as_it_is(slots: Slots) -> None:
    world = slots.simulation.world
    before = msgspec.json.encode(world)

    slots.codes(TICKETS, slots.changes(TICKETS))

    assert msgspec.json.encode(world) == before


def test_a_row_of_another_run_is_told(slots: Slots) -> None:
    changes = replaced(slots.changes(LEADS), LEADS, run_id="another")

    assert slots.codes(LEADS, changes) == {"not-of-run"}


def test_a_row_from_before_the_slot_is_told(slots: Slots) -> None:
    at = slots.run(LEADS).slot.after
    changes = replaced(slots.changes(LEADS), LEADS, created_at=at)

    assert slots.codes(LEADS, changes) == {"outside-slot"}


def test_a_row_from_behind_the_slot_is_told(slots: Slots) -> None:
    at = slots.run(LEADS).slot.at + SECOND
    changes = replaced(
        slots.changes(LEADS), LEADS, created_at=at, updated_at=at, stage_entered_at=at
    )

    assert slots.codes(LEADS, changes) == {"outside-slot", "in-future"}


def test_a_change_of_nothing_is_told(slots: Slots) -> None:
    changes = [*slots.changes(LEADS), Update(LEADS, "nobody", {"probability": 10})]

    assert slots.codes(LEADS, changes) == {"row-unknown"}


def test_a_row_that_is_there_already_is_told(slots: Slots) -> None:
    lead = first(slots.changes(LEADS), LEADS)

    assert slots.codes(LEADS, [lead, lead]) == {"row-twice"}


def test_a_row_of_the_world_that_begins_again_is_told(slots: Slots) -> None:
    known = next(iter(slots.simulation.world.leads))
    changes = replaced(slots.changes(LEADS), LEADS, id=known)

    assert slots.codes(LEADS, changes) == {"row-twice"}


def test_a_parent_that_comes_later_is_none(slots: Slots) -> None:
    world = slots.simulation.world
    run = slots.run(LEADS)
    at = run.slot.at
    customer = msgspec.structs.replace(
        next(iter(world.customers.values())),
        id="cust-999",
        run_id=run.slot.run_id,
        created_at=at,
        updated_at=at,
    )
    machine = msgspec.structs.replace(
        next(iter(world.equipment.values())),
        id="machine",
        run_id=run.slot.run_id,
        customer_id="cust-999",
        installed_at=at,
        created_at=at,
        updated_at=at,
    )

    assert slots.codes(LEADS, [customer, machine]) == set()
    assert slots.codes(LEADS, [machine, customer]) == {"parent-missing"}


def test_an_activity_by_night_is_told_where_there_are_business_hours(slots: Slots) -> None:
    run = slots.run(ACTIVITIES)
    closed = run.calendar.adjusted(weekends=False)
    elsewhere = BusinessCalendar("Asia/Tokyo")
    assert closed.is_open(first(slots.changes(ACTIVITIES), ACTIVITIES).created_at)
    by_night = msgspec.structs.replace(run, calendar=elsewhere)

    faults = check_batch(Batch(slots.changes(ACTIVITIES)), slots.simulation.world, by_night)

    assert {fault.code for fault in faults} == {"outside-hours"}


def test_a_ticket_is_not_worked_on_by_night(slots: Slots) -> None:
    simulation = slots.simulation
    run = slots.run(TICKETS)
    ticket = next(
        ticket for ticket in simulation.world.tickets.values() if ticket.status == "in-progress"
    )
    at = run.slot.at
    while run.calendar.is_open(at):
        at -= 3600 * SECOND
    changes: list[Change] = [
        Update("service_tickets", ticket.id, {"started_at": at, "updated_at": at}),
    ]
    run = msgspec.structs.replace(run, slot=msgspec.structs.replace(run.slot, after=at - SECOND))

    faults = check_batch(Batch(changes), simulation.world, run)

    assert {fault.code for fault in faults} == {"outside-hours"}


def test_visits_that_were_planned_by_other_business_hours_take_place(slots: Slots) -> None:
    simulation = slots.simulation
    run = msgspec.structs.replace(
        slots.run(TICKETS), calendar=BusinessCalendar("Asia/Tokyo", first_hour=9, last_hour=12)
    )

    faults = check_batch(Batch(slots.changes(TICKETS)), simulation.world, run)

    assert faults == []


def test_a_ticket_number_that_was_given_is_told(slots: Slots) -> None:
    changes = replaced(slots.changes(TICKETS), TICKETS, ticket_number="ST-1000")

    assert slots.codes(TICKETS, changes) == {"ticket-number"}


def test_a_ticket_that_moves_without_a_line_is_told(slots: Slots) -> None:
    changes = [change for change in slots.changes(TICKETS) if not isinstance(change, TicketUpdate)]

    assert slots.codes(TICKETS, changes) == {"line-end"}


def test_a_technician_gets_no_more_than_capacity(slots: Slots) -> None:
    simulation = slots.simulation
    changes = slots.changes(TICKETS)
    assigned = {
        change.new_value
        for change in changes
        if isinstance(change, TicketUpdate) and change.update_type == "assignment"
    }
    assert assigned
    world = msgspec.structs.replace(
        simulation.world,
        technicians={
            technician_id: msgspec.structs.replace(technician, capacity=0)
            for technician_id, technician in simulation.world.technicians.items()
        },
    )

    faults = check_batch(Batch(changes), world, slots.run(TICKETS))

    assert {fault.code for fault in faults} == {"technician-overload"}
    assert {fault.row_id for fault in faults} <= assigned


def _cases(slots: Slots) -> Iterator[tuple[str, list[Change], str, object]]:
    """Yield batches with one value that its column does not take."""
    for updater in (LEADS, ACTIVITIES, TICKETS):
        changes = slots.changes(updater)
        for kind in {change.table for change in changes if not isinstance(change, Update)}:
            row = first(changes, kind)
            for column in row.__struct_fields__:
                values: tuple[object, ...] = (None, -1, "\ud800", ["x"], {}, 2.5)
                for value in values:
                    yield updater, replaced(changes, kind, **{column: value}), column, value


def test_no_value_makes_a_check_fall_over(slots: Slots) -> None:
    count = 0
    for updater, changes, column, value in _cases(slots):
        if column == "id" and isinstance(value, (list, dict)):
            continue
        assert isinstance(slots.codes(updater, changes), set)
        assert isinstance(attest(Batch(changes)), tuple)
        count += 1
    assert count > 400


def test_a_value_that_a_column_does_not_take_is_told(slots: Slots) -> None:
    changes = replaced(slots.changes(LEADS), LEADS, created_at="yesterday")

    assert slots.codes(LEADS, changes) == {"column-type"}


def test_a_column_that_there_is_not_is_told(slots: Slots) -> None:
    lead = next(iter(slots.simulation.world.leads))

    assert slots.codes(LEADS, [Update(LEADS, lead, {"mood": "good"})]) == {"column-type"}


def test_who_somebody_is_is_checked_where_it_changes(slots: Slots) -> None:
    lead = next(iter(slots.simulation.world.leads.values()))

    assert slots.codes(LEADS, [Update(LEADS, lead.id, {"lead_score": 50})]) == set()
    assert slots.codes(LEADS, [Update(LEADS, lead.id, {"city": "Nowhere"})]) == {"place"}


def _faults(simulation: Simulation, days: int) -> tuple[int, list[str]]:
    """Return how many changes there are in so many days, and the codes of what is found."""
    count = 0
    codes = list[str]()
    for _ in range(days):
        day = simulation.day
        simulation.day = type(day).fromordinal(day.toordinal() + 1)
        for at, updater in simulation.slots(day):
            run = simulation.given(updater, at)
            batch = ALL_GENERATORS[updater](run, simulation.world)
            _, unsafe = attest(batch)
            faults = [*check_batch(batch, simulation.world, run), *unsafe]
            codes += [fault.code for fault in faults]
            count += len(batch.rows)
            simulation.take(run, batch)
    return count, codes


@pytest.mark.soak
def test_ten_years_are_coherent_and_safe_in_every_batch_and_as_a_whole() -> None:
    simulation = populated(seed=11)

    count, codes = _faults(simulation, soak_count(3_650))
    checked = check_tables(
        rows_of(copied(simulation)), now_of(simulation), config=simulation.config
    )

    assert codes == []
    assert checked.faults == ()
    assert count >= soak_count(50_000)


CONFIGS = {
    "weekends": GenerationConfig(tickets=TicketConfig(include_weekends=True)),
    "short": msgspec.convert(
        {
            "activities": {"minDurationMinutes": 1, "maxDurationMinutes": 2},
            "tickets": {"minEstimatedDuration": 1, "maxEstimatedDuration": 1},
            "leads": {
                "revenueRange": {"min": 5, "max": 9},
                "scoreRange": {"min": 99, "max": 100},
            },
        },
        GenerationConfig,
    ),
    "long": msgspec.convert(
        {
            "activities": {
                "minDurationMinutes": 400,
                "maxDurationMinutes": 480,
                "businessHoursOnly": False,
                "rowsPerRun": {"min": 5, "max": 20},
            },
            "tickets": {
                "minEstimatedDuration": 480,
                "maxEstimatedDuration": 1440,
                "rowsPerRun": {"min": 5, "max": 10},
            },
            "leads": {
                "revenueRange": {"min": 10**11, "max": 10**12},
                "rowsPerRun": {"min": 3, "max": 9},
            },
        },
        GenerationConfig,
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_configured_otherwise_is_coherent_too(name: str) -> None:
    simulation = populated(config=CONFIGS[name])

    _, codes = _faults(simulation, 60)

    assert codes == []


def test_a_configuration_that_changes_leaves_batches_coherent() -> None:
    simulation = populated()
    simulation.run_all(30)
    simulation.config = CONFIGS["weekends"]
    _, first_codes = _faults(simulation, 30)
    simulation.config = GenerationConfig()
    simulation.calendar = BusinessCalendar("Europe/Berlin", first_hour=7, last_hour=12, days=(2, 3))
    _, second_codes = _faults(simulation, 60)
    simulation.calendar = BusinessCalendar("Asia/Tokyo", first_hour=20, last_hour=24, days=(6, 7))
    _, third_codes = _faults(simulation, 60)

    assert (first_codes, second_codes, third_codes) == ([], [], [])

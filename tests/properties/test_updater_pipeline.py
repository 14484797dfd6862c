"""Leads and activities of whole simulations: the same wherever they are made, and coherent."""

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.updater.model import (
    ActivityConfig,
    Batch,
    GenerationConfig,
    LeadConfig,
    Range,
    World,
)
from tenantry.updater.rules.calendar import BusinessCalendar
from tests.support.pipeline import check_batch
from tests.support.simulation import Simulation

TABLES_OF_MAPPINGS = ("leads", "accounts", "customers", "equipment", "technicians", "tickets")


def batches(seed: int, days: int) -> list[Batch]:
    return [batch for _, batch in Simulation(seed=seed).run(days)]


def shuffled(world: World, random: Random) -> World:
    """Return an equal world whose mappings are in another order."""
    mixed = dict[str, object]()
    for name in TABLES_OF_MAPPINGS:
        entries = list(getattr(world, name).items())
        random.shuffle(entries)
        mixed[name] = dict(entries)
    copy = msgspec.structs.replace(
        world, **mixed, numbers=dict(world.numbers), slots=dict(world.slots)
    )
    assert copy == world
    return copy


@pytest.mark.parametrize("seed", [1, 2**128 - 1])
def test_years_of_slots_are_coherent(seed: int) -> None:
    simulation = Simulation(seed=seed)
    for run, batch in simulation.run(3 * 365):
        check_batch(run, batch, simulation.tables)


@st.composite
def configs(draw: st.DrawFn) -> GenerationConfig:
    least = draw(st.integers(1, 40))
    score = draw(st.integers(0, 60))
    revenue = draw(st.integers(1, 50_000_000))
    kinds = draw(
        st.lists(
            st.sampled_from(["call", "email", "meeting", "demo", "proposal", "task", "note"]),
            min_size=1,
            unique=True,
        )
    )
    return GenerationConfig(
        activities=ActivityConfig(
            types_distribution={kind: 1 / len(kinds) for kind in kinds},
            min_duration_minutes=least,
            max_duration_minutes=least + draw(st.integers(1, 100)),
            business_hours_only=draw(st.booleans()),
            rows_per_run=Range(min=0, max=draw(st.integers(0, 8))),
        ),
        leads=LeadConfig(
            score_range=Range(min=score, max=score + draw(st.integers(1, 40))),
            revenue_range=Range(min=revenue, max=revenue + draw(st.integers(1, 50_000_000))),
            rows_per_run=Range(min=0, max=draw(st.integers(0, 5))),
        ),
    )


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**64),
    config=configs(),
    zone=st.sampled_from(["America/New_York", "Asia/Kolkata", "Pacific/Auckland"]),
    hours=st.sampled_from([(9, 17), (0, 24), (11, 12)]),
)
def test_whatever_is_configured_is_coherent(
    seed: int, config: GenerationConfig, zone: str, hours: tuple[int, int]
) -> None:
    calendar = BusinessCalendar(zone, first_hour=hours[0], last_hour=hours[1])
    simulation = Simulation(seed=seed, config=config, calendar=calendar)
    for run, batch in simulation.run(150):
        check_batch(run, batch, simulation.tables)


def test_the_same_seed_makes_the_same_rows() -> None:
    assert batches(5, 200) == batches(5, 200)


def test_another_seed_makes_other_rows() -> None:
    first, second = batches(5, 60), batches(6, 60)
    ids = [{row.id for batch in made for row in batch.rows} for made in (first, second)]

    # Numbers of customers are counted, whoever they are.
    assert {one for one in ids[0] & ids[1] if not one.startswith("cust-")} == set()


def test_the_order_of_a_world_does_not_matter() -> None:
    simulation, random = Simulation(seed=9), Random(9)
    simulation.run_all(120)
    for _ in range(120):
        day = simulation.day
        for at, updater in simulation.slots(day):
            run = simulation.given(updater, at)
            other = simulation.generators[updater](run, shuffled(simulation.world, random))
            batch = simulation.generators[updater](run, simulation.world)
            assert batch == other
            simulation.take(run, batch)
        simulation.day = day.fromordinal(day.toordinal() + 1)


def test_a_world_is_changed_by_taking_a_batch_and_not_by_making_it() -> None:
    simulation = Simulation(seed=10)
    simulation.run_all(200)
    for at, updater in simulation.slots(simulation.day):
        world = simulation.world
        before = msgspec.json.encode(msgspec.structs.replace(world, numbers={}))
        simulation.generators[updater](simulation.given(updater, at), world)
        assert msgspec.json.encode(msgspec.structs.replace(world, numbers={})) == before


def test_a_record_knows_the_newest_of_its_activities() -> None:
    simulation = Simulation(seed=11).run_all(400)
    newest = dict[str, int]()
    for activity in simulation.rows("business_record_activities"):
        newest[activity.business_record_id] = activity.created_at

    for record in simulation.rows("business_records"):
        assert record.last_contact_date == newest.get(record.id)


def test_what_a_person_has_edited_is_left_alone() -> None:
    simulation = Simulation(seed=12).run_all(100)
    lead_id = min(simulation.world.leads)
    del simulation.world.leads[lead_id]

    touched = {
        getattr(change, "row_id", None) or getattr(change, "business_record_id", None)
        for _, batch in simulation.run(100)
        for change in batch.changes
    }
    assert lead_id not in touched

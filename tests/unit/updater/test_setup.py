import pytest

from tenantry.updater.model import Customer, Equipment, Technician, World
from tenantry.updater.rules import setup
from tenantry.updater.rules.desk.machines import FIRST_KIND
from tenantry.updater.rules.desk.problem import SERVICES
from tenantry.updater.rules.draw import draw_for
from tests.support.desk import begun

SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_begins_with_people_customers_and_machines(seed: int) -> None:
    simulation = begun(seed=seed)

    technicians: list[Technician] = simulation.rows("technicians")
    customers: list[Customer] = simulation.rows("customers")
    machines: list[Equipment] = simulation.rows("equipment")
    assert len(technicians) == 8
    assert [customer.id for customer in customers] == [f"cust-{n}" for n in range(1, 16)]
    assert simulation.world.numbers["customer"] == 16
    for customer in customers:
        own = [machine for machine in machines if machine.customer_id == customer.id]
        assert 1 <= len(own) <= 4
        assert own[0].kind == FIRST_KIND
    at = simulation.world.slots["world_setup"]
    assert {row.created_at for row in simulation.all_rows()} == {at}


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_there_twice(seed: int) -> None:
    simulation = begun(seed=seed)

    for table, column in (
        ("technicians", "name"),
        ("customers", "name"),
        ("equipment", "serial_number"),
    ):
        values = [getattr(row, column) for row in simulation.rows(table)]  # type: ignore[arg-type]
        assert len(set(values)) == len(values)


def test_whatever_is_reported_can_be_done_by_at_least_two() -> None:
    technicians: list[Technician] = begun().rows("technicians")

    for service in SERVICES.values():
        able = [one for one in technicians if set(service.skills) <= set(one.skills)]
        assert len(able) >= 2
    assert all(technician.certifications and technician.capacity for technician in technicians)


def test_a_world_that_has_begun_does_not_begin_again() -> None:
    simulation = begun()
    numbers = dict(simulation.world.numbers)

    batch = simulation.advance(
        "world_setup", simulation.world.slots["world_setup"] + 1_000_000, setup.generate
    )

    assert not batch.changes
    assert simulation.world.numbers == numbers


def test_customers_who_are_there_stay_when_technicians_come_anew() -> None:
    simulation = begun()
    at = simulation.world.slots["world_setup"]
    simulation.world.technicians.clear()
    simulation.tables["technicians"].clear()

    batch = setup.generate(simulation.given("world_setup", at + 1_000_000), simulation.world)

    assert {type(row) for row in batch.rows} == {Technician}


def test_a_world_begins_the_same_for_the_same_seed() -> None:
    assert begun(seed=5).all_rows() == begun(seed=5).all_rows()
    assert begun(seed=5).all_rows() != begun(seed=6).all_rows()


def test_machines_of_a_new_customer_are_there_when_it_comes() -> None:
    world = World(seed=1)
    machines = setup.equipment_for(
        draw_for(1, "business_record_activities", "slot", "lead"),
        run_id="run",
        customer_id="cust-40",
        count=3,
        at=5_000_000,
    )

    assert [machine.customer_id for machine in machines] == ["cust-40"] * 3
    assert {machine.created_at for machine in machines} == {5_000_000}
    assert len({machine.serial_number for machine in machines}) == 3
    assert not world.equipment

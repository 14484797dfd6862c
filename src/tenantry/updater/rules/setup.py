"""What a world begins with: technicians, the first customers, and their machines."""

from typing import Final

from tenantry.updater.model import Batch, Customer, Equipment, Row, Technician, World
from tenantry.updater.rules import identity
from tenantry.updater.rules.desk.machines import model_for, serial_number
from tenantry.updater.rules.desk.skills import TRADES, Trade
from tenantry.updater.rules.draw import Draw, Weights
from tenantry.updater.rules.run import Run

CUSTOMER_COUNT: Final = 15
_MACHINES: Final = Weights({1: 25, 2: 35, 3: 25, 4: 15})
# The first customers report most, so they have most to report about.
_LARGE_COUNT: Final = 3
_MOST_MACHINES: Final = 4
_CAPACITIES: Final = (4, 5)
_DOMAIN: Final = "field-service.example"
_INDUSTRIES: Final = (
    "healthcare",
    "legal",
    "education",
    "manufacturing",
    "retail",
    "professional_services",
    "government",
    "non_profit",
    "real_estate",
)


def generate(run: Run, world: World) -> Batch:
    """Return the beginning of a world, where there is none: all of it is there from `slot.at` on.

    The world is not empty any more once it has technicians; customers there are already stay.
    """
    if world.technicians:
        return Batch()
    rows = list[Row]()

    names = set[str]()
    for place, trade in enumerate(TRADES):
        technician = _technician(run, place, trade, names)
        names.add(technician.name)
        rows.append(technician)

    companies = {customer.name for customer in world.customers.values()}
    for _ in range(0 if world.customers else CUSTOMER_COUNT):
        number = world.number("customer", 1)
        draw = run.draw(f"customer:{number}")
        customer = _customer(draw, run, number, companies)
        companies.add(customer.name)
        rows.append(customer)
        rows += equipment_for(
            draw,
            run_id=run.slot.run_id,
            customer_id=customer.id,
            count=_MOST_MACHINES if number <= _LARGE_COUNT else draw.weighted(_MACHINES),
            at=run.slot.at,
        )
    return Batch(rows)


def equipment_for(
    draw: Draw, *, run_id: str, customer_id: str, count: int, at: int
) -> list[Equipment]:
    """Return the machines that a customer gets at an instant; the first of them is a copier."""
    machines = list[Equipment]()
    for place in range(count):
        model = model_for(draw, place)
        machines.append(
            Equipment(
                id=draw.id(),
                run_id=run_id,
                customer_id=customer_id,
                model=model.name,
                kind=model.kind,
                serial_number=serial_number(draw, model, customer_id, place),
                installed_at=at,
                created_at=at,
                updated_at=at,
            )
        )
    return machines


def _technician(run: Run, place: int, trade: Trade, names: set[str]) -> Technician:
    draw = run.draw(f"technician:{place}")
    person = identity.person(draw)
    while person.name in names:
        person = identity.person(draw)
    return Technician(
        id=draw.id(),
        run_id=run.slot.run_id,
        name=person.name,
        email=person.email(_DOMAIN),
        phone=identity.phone(draw, identity.place(draw)),
        skills=trade.skills,
        certifications=trade.certifications,
        capacity=draw.pick(_CAPACITIES),
        created_at=run.slot.at,
        updated_at=run.slot.at,
    )


def _customer(draw: Draw, run: Run, number: int, companies: set[str]) -> Customer:
    industry = draw.pick(_INDUSTRIES)
    name = identity.company(draw, industry)
    while name in companies:
        name = identity.company(draw, industry)
    where = identity.place(draw)
    address = identity.address(draw, where)
    return Customer(
        id=f"cust-{number}",
        run_id=run.slot.run_id,
        business_record_id=None,
        name=name,
        phone=identity.phone(draw, where),
        email=f"service@{identity.domain(name)}",
        address_line1=address.line1,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        created_at=run.slot.at,
        updated_at=run.slot.at,
    )

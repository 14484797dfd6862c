"""What customers report in a slot: tickets that begin."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from tenantry.updater.model import Customer, Equipment, Ticket, World
from tenantry.updater.rules.calendar import SECOND
from tenantry.updater.rules.desk.machines import FIRST_KIND
from tenantry.updater.rules.desk.problem import SERVICES, Problem, problems_of
from tenantry.updater.rules.draw import Draw, Weights
from tenantry.updater.rules.run import Run
from tenantry.updater.rules.weights import weights_of

_ANY: Final = 1 << 32
_BY_PERSON: Final = Weights({"phone": 60, "portal": 40})
_BY_NIGHT: Final = Weights({"portal": 50, "monitoring": 50})
_NOTICED: Final = 1500
# People report from an hour before technicians work.
_EARLIER: Final = 1
_TENTHS: Final = {"urgent": 8, "high": 10, "medium": 10, "low": 12}

# A few customers report most: Zipf's law, flattened at its head, since cust-1 alone would
# otherwise have every fourth ticket of a young world.
_ZIPF_SCALE: Final = 1 << 40
_ZIPF_FLAT: Final = 2
_TRIES: Final = 32
_ZIPF: Final = [_ZIPF_SCALE // (1 + _ZIPF_FLAT)]


class _Where(NamedTuple):
    customer: Customer
    machine: Equipment | None


def reports(run: Run, world: World) -> list[Ticket]:
    """Return the tickets that are reported in a slot, in order of time and of their numbers.

    What would be reported before there is a customer is not.
    """
    tickets = list[Ticket]()
    for place, (at, is_day) in enumerate(_times(run)):
        draw = run.draw(f"ticket:{place}")
        ticket_type = draw.weighted(weights_of(run.config.tickets.types_distribution))
        where = _place(draw, world, ticket_type, at)
        if where is not None:
            number = world.number("ticket", 1000)
            tickets.append(
                _ticket(run, draw, ticket_type, where, number=number, at=at, is_day=is_day)
            )
    return tickets


def _times(run: Run) -> list[tuple[int, bool]]:
    """Return when tickets are reported, and whether that is by day."""
    after, until = run.slot.after, run.slot.at
    seconds = (until - after) // SECOND
    if seconds <= 0:
        return []
    rows = run.config.tickets.rows_per_run
    draw = run.draw("tickets")
    hours = run.calendar.adjusted(
        opens_earlier=_EARLIER, weekends=run.config.tickets.include_weekends
    )
    times = list[tuple[int, bool]]()
    for _ in range(draw.between(rows.min, rows.max)):
        number = draw.below(_ANY)
        moment = hours.moment(after, until, number=number)
        if moment is None:
            times.append((after + (1 + number % seconds) * SECOND, False))
        else:
            times.append((moment, True))
    return sorted(times)


def _place(draw: Draw, world: World, ticket_type: str, at: int) -> _Where | None:
    """Return whose machine a ticket is about: one that can have a problem of its type."""
    found: Customer | None = None
    for customer in _customers(draw, world, at):
        machines = [
            machine
            for machine in world.equipment.values()
            if machine.customer_id == customer.id
            and machine.created_at <= at
            and problems_of(ticket_type, machine.kind)
        ]
        if machines:
            machines.sort(key=_id_of)
            return _Where(customer, draw.pick(machines))
        found = found or customer
    return None if found is None else _Where(found, None)


def _customers(draw: Draw, world: World, at: int) -> Iterator[Customer]:
    """Yield customers, some of them drawn and then all others there are by their ids."""
    top = world.numbers.get("customer", 1) - 1
    for _ in range(_TRIES if top else 0):
        customer = world.customers.get(f"cust-{_zipf(draw, top)}")
        if customer is not None and _is_served(world, customer, at):
            yield customer
    for _, customer in sorted(world.customers.items()):
        if _is_served(world, customer, at):
            yield customer


def _is_served(world: World, customer: Customer, at: int) -> bool:
    """Whether a customer is one at an instant: neither too new, nor gone or in a person's hands."""
    record_id = customer.business_record_id
    return customer.created_at <= at and (record_id is None or record_id in world.accounts)


def _id_of(machine: Equipment) -> str:
    return machine.id


def _zipf(draw: Draw, top: int) -> int:
    """Return a number from 1 to `top`, small ones more often."""
    while len(_ZIPF) < top:
        _ZIPF.append(_ZIPF[-1] + _ZIPF_SCALE // (len(_ZIPF) + 1 + _ZIPF_FLAT))
    place = draw.below(_ANY) * _ZIPF[top - 1] >> 32
    low, high = 0, top - 1
    while low < high:
        middle = (low + high) // 2
        if _ZIPF[middle] <= place:
            low = middle + 1
        else:
            high = middle
    return low + 1


def _ticket(
    run: Run,
    draw: Draw,
    ticket_type: str,
    where: _Where,
    *,
    number: int,
    at: int,
    is_day: bool,
) -> Ticket:
    config = run.config.tickets
    customer, machine = where
    service = SERVICES[ticket_type]
    problem = draw.pick(problems_of(ticket_type, FIRST_KIND if machine is None else machine.kind))
    priority = draw.weighted(weights_of(config.priority_distribution))
    minutes = service.minutes * _TENTHS.get(priority, 10) // 10
    if is_day:
        is_noticed = service.is_monitored and draw.chance(_NOTICED)
        via = "monitoring" if is_noticed else draw.weighted(_BY_PERSON)
    else:
        via = draw.weighted(_BY_NIGHT) if service.is_monitored else "portal"
    return Ticket(
        id=draw.id(),
        run_id=run.slot.run_id,
        customer_id=customer.id,
        equipment_id=None if machine is None else machine.id,
        ticket_number=f"ST-{number}",
        ticket_type=ticket_type,
        title=problem.title,
        description=_description(problem, machine),
        priority=priority,
        reported_via=via,  # type: ignore[arg-type]  # the weights have nothing else
        estimated_duration=max(
            config.min_estimated_duration, min(minutes, config.max_estimated_duration)
        ),
        customer_address=(
            f"{customer.address_line1}, {customer.city}, {customer.state} {customer.postal_code}"
        ),
        customer_phone=customer.phone,
        required_skills=service.skills,
        required_parts=problem.parts,
        created_at=at,
        updated_at=at,
    )


def _description(problem: Problem, machine: Equipment | None) -> str:
    if machine is None:
        return problem.description.format(machine="copier")
    return problem.description.format(machine=f"{machine.model} ({machine.serial_number})")

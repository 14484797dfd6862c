"""A service desk at work, with nobody selling anything meanwhile, and what it did seen closely."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from tenantry.updater.model import (
    Batch,
    GenerationConfig,
    Technician,
    Ticket,
    TicketConfig,
    TicketUpdate,
    Update,
)
from tenantry.updater.rules import setup, tickets
from tenantry.updater.rules.calendar import SECOND, BusinessCalendar
from tenantry.updater.rules.run import SETUP, Run
from tests.support.simulation import START, TICKETS, Generate, Simulation

DESK_ONLY: Final[Mapping[str, Generate]] = {TICKETS: tickets.generate}


def begun(
    *,
    seed: int = 1,
    config: TicketConfig | None = None,
    calendar: BusinessCalendar | None = None,
    generators: Mapping[str, Generate] = DESK_ONLY,
    start: date = START,
) -> Simulation:
    """Return a simulation whose world has begun at noon of the day before."""
    simulation = Simulation(
        seed=seed,
        config=GenerationConfig(tickets=config or TicketConfig()),
        calendar=calendar,
        generators=generators,
        start=start,
    )
    zone = ZoneInfo(simulation.calendar.timezone)
    noon = datetime.combine(start - timedelta(days=1), time(12), tzinfo=zone)
    simulation.advance(SETUP, int(noon.timestamp()) * SECOND, setup.generate)
    return simulation


class Moment(msgspec.Struct, frozen=True):
    """A change of a ticket: the run that made it, and the row before and after."""

    run: Run
    before: Ticket | None
    after: Ticket


class Watch:
    """Follows tickets through batches, change by change."""

    def __init__(self, technicians: Mapping[str, Technician]) -> None:
        self.technicians = technicians
        self.tickets = dict[str, Ticket]()
        self.lines = dict[str, list[TicketUpdate]]()
        self.load = Counter[str]()

    def follow(self, run: Run, batch: Batch) -> Iterator[Moment]:
        """Yield the changes of tickets, while `load` is what it is after each."""
        for change in batch.changes:
            if isinstance(change, Ticket):
                self.tickets[change.id] = change
                yield Moment(run, None, change)
            elif isinstance(change, Update):
                before = self.tickets[change.row_id]
                after = msgspec.structs.replace(before, **change.values)
                self.tickets[change.row_id] = after
                self._count(before, -1)
                self._count(after, 1)
                yield Moment(run, before, after)
            elif isinstance(change, TicketUpdate):
                self.lines.setdefault(change.ticket_id, []).append(change)

    def _count(self, ticket: Ticket, by: int) -> None:
        if ticket.status in {"assigned", "in-progress"}:
            self.load[ticket.assigned_technician_id or ""] += by

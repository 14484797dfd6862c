"""A living tenant without a scheduler: the slots of the default schedules, in plain Python."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from tenantry.updater.model import (
    DEFAULT_TIMEZONE,
    TABLES,
    Batch,
    GenerationConfig,
    Row,
    Slot,
    TableName,
    Update,
    World,
)
from tenantry.updater.rules import activities, leads, setup, tickets
from tenantry.updater.rules.calendar import DAY_SECONDS, SECOND, BusinessCalendar
from tenantry.updater.rules.run import SETUP, Run

Generate: TypeAlias = Callable[[Run, World], Batch]

TENANT: Final = "550e8400-e29b-41d4-a716-446655440000"
START: Final = date(2024, 1, 1)

LEADS: Final = "business_records"
ACTIVITIES: Final = "business_record_activities"
TICKETS: Final = "service_tickets"

GENERATORS: Final[dict[str, Generate]] = {
    LEADS: leads.generate,
    ACTIVITIES: activities.generate,
}
WHOLE_TENANT: Final[dict[str, Generate]] = {
    **GENERATORS,
    TICKETS: tickets.generate,
    SETUP: setup.generate,
}
"""All there are; `Simulation.begin` makes what a world begins with."""
WEEK: Final = tuple(range(1, 8))
WEEKDAYS: Final = tuple(range(1, 6))


class Hours(msgspec.Struct, frozen=True):
    """When an updater runs: at full hours, local time, on days (1 Monday … 7 Sunday)."""

    hours: Sequence[int]
    days: Sequence[int] = WEEKDAYS


SCHEDULES: Final = {
    ACTIVITIES: Hours((9, 11, 13, 15, 17)),
    TICKETS: Hours((0, 6, 12, 18), WEEK),
    LEADS: Hours((10,)),
}


class Simulation:
    """The world of a tenant, and its tables as they are after all slots so far.

    `generators` are by the name of their updater; those that have no schedule are not run by
    `run`, but `advance` runs whatever it is asked for.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        config: GenerationConfig | None = None,
        calendar: BusinessCalendar | None = None,
        generators: Mapping[str, Generate] = GENERATORS,
        schedules: Mapping[str, Hours] = SCHEDULES,
        start: date = START,
    ) -> None:
        self.seed = seed
        self.config = config or GenerationConfig()
        self.calendar = calendar or BusinessCalendar(DEFAULT_TIMEZONE)
        self.generators = generators
        self.schedules = schedules
        self.day = start
        self.world = World(seed=seed)
        self.tables: dict[TableName, dict[str, Any]] = {name: {} for name in TABLES}

    def begin(self) -> tuple[Run, Batch]:
        """Make what the world begins with, at the end of the day before the first."""
        first = _instant(self.day, 0, ZoneInfo(self.calendar.timezone)) - SECOND
        run = self.given(SETUP, first)
        batch = self.generators[SETUP](run, self.world)
        self.take(run, batch)
        return run, batch

    def run(self, days: int) -> Iterator[tuple[Run, Batch]]:
        """Run the slots of the next days, one by one; each is in the tables when it is yielded."""
        for _ in range(days):
            day = self.day
            self.day += timedelta(days=1)
            for at, updater in self.slots(day):
                run = self.given(updater, at)
                batch = self.generators[updater](run, self.world)
                self.take(run, batch)
                yield run, batch

    def run_all(self, days: int) -> "Simulation":
        """Run all slots of the next days, and return this."""
        for _ in self.run(days):
            pass
        return self

    def slots(self, day: date) -> list[tuple[int, str]]:
        """Return the slots of a local day in the order in which they run."""
        zone = ZoneInfo(self.calendar.timezone)
        return sorted(
            (_instant(day, hour, zone), updater)
            for updater, times in self.schedules.items()
            if updater in self.generators and day.isoweekday() in times.days
            for hour in times.hours
        )

    def given(self, updater: str, at: int) -> Run:
        """Return what an updater is given at an instant."""
        key = datetime.fromtimestamp(at // SECOND, UTC).isoformat()
        slot = Slot(
            updater=updater,
            at=at,
            after=self.world.slots.get(updater, at - DAY_SECONDS * SECOND),
            key=key,
            run_id=f"{updater}:{key}",
        )
        return Run(
            tenant_id=TENANT,
            seed=self.seed,
            slot=slot,
            config=self.config,
            calendar=self.calendar,
        )

    def advance(self, updater: str, at: int, generate: Generate | None = None) -> Batch:
        """Run one slot, and return what it has changed."""
        run = self.given(updater, at)
        batch = (generate or self.generators[updater])(run, self.world)
        self.take(run, batch)
        return batch

    def take(self, run: Run, batch: Batch) -> None:
        """Bring world and tables to after a batch."""
        self.world.take(batch)
        self.world.slots[run.slot.updater] = run.slot.at
        for change in batch.changes:
            if isinstance(change, Update):
                table = self.tables[change.table]
                table[change.row_id] = msgspec.structs.replace(
                    table[change.row_id], **change.values
                )
            else:
                table = self.tables[change.table]
                assert change.id not in table, f"{change.id} is there already"
                table[change.id] = change

    def rows(self, table: TableName) -> list[Any]:
        """Return the rows of a table as they are now, in the order in which they began."""
        return list(self.tables[table].values())

    def all_rows(self) -> list[Row]:
        """Return the rows of all tables."""
        return [row for table in TABLES for row in self.tables[table].values()]


def _instant(day: date, hour: int, zone: ZoneInfo) -> int:
    local = datetime.combine(day, time(hour), tzinfo=zone)
    return int(local.timestamp()) * SECOND

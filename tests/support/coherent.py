"""A tenant whose rows agree, as one makes it: the basis for planting faults."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, Final, TypeAlias

import msgspec

from tenantry.updater.model import TABLES, Row, TableName
from tenantry.updater.rules import setup, tickets
from tenantry.updater.rules.calendar import DAY_SECONDS, SECOND
from tests.support.simulation import GENERATORS, TICKETS, Simulation

Tables: TypeAlias = dict[TableName, dict[str, Any]]

ALL_GENERATORS: Final = {**GENERATORS, TICKETS: tickets.generate}
SETUP: Final = "world_setup"


def populated(*, seed: int = 1, **options: Any) -> Simulation:
    """Return a simulation that has technicians and first customers, and no day yet."""
    simulation = Simulation(seed=seed, generators=ALL_GENERATORS, **options)
    first, _ = simulation.slots(simulation.day)[0]
    simulation.advance(SETUP, first - DAY_SECONDS * SECOND // 24, setup.generate)
    return simulation


@cache
def simulated(days: int, seed: int = 1) -> Simulation:
    """Return a simulation after so many days; it is shared, so nobody changes it."""
    return populated(seed=seed).run_all(days)


def now_of(simulation: Simulation) -> int:
    """Return the instant of the last slot."""
    return max(simulation.world.slots.values())


def copied(simulation: Simulation) -> Tables:
    """Return the tables, to be changed."""
    return {table: dict(simulation.tables[table]) for table in TABLES}


def rows_of(tables: Tables) -> dict[TableName, list[Row]]:
    """Return the rows by table."""
    return {table: list(rows.values()) for table, rows in tables.items()}


def changed(tables: Tables, row: Any, **values: Any) -> Any:
    """Give columns of a row other values, and return the row."""
    after = msgspec.structs.replace(row, **values)
    tables[row.table][row.id] = after
    return after


def the_first(rows: Iterable[Any], is_wanted: Callable[[Any], object]) -> Any:
    """Return the first row that is as it is wanted."""
    return next(row for row in rows if is_wanted(row))

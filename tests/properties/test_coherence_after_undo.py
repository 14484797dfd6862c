"""Whatever runs are undone: what is left is coherent, and so is what is made from there on."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.updater.model import PARENTS, TABLES, Batch, TableName, Update, World
from tenantry.updater.rules.coherence import check_batch, check_tables
from tests.support.coherent import ALL_GENERATORS, Tables, now_of, populated, rows_of
from tests.support.simulation import Simulation

DAYS = 45
FURTHER_DAYS = 25


class Lived(msgspec.Struct):
    """A simulation, and what each of its runs has changed; the first is the beginning."""

    simulation: Simulation
    batches: list[Batch]


@cache
def lived() -> Lived:
    simulation = populated(seed=5)
    beginning = Batch(simulation.all_rows())
    batches = [batch for _, batch in simulation.run(DAYS)]
    return Lived(simulation, [beginning, *(batch for batch in batches if batch.changes)])


def touched_by(batches: Sequence[Batch]) -> dict[TableName, set[str]]:
    touched: dict[TableName, set[str]] = {table: set() for table in TABLES}
    for batch in batches:
        for change in batch.changes:
            row_id = change.row_id if isinstance(change, Update) else change.id
            touched[change.table].add(row_id)
    return touched


def left_by(batches: Sequence[Batch]) -> Tables:
    """Return the rows that these runs leave: those whose parents are left, too."""
    tables: Tables = {table: {} for table in TABLES}
    for batch in batches:
        for change in batch.changes:
            rows = tables[change.table]
            if not isinstance(change, Update):
                rows[change.id] = change
            elif change.row_id in rows:
                rows[change.row_id] = msgspec.structs.replace(rows[change.row_id], **change.values)
    for table in TABLES:
        for row_id, row in list(tables[table].items()):
            parents = (
                (parent_table, getattr(row, column))
                for column, parent_table in PARENTS[table].items()
            )
            if any(
                parent_id is not None and parent_id not in tables[parent_table]
                for parent_table, parent_id in parents
            ):
                del tables[table][row_id]
    return tables


def standing_of(undone: Collection[int]) -> tuple[list[Batch], list[Batch]]:
    batches = lived().batches
    places = {1 + place % (len(batches) - 1) for place in undone}
    return (
        [batch for place, batch in enumerate(batches) if place not in places],
        [batch for place, batch in enumerate(batches) if place in places],
    )


def goes_on(tables: Tables) -> Simulation:
    """Return a simulation that goes on from these rows."""
    before = lived().simulation
    after = populated(seed=5)
    after.day = before.day
    after.tables = tables
    after.world = World(
        seed=before.seed, slots=dict(before.world.slots), numbers=dict(before.world.numbers)
    )
    after.world.take(Batch([row for rows in rows_of(tables).values() for row in rows]))
    return after


undone_runs = st.sets(st.integers(min_value=0, max_value=1000), min_size=1, max_size=60)


@given(undone=undone_runs)
@settings(max_examples=25, deadline=None)
def test_what_an_undo_leaves_is_coherent(undone: set[int]) -> None:
    standing, gone = standing_of(undone)

    checked = check_tables(
        rows_of(left_by(standing)), now_of(lived().simulation), undone=touched_by(gone)
    )

    assert checked.faults == ()


@given(undone=undone_runs)
@settings(max_examples=10, deadline=None)
def test_what_is_made_after_an_undo_is_coherent(undone: set[int]) -> None:
    standing, gone = standing_of(undone)
    simulation = goes_on(left_by(standing))

    faults = list[Any]()
    for _ in range(FURTHER_DAYS):
        day = simulation.day
        simulation.day += timedelta(days=1)
        for at, updater in simulation.slots(day):
            run = simulation.given(updater, at)
            batch = ALL_GENERATORS[updater](run, simulation.world)
            faults += check_batch(batch, simulation.world, run)
            simulation.take(run, batch)
    checked = check_tables(rows_of(simulation.tables), now_of(simulation), undone=touched_by(gone))

    assert faults == []
    assert checked.faults == ()

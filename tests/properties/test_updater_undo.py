"""Undoing takes back what runs did and nothing else, in any order, and keeps what is a person's."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tenantry.base import SystemClock
from tenantry.db import Database, Tenant, Transaction, migrate, open_database
from tenantry.updater import store
from tenantry.updater.model import (
    PARENTS,
    TABLES,
    Change,
    Row,
    RowName,
    TableName,
    UndoPlan,
    Update,
)
from tenantry.updater.service.taking_back import undo_runs
from tests.properties.undo_model import UndoModel, name_of, parents_of
from tests.support.counts import IS_SOAK
from tests.support.living import (
    activity,
    customer,
    line,
    machine,
    record,
    run_of,
    technician,
    ticket,
)

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

_EXAMPLES = 400 if IS_SOAK else 40
_TEXTS: dict[TableName, str] = {
    "business_records": "lost_reason",
    "customers": "name",
    "technicians": "name",
    "equipment": "model",
    "business_record_activities": "next_action",
    "service_tickets": "work_order_notes",
    "service_ticket_updates": "new_value",
}


class Tenancy:
    """A tenant whose rows are made, moved, edited and taken back at random."""

    def __init__(self, database: Database, tenant_id: str, draw: Callable[..., Any]) -> None:
        self._database = database
        self._tenant_id = tenant_id
        self.draw = draw
        self._numbers = count(1)
        self.model = UndoModel()

    async def run(self) -> None:
        """Have a run begin rows and change some, those of others and its own."""
        number = next(self._numbers)
        known = self.model.rows()
        changes = list[Change]()
        for _ in range(self.draw(st.integers(1, 5))):
            change = self._update(known) if known and self.draw(st.booleans()) else None
            if change is None:
                row = self._begin(known, f"{number}-{len(changes)}")
                known[name_of(row)] = row
                changes.append(row)
            else:
                name = RowName(change.table, change.row_id)
                known[name] = msgspec.structs.replace(known[name], **change.values)
                changes.append(change)
        run, batch = run_of(self._tenant_id, number, *changes)
        encoded = store.encode_batch([(run, batch)])
        await self._write(store.write_batch, self._tenant_id, encoded)
        self.model.commit(run, batch)

    async def edit(self) -> None:
        """Have a person edit a row, or say that it is his as it is."""
        rows = self.model.rows()
        if not rows:
            return
        row = rows[self.draw(st.sampled_from(sorted(rows)))]
        values = {_TEXTS[row.table]: "mine"} if self.draw(st.booleans()) else {}
        await self._write(
            store.edit_row, self._tenant_id, row.table, row.id, values, at=1, by="ann"
        )
        self.model.edit(row, values)

    async def undo(self) -> None:
        """Undo a run, or several at once, and check what is there and what was said."""
        if not self.model.standing:
            return
        some = st.lists(st.sampled_from(self.model.standing), min_size=1, max_size=3, unique=True)
        run_ids = self.draw(some)
        before = self.model.rows()
        self.model.undone.update(run_ids)
        after = self.model.rows()

        plan = await self._write(undo_runs, self._tenant_id, run_ids, at=1, by="ann")

        assert await self.stored() == after
        gone = before.keys() - after.keys()
        assert {*plan.removed, *plan.removed_with} == gone
        begun = {name_of(row) for run_id in run_ids for row in self.model.runs[run_id].rows}
        assert set(plan.removed) == gone & begun
        assert {name_of(row) for row in plan.returned} == after.keys() - before.keys()
        assert {name_of(row) for row in plan.restored} == {
            name for name, row in after.items() if name in before and before[name] != row
        }
        self._check_kept(plan, run_ids, begun & after.keys())

    def _check_kept(self, plan: UndoPlan, run_ids: list[str], stayed: set[RowName]) -> None:
        kept = {each.name: each.reason for each in plan.kept}
        touched = {
            RowName(change.table, change.row_id) if isinstance(change, Update) else name_of(change)
            for run_id in run_ids
            for change in self.model.runs[run_id].changes
        }
        assert stayed | (touched & self.model.edited.keys()) <= kept.keys()
        for name, reason in kept.items():
            assert name in self.needed()
            assert (reason == "edited") == (name in self.model.edited)
        if not self.model.edited:
            assert not kept

    def needed(self) -> set[RowName]:
        """Return what is edited, and all that it refers to."""
        rows = self.model.rows()
        needed = set(self.model.edited)
        while more := {each for name in needed for each in parents_of(rows[name])} - needed:
            needed |= more
        return needed

    async def stored(self) -> dict[RowName, Row]:
        def unit(tx: Transaction) -> dict[RowName, Row]:
            return {
                name_of(each.row): each.row
                for table in TABLES
                for chunk in store.rows_of(tx, self._tenant_id, table)
                for each in chunk
            }

        return await self._database.read(Tenant(self._tenant_id), unit)

    async def _write(self, unit: Any, *args: Any, **values: Any) -> Any:
        return await self._database.write(Tenant(self._tenant_id), unit, *args, **values)

    def _begin(self, known: dict[RowName, Row], id_: str) -> Row:
        """Return a row that refers to rows there are."""
        possible = [
            table
            for table in TABLES
            if all(
                _is_optional(table, column) or self._some(known, parent)
                for column, parent in PARENTS[table].items()
            )
        ]
        table = self.draw(st.sampled_from(possible))
        parents = {column: self._parent(known, table, column) for column in PARENTS[table]}
        return _new(table, id_, parents)

    def _update(self, known: dict[RowName, Row]) -> Update | None:
        """Return a change of some columns of a row, perhaps of what it refers to."""
        free = sorted(known.keys() - self.model.edited.keys())
        if not free:
            return None
        row = known[self.draw(st.sampled_from(free))]
        text = self.draw(st.sampled_from(("a", "b", "c")))
        values: dict[str, Any] = {_TEXTS[row.table]: text}
        for column in PARENTS[row.table]:
            if self.draw(st.booleans()):
                values[column] = self._parent(known, row.table, column)
        return Update(row.table, row.id, values)

    def _parent(self, known: dict[RowName, Row], table: TableName, column: str) -> str | None:
        ids: list[str | None] = [*self._some(known, PARENTS[table][column])]
        if _is_optional(table, column):
            ids.append(None)
        found: str | None = self.draw(st.sampled_from(ids))
        return found

    def _some(self, known: dict[RowName, Row], table: TableName) -> list[str]:
        return sorted(name.id for name in known if name.table == table)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def play(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return what plays with a new tenant, on a database that all examples share."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    numbers = count()
    with asyncio.Runner() as loop:
        database = open_database(url)
        loop.run(database.start())
        loop.run(migrate(database, clock=SystemClock()))

        def begin(part: Any, data: st.DataObject) -> None:
            loop.run(part(Tenancy(database, f"tenant-{next(numbers)}", data.draw)))

        yield begin
        loop.run(database.stop())


_MANY = settings(
    max_examples=_EXAMPLES,
    database=None,
    phases={Phase.explicit, Phase.generate},
    suppress_health_check=list(HealthCheck),
)


@_MANY
@given(data=st.data())
def test_runs_are_undone_in_any_order_until_nothing_is_left(play: Any, data: st.DataObject) -> None:
    play(_all_is_undone, data)


@_MANY
@given(data=st.data())
def test_what_a_person_has_edited_is_kept_and_named_with_all_that_it_needs(
    play: Any, data: st.DataObject
) -> None:
    play(_all_but_what_is_edited_is_undone, data)


async def _all_is_undone(tenancy: Tenancy) -> None:
    for _ in range(8):
        await tenancy.run()
        if tenancy.draw(st.integers(0, 2)) == 0:
            await tenancy.undo()
    while tenancy.model.standing:
        await tenancy.undo()

    assert await tenancy.stored() == {}


async def _all_but_what_is_edited_is_undone(tenancy: Tenancy) -> None:
    for _ in range(6):
        await tenancy.run()
    for _ in range(2):
        await tenancy.edit()
    while tenancy.model.standing:
        await tenancy.undo()

    left = await tenancy.stored()
    assert tenancy.model.edited.items() <= left.items()
    assert left.keys() == tenancy.needed()


def _is_optional(table: TableName, column: str) -> bool:
    return column in ("equipment_id", "assigned_technician_id") or table == "customers"


def _new(table: TableName, id_: str, parents: dict[str, Any]) -> Row:
    number = int(id_.replace("-", "0"))
    make: dict[TableName, Callable[[], Row]] = {
        "business_records": lambda: record(id_),
        "customers": lambda: customer(id_, **parents),
        "technicians": lambda: technician(id_),
        "equipment": lambda: machine(id_, **parents),
        "business_record_activities": lambda: activity(id_, **parents),
        "service_tickets": lambda: ticket(id_, number=number, **parents),
        "service_ticket_updates": lambda: line(id_, **parents),
    }
    return make[table]()

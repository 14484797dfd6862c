"""Undoing runs within a unit, on both databases."""

from typing import Any

import msgspec
import pytest

from tenantry.db import Database, Tenant, Transaction
from tenantry.updater import store
from tenantry.updater.errors import AlreadyUndone
from tenantry.updater.model import (
    TABLES,
    Batch,
    Kept,
    Row,
    RowName,
    RunRecord,
    StoredRow,
    StoredWorld,
    TableName,
    UndoPlan,
)
from tenantry.updater.service.taking_back import undo_runs
from tests.support.living import (
    activity,
    customer,
    everything,
    line,
    machine,
    record,
    run_of,
    ticket,
    update,
)

ACME = "acme"
LEAD, CUSTOMER, TECHNICIAN, MACHINE, CALL, TICKET, LINE = everything()


async def test_a_run_is_undone_with_what_needs_its_rows_and_nothing_else(
    database: Database,
) -> None:
    other, note = record("r-2"), activity("a-2", "r-1")
    await write(database, run_of(ACME, 1, *everything(), other))
    await write(database, run_of(ACME, 2, record("r-3"), update(other, city="Oslo")))
    await write(database, run_of(ACME, 3, note, update(other, status="contacted")))

    plan = await undo(database, "run-2")
    assert plan == UndoPlan(
        removed=(RowName("business_records", "r-3"),),
        restored=(msgspec.structs.replace(other, status="contacted"),),
    )
    assert await rows(database) == {
        *everything(),
        note,
        msgspec.structs.replace(other, status="contacted"),
    }

    plan = await undo(database, "run-1")
    assert plan.removed_with == (RowName("business_record_activities", "a-2"),)
    assert await rows(database) == set()
    assert (await undo(database, "run-3")).forgotten == plan.removed_with


async def test_all_runs_are_undone_at_once(database: Database) -> None:
    await write(database, run_of(ACME, 1, *everything()))
    runs = [
        run_of(ACME, number, activity(f"b-{number}", "r-1"), update(LEAD, status=str(number)))
        for number in range(2, 200)
    ]
    await write(database, *runs)

    plan = await undo(database, *(f"run-{number}" for number in range(1, 200)))

    assert (len(plan.removed), plan.removed_with, plan.restored) == (205, (), ())
    assert await rows(database) == set()


async def test_a_run_that_is_undone_is_not_undone_again_and_nothing_else_with_it(
    database: Database,
) -> None:
    await write(database, run_of(ACME, 1, *everything()), run_of(ACME, 2, record("r-2")))
    await undo(database, "run-2")

    for again in (("run-2",), ("run-1", "run-2"), ("run-9",)):
        with pytest.raises(AlreadyUndone, match=r"run-[29]"):
            await undo(database, *again)

    assert await rows(database) == {*everything()}


async def test_what_a_person_has_edited_stays_with_what_it_needs(database: Database) -> None:
    await write(database, run_of(ACME, 1, *everything()))
    await write(database, run_of(ACME, 2, line("l-2", "s-1"), update(TICKET, status="assigned")))
    await edit(database, LINE, notes="Mine.")
    await edit(database, TECHNICIAN, name="Mine")

    kept = {each.name.id: each.reason for each in (await undo(database, "run-1")).kept}

    assert kept == {
        "l-1": "edited",
        "t-1": "edited",
        "s-1": "needed",
        "m-1": "needed",
        "cust-1": "needed",
        "r-1": "needed",
    }
    assert {row.id for row in await rows(database)} == {*kept, "l-2"}
    plan = await undo(database, "run-2")
    assert plan.restored == (TICKET,)
    assert {row.id for row in await rows(database)} == {*kept}


async def test_what_was_kept_for_a_row_that_has_moved_away_is_not_kept_any_longer(
    database: Database,
) -> None:
    other = customer("cust-2")
    theirs = machine("m-2", "cust-2")
    await write(database, run_of(ACME, 1, other))
    await write(database, run_of(ACME, 2, *everything(), theirs))
    await write(database, run_of(ACME, 3, update(TICKET, equipment_id="m-2")))
    lines: TableName = "service_ticket_updates"
    values = {"new_value": "mine"}
    await database.write(Tenant(ACME), store.edit_row, ACME, lines, "l-1", values, at=1, by="ann")
    # The line that is edited needs its ticket, that the machine, and that its owner.
    plan = await undo(database, "run-1")
    assert Kept(name=RowName("customers", "cust-2"), reason="needed") in plan.kept

    plan = await undo(database, "run-3")

    assert plan.removed == ()
    assert plan.removed_with == (RowName("customers", "cust-2"), RowName("equipment", "m-2"))
    assert not {other, theirs} & await rows(database)
    assert TICKET in await rows(database)


async def test_an_update_that_came_too_late_for_an_edited_row_is_not_undone_in_it(
    database: Database,
) -> None:
    await write(database, run_of(ACME, 1, LEAD))
    await edit(database, LEAD, city="Rome")
    await write(database, run_of(ACME, 2, update(LEAD, city="Oslo", status="contacted")))

    plan = await undo(database, "run-2")

    name = RowName("business_records", "r-1")
    assert plan == UndoPlan(kept=(Kept(name=name, reason="edited"),))
    assert await rows(database) == {msgspec.structs.replace(LEAD, city="Rome")}


async def test_numbers_are_not_given_back(database: Database) -> None:
    world = StoredWorld(tenant_id=ACME, seed=1, corpus_version="1", numbers={"ticket": 1002})
    await database.write(Tenant(ACME), store.insert_world, world)
    await write(database, run_of(ACME, 1, *everything(), ticket("s-2", "cust-1", 1001)))

    await undo(database, "run-1")

    assert await database.read(Tenant(ACME), store.find_world, ACME) == world


async def undo(database: Database, *run_ids: str) -> UndoPlan:
    return await database.write(Tenant(ACME), undo_runs, ACME, run_ids, at=1, by="ann")


async def edit(database: Database, row: Row, **values: Any) -> StoredRow | None:
    return await database.write(
        Tenant(ACME), store.edit_row, ACME, row.table, row.id, values, at=1, by="ann"
    )


async def write(database: Database, *given: tuple[RunRecord, Batch]) -> None:
    await database.write(Tenant(ACME), store.write_batch, ACME, store.encode_batch(given))


async def rows(database: Database) -> set[Row]:
    def unit(tx: Transaction) -> set[Row]:
        return {
            each.row
            for table in TABLES
            for chunk in store.rows_of(tx, ACME, table)
            for each in chunk
        }

    return await database.read(Tenant(ACME), unit)

"""Rows, ledgers, runs and worlds of living tenants, on both databases."""

from typing import Any

import msgspec
import pytest

from tenantry.db import Database, System, Tenant, Transaction
from tenantry.updater import store
from tenantry.updater.model import (
    TABLES,
    Batch,
    LogLine,
    Row,
    RowName,
    RunRecord,
    StoredRow,
    StoredWorld,
    TableName,
    World,
)
from tests.conformance.spine import running_database
from tests.support.living import (
    SLOT,
    activity,
    customer,
    everything,
    line,
    machine,
    record,
    run_of,
    technician,
    ticket,
    update,
)

ACME = "acme"
GLOBEX = "globex"
SEED = 2**128 - 1
WORLD = StoredWorld(
    tenant_id=ACME,
    seed=SEED,
    corpus_version="1",
    numbers={"ticket": 1001},
    slots={"service_tickets": SLOT},
)


async def test_rows_come_back_as_they_were_written(database: Database) -> None:
    whole = ticket(
        "s-2",
        "cust-1",
        1001,
        status="completed",
        labor_hours=1.25,
        parts_used=("a", 'quote"d'),
        work_order_notes="ünï\ncode",
        resolved_at=SLOT,
    )
    busy = technician("t-2", is_available=False, certifications=("x",))

    await write(database, run_of(ACME, 1, *everything(), whole, busy))

    assert await rows(database) == {*everything(), whole, busy}


async def test_an_update_sets_exactly_the_columns_it_names(database: Database) -> None:
    lead = record("r-1", lost_reason="price", customer_number="C-1", last_contact_date=5)
    other = record("r-2", lost_reason="time")
    await write(database, run_of(ACME, 1, lead, other))

    await write(
        database,
        run_of(
            ACME,
            2,
            update(lead, lost_reason=None, last_contact_date=None, probability=0),
            update(other, customer_since=7),
        ),
    )

    assert await rows(database) == {
        msgspec.structs.replace(lead, lost_reason=None, last_contact_date=None, probability=0),
        msgspec.structs.replace(other, customer_since=7),
    }


async def test_every_column_of_every_table_can_be_updated(database: Database) -> None:
    begun = everything()
    other = (record("r-2"), customer("cust-2"), technician("t-2"), machine("m-2", "cust-2"))
    more = (*other, ticket("s-2", "cust-2", 1001))
    await write(database, run_of(ACME, 1, *begun, *more))
    changed = [_changed(row) for row in begun]

    for number, (before, after) in enumerate(zip(begun, changed, strict=True), start=2):
        values = msgspec.structs.asdict(after)
        del values["id"], values["run_id"]
        await write(database, run_of(ACME, number, update(before, **values)))

    assert await rows(database) == {*changed, *more}


async def test_what_begins_and_changes_in_one_write_ends_as_it_should(database: Database) -> None:
    old, new = record("r-1"), record("r-2")
    await write(database, run_of(ACME, 1, old))

    await write(
        database,
        run_of(ACME, 2, new, update(old, status="contacted", lost_reason="x")),
        run_of(ACME, 3, update(new, status="contacted"), update(old, lost_reason=None)),
        run_of(ACME, 4, update(new, probability=20), update(old, probability=30)),
    )

    assert await rows(database) == {
        msgspec.structs.replace(old, status="contacted", probability=30),
        msgspec.structs.replace(new, status="contacted", probability=20),
    }


async def test_what_a_person_has_edited_no_update_touches(database: Database) -> None:
    lead = record("r-1")
    await write(database, run_of(ACME, 1, lead))

    edited = await database.write(
        Tenant(ACME), store.edit_row, ACME, lead.table, "r-1", {"city": "Rome"}, at=9, by="ann"
    )
    await write(database, run_of(ACME, 2, update(lead, city="Oslo", status="contacted")))

    mine = StoredRow(row=msgspec.structs.replace(lead, city="Rome"), edited_at=9, edited_by="ann")
    assert edited == mine
    assert await database.read(Tenant(ACME), store.find_row, ACME, lead.table, "r-1") == mine


async def test_a_row_that_is_not_there_is_nobodys_to_edit(database: Database) -> None:
    for unit in (store.find_row, edit_nothing):
        assert await database.write(Tenant(ACME), unit, ACME, "customers", "cust-9") is None


async def test_a_batch_is_stored_whole_or_not_at_all(database: Database) -> None:
    await write(database, run_of(ACME, 1, *everything()))

    for second in (
        (record("r-2"), ticket("s-2", "cust-1", 1000)),
        (record("r-2"), record("r-3", customer_number="C"), record("r-4", customer_number="C")),
        (record("r-2"), machine("m-2", "cust-9")),
        (record("r-2"), update(everything()[5], assigned_technician_id="t-9")),
        (record("r-2"), record("r-1")),
    ):
        with pytest.raises(Exception, match=r"(?i)unique|foreign key|violates"):
            await write(database, run_of(ACME, 2, *second))

    assert await rows(database) == {*everything()}
    assert [run.number for run in await runs(database)] == [1]


async def test_nothing_hangs_on_a_row_of_another_tenant(database: Database) -> None:
    await write(database, run_of(ACME, 1, *everything()))

    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await write(database, run_of(GLOBEX, 1, machine("m-9", "cust-1")), tenant_id=GLOBEX)


async def test_two_tenants_may_use_the_same_ids_and_numbers(database: Database) -> None:
    for tenant_id in (ACME, GLOBEX):
        await write(database, run_of(tenant_id, 1, *everything()), tenant_id=tenant_id)
    await write(database, run_of(GLOBEX, 2, update(everything()[0], city="Oslo")), tenant_id=GLOBEX)
    await database.write(Tenant(GLOBEX), store.delete_all, GLOBEX)

    assert await rows(database) == {*everything()}
    assert await rows(database, GLOBEX) == set()
    assert await runs(database, GLOBEX) == []


async def test_a_world_is_read_as_it_was_carried_on(database: Database) -> None:
    began = run_of(
        ACME,
        1,
        *everything(),
        record("won", record_type="customer", status="active"),
        record("lost", status="closed_lost"),
        record("gone", record_type="former_customer", status="churned"),
        customer("cust-2"),
        ticket("over", "cust-2", 1001, status="completed"),
        ticket("off", "cust-2", 1002, status="cancelled"),
    )
    moved = run_of(ACME, 2, update(everything()[0], status="contacted"), technician("t-2"))
    carried_on = World(seed=SEED, slots=dict(WORLD.slots), numbers=dict(WORLD.numbers))
    for _, batch in (began, moved):
        carried_on.take(batch)

    await write(database, began, moved)
    assert await database.write(Tenant(ACME), store.insert_world, WORLD)

    assert await loaded(database) == carried_on


async def test_what_a_person_has_edited_is_in_no_world_to_be_moved(database: Database) -> None:
    await write(database, run_of(ACME, 1, *everything(), record("won", record_type="customer")))
    await database.write(Tenant(ACME), store.insert_world, WORLD)
    edited: tuple[tuple[TableName, str], ...] = (
        ("business_records", "r-1"),
        ("business_records", "won"),
        ("service_tickets", "s-1"),
        ("customers", "cust-1"),
        ("technicians", "t-1"),
    )
    for table, id_ in edited:
        await database.write(Tenant(ACME), store.edit_row, ACME, table, id_, {}, at=1, by="ann")

    stored = await database.read(Tenant(ACME), store.find_world, ACME)
    assert stored is not None
    world, left_out = await database.read(Tenant(ACME), store.load_world, stored)

    assert (world.leads, world.accounts, world.tickets) == ({}, {}, {})
    assert [*world.customers, *world.technicians, *world.equipment] == ["m-1"]
    # What runs made of these is known all the same, and asked for by whoever goes on.
    assert left_out == [RowName("customers", "cust-1"), RowName("technicians", "t-1")]


async def test_of_two_who_go_on_from_one_revision_one_is_told_no(database: Database) -> None:
    assert await database.write(Tenant(ACME), store.insert_world, WORLD)
    assert not await database.write(Tenant(ACME), store.insert_world, WORLD)
    going_on = msgspec.structs.replace(WORLD, corpus_version="2", numbers={})

    first = await database.write(Tenant(ACME), store.keep_world, going_on)
    second = await database.write(Tenant(ACME), store.keep_world, WORLD)

    assert (first, second) == (True, False)
    found = await database.read(Tenant(ACME), store.find_world, ACME)
    assert found == msgspec.structs.replace(going_on, revision=1)
    assert await database.read(Tenant(GLOBEX), store.find_world, GLOBEX) is None


async def test_worlds_under_way_are_those_that_run_or_are_backfilled(database: Database) -> None:
    for tenant_id, values in (
        ("c", {"is_running": True}),
        ("b", {}),
        ("a", {"backfill_from": 1, "backfill_until": 2}),
    ):
        world = msgspec.structs.replace(WORLD, tenant_id=tenant_id, **values)
        await database.write(Tenant(tenant_id), store.insert_world, world)

    assert await database.read(System("test"), store.worlds_under_way) == ["a", "c"]


async def test_rows_are_paged_by_id_and_all_of_them_come_in_chunks(database: Database) -> None:
    leads = [record(f"r-{number:04}") for number in range(2_100)]
    await write(database, run_of(ACME, 1, *leads))

    def unit(tx: Transaction) -> tuple[list[StoredRow], list[StoredRow], list[int]]:
        page = store.page_rows(tx, ACME, "business_records", "", 2)
        behind = store.page_rows(tx, ACME, "business_records", "r-0001", 1)
        return page, behind, [len(chunk) for chunk in store.rows_of(tx, ACME, "business_records")]

    page, behind, sizes = await database.read(Tenant(ACME), unit)

    assert [each.row for each in page] == leads[:2]
    assert [each.row for each in behind] == leads[2:3]
    assert sizes == [1_000, 1_000, 100]


async def test_runs_are_told_newest_first_with_all_they_say(database: Database) -> None:
    one = run_of(
        ACME,
        1,
        record("r-1"),
        tables={"business_records": 1},
        attestation={"phones": {"checked": 3}},
        updater="business_records",
    )
    failed = run_of(ACME, 2, status="failed", error="no", reason="timeout")[0]
    await write(database, one)
    await database.write(Tenant(ACME), store.insert_run, failed)
    await write(database, run_of(ACME, 3))

    assert [run.number for run in await runs(database)] == [3, 2, 1]
    assert (await runs(database))[1:] == [failed, one[0]]
    assert [run.number for run in await runs(database, before=3, limit=1)] == [2]
    assert [run.number for run in await runs(database, updater="business_records")] == [1]
    assert await database.read(Tenant(ACME), store.find_run, ACME, "run-2") == failed
    assert await database.read(Tenant(ACME), store.find_run, ACME, "run-9") is None
    assert await database.read(Tenant(ACME), store.last_run_number, ACME) == 3
    assert await database.read(Tenant(GLOBEX), store.last_run_number, GLOBEX) == 0


async def test_a_run_is_undone_once(database: Database) -> None:
    await write(database, run_of(ACME, 1))

    done = [
        await database.write(Tenant(ACME), store.mark_undone, ACME, ids, at=5, by="ann")
        for ids in (["run-1"], ["run-1", "run-9"])
    ]

    assert done == [["run-1"], []]
    (run,) = await runs(database)
    assert (run.undone_at, run.undone_by) == (5, "ann")


async def test_metrics_count_what_was_executed(database: Database) -> None:
    kinds: tuple[dict[str, Any], ...] = (
        {},
        {"status": "failed", "error": "first"},
        {"status": "failed", "error": "last"},
        {},
        {"status": "skipped", "reason": "paused"},
        {"kind": "dry_run"},
        {"updater": "business_records"},
    )
    for number, values in enumerate(kinds, start=1):
        run, _ = run_of(ACME, number, **values)
        await database.write(Tenant(ACME), store.insert_run, run)

    leads, tickets = await database.read(Tenant(ACME), store.run_metrics, ACME)

    assert (leads.updater, leads.total, leads.last_error) == ("business_records", 1, None)
    assert (tickets.total, tickets.successful, tickets.failed) == (4, 2, 2)
    assert (tickets.average_ms, tickets.last_execution) == (2.5, SLOT + 4)
    assert tickets.last_error == "last"


async def test_the_rows_of_a_span_are_those_that_were_written(database: Database) -> None:
    undone = {"undone_at": 5, "undone_by": "ann"}
    kinds: tuple[dict[str, Any], ...] = ({}, {}, undone, {"kind": "dry_run"}, {})
    for number, values in enumerate(kinds, start=1):
        run, _ = run_of(ACME, number, row_count=10**number, **values)
        await database.write(Tenant(ACME), store.insert_run, run)

    def unit(tx: Transaction) -> tuple[int, int]:
        return (
            store.rows_between(tx, ACME, SLOT + 2, SLOT + 5),
            store.rows_between(tx, ACME, SLOT + 6, SLOT + 9),
        )

    assert await database.read(Tenant(ACME), unit) == (1_100, 0)


async def test_logs_are_told_newest_first_and_forgotten(database: Database) -> None:
    lines = [
        LogLine(at=number, level="info", message=f"m{number}", data={"n": [number]}, node="n1")
        for number in range(5)
    ]
    await database.write(Tenant(ACME), store.insert_logs, ACME, lines)
    await database.write(Tenant(GLOBEX), store.insert_logs, GLOBEX, lines[:1])

    found = await database.read(Tenant(ACME), store.newest_logs, ACME, 2)
    await database.write(System("test"), store.forget_logs, 4)

    assert found == [lines[4], lines[3]]
    assert await database.read(Tenant(ACME), store.newest_logs, ACME, 9) == lines[4:]
    assert await database.read(Tenant(GLOBEX), store.newest_logs, GLOBEX, 9) == []


async def test_no_unit_of_a_tenant_reads_or_writes_rows_of_another(
    postgres_url: str,
) -> None:
    async with running_database(postgres_url) as database:
        await _be_kept_apart(database)


async def _be_kept_apart(database: Database) -> None:
    await write(database, run_of(GLOBEX, 1, *everything()), tenant_id=GLOBEX)

    def read(tx: Transaction) -> list[StoredRow]:
        return [
            each for table in TABLES for chunk in store.rows_of(tx, GLOBEX, table) for each in chunk
        ]

    assert await database.read(Tenant(ACME), read) == []
    for change in (activity("a-2", "r-1"), line("l-2", "s-1"), record("r-2"), technician("t-2")):
        encoded = store.encode_batch([run_of(GLOBEX, 2, change)])
        with pytest.raises(Exception, match="row-level security"):
            await database.write(Tenant(ACME), store.write_batch, GLOBEX, encoded)
    await database.write(Tenant(ACME), store.delete_all, GLOBEX)
    assert await rows(database, GLOBEX) == {*everything()}


async def write(database: Database, *given: tuple[RunRecord, Batch], tenant_id: str = ACME) -> None:
    encoded = store.encode_batch(given)
    await database.write(Tenant(tenant_id), store.write_batch, tenant_id, encoded)


async def rows(database: Database, tenant_id: str = ACME) -> set[Row]:
    def unit(tx: Transaction) -> set[Row]:
        return {
            each.row
            for table in TABLES
            for chunk in store.rows_of(tx, tenant_id, table)
            for each in chunk
        }

    return await database.read(Tenant(tenant_id), unit)


async def runs(
    database: Database,
    tenant_id: str = ACME,
    *,
    before: int = store.NEWEST,
    limit: int = 9,
    updater: str | None = None,
) -> list[RunRecord]:
    return await database.read(
        Tenant(tenant_id), store.runs_before, tenant_id, before, limit, updater=updater
    )


async def loaded(database: Database) -> World:
    def unit(tx: Transaction) -> World:
        stored = store.find_world(tx, ACME)
        assert stored is not None
        world, _ = store.load_world(tx, stored)
        return world

    return await database.read(Tenant(ACME), unit)


def edit_nothing(tx: Transaction, tenant_id: str, table: Any, row_id: str) -> StoredRow | None:
    return store.edit_row(tx, tenant_id, table, row_id, {}, at=1, by="ann")


def _changed(row: Row) -> Row:
    """Return the row with another value in every column that is no name."""
    values = {
        name: value if name in ("id", "run_id") else _other(name, value)
        for name, value in msgspec.structs.asdict(row).items()
    }
    return msgspec.structs.replace(row, **values)


def _other(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return _OTHERS.get(value, f"{value}!")
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return (*value, "more")
    if value is None:
        return 0.75 if name == "labor_hours" else 7 if name.endswith(_NUMBERS) else "set"
    return value + 1


_NUMBERS = ("_at", "_date", "_since", "_until", "_duration")
_OTHERS = {"r-1": "r-2", "cust-1": "cust-2", "t-1": "t-2", "m-1": "m-2", "s-1": "s-2"}

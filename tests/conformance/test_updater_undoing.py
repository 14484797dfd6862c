"""What runs did is taken back, in any order; what people did stays."""

import random
from pathlib import Path

import pytest

from tenantry.base.errors import NotFound
from tenantry.updater.errors import AlreadyUndone, HistoryExists, NoSuchRun
from tests.support.updater_app import DAY, ROOT, living


async def test_runs_undone_in_any_order_leave_the_tables_as_they_were(
    database_url: str, tmp_path: Path
) -> None:
    rng = random.Random(random.getrandbits(64))
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(6)
        before = await lived.rows()
        await lived.start()
        await lived.live(5 * DAY)
        new = [run.run_id for run in await lived.runs() if run.kind == "scheduled"]
        assert len(new) > 20
        rng.shuffle(new)
        for run_id in new:
            await lived.parts.undoing.undo(ROOT, lived.tenant, run_id)

        assert await lived.rows() == before

        older = [run.run_id for run in await lived.runs() if run.undone_at is None]
        rng.shuffle(older)
        for run_id in older:
            await lived.parts.undoing.undo(ROOT, lived.tenant, run_id)
        assert await lived.count() == 0


async def test_what_a_person_has_changed_stays_and_is_named(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(20)
        ticket = (await lived.rows())["service_tickets"][3]
        edited = await lived.parts.tables.edit(
            ROOT, lived.tenant, "service_tickets", ticket["id"], {"title": "Ours"}
        )
        assert (edited["title"], edited["edited_by"]) == ("Ours", "root")

        undone = await lived.parts.undoing.undo(ROOT, lived.tenant, "all")
        rows = await lived.rows()
        assert [row["title"] for row in rows["service_tickets"]] == ["Ours"]
        # What it needs to make sense is there too, and named as well.
        assert [row["id"] for row in rows["customers"]] == [ticket["customer_id"]]
        kept = {(row.table, row.id) for row in undone.kept}
        assert ("service_tickets", ticket["id"]) in kept
        assert ("customers", ticket["customer_id"]) in kept


async def test_what_a_person_edits_leaves_the_simulation(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(20)
        rows = await lived.rows()
        (ticket, *_) = [row for row in rows["service_tickets"] if row["status"] == "open"]
        await lived.parts.tables.edit(
            ROOT, lived.tenant, "service_tickets", ticket["id"], {"work_order_notes": "call first"}
        )
        await lived.start()
        await lived.live(30 * DAY, by=DAY)

        found = await lived.parts.tables.row(ROOT, lived.tenant, "service_tickets", ticket["id"])
        assert (found["status"], found["work_order_notes"]) == ("open", "call first")
        lines = (await lived.rows())["service_ticket_updates"]
        assert not [line for line in lines if line["ticket_id"] == ticket["id"]]
        assert (await lived.parts.tables.check(ROOT, lived.tenant)).fault_count == 0


async def test_ticket_numbers_never_come_back(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(5)
        before = {row["ticket_number"] for row in (await lived.rows())["service_tickets"]}
        await lived.parts.undoing.undo(ROOT, lived.tenant, "all")
        await lived.backfill(5)
        after = {row["ticket_number"] for row in (await lived.rows())["service_tickets"]}
        assert after
        assert before.isdisjoint(after)


async def test_the_tenant_lives_on_after_any_undo(database_url: str, tmp_path: Path) -> None:
    rng = random.Random(random.getrandbits(64))
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(30)
        runs = [run.run_id for run in await lived.runs() if run.updater != "world_setup"]
        for run_id in rng.sample(runs, 15):
            await lived.parts.undoing.undo(ROOT, lived.tenant, run_id)
        await lived.start()
        await lived.live(10 * DAY, by=DAY // 4)

        assert (await lived.parts.views.health(ROOT, lived.tenant)).status == "healthy"
        failed = [run for run in await lived.runs() if run.status == "failed"]
        assert not failed
        assert (await lived.parts.tables.check(ROOT, lived.tenant)).fault_count == 0


async def test_a_run_is_undone_once_and_must_be_known(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as lived:
        done = await lived.parts.executing.execute(ROOT, lived.tenant, "newLeads")
        await lived.parts.undoing.undo(ROOT, lived.tenant, done.run_id)
        with pytest.raises(AlreadyUndone):
            await lived.parts.undoing.undo(ROOT, lived.tenant, done.run_id)
        with pytest.raises(NoSuchRun):
            await lived.parts.undoing.undo(ROOT, lived.tenant, "nothing\0")
        with pytest.raises(NotFound):
            await lived.parts.tables.row(ROOT, lived.tenant, "users", "x")
        await lived.parts.undoing.undo(ROOT, lived.tenant, "all")
        await lived.backfill(3)
        with pytest.raises(HistoryExists):
            await lived.backfill(3)

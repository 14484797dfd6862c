"""Rows that are a function of the tenant, the slot and the world: made again, ahead, and on."""

from datetime import timedelta
from pathlib import Path

import pytest

from tenantry.base.instant import format_instant as _instant
from tenantry.scheduling import Turn
from tenantry.testing import FakeClock
from tenantry.updater.service.living import TenantLine
from tests.support.counts import soak_count
from tests.support.updater_app import DAY, HOUR, MONDAY, ROOT, Lived, living

DAYS = 365


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_a_history_equals_as_many_days_of_ticks_row_for_row(
    database_url: str, tmp_path: Path
) -> None:
    days = max(30, soak_count(DAYS))
    start = FakeClock(now=MONDAY - timedelta(days=days))
    async with living(database_url, tmp_path, clock=start, tenant="ticked") as ticked:
        await ticked.start()
        await ticked.live(days * DAY, by=HOUR * 6)
        by_ticks = await ticked.rows()
        # The same seed, which is made of the id, where nobody names one.
        seed = int((await ticked.parts.views.status(ROOT, "ticked")).seed)

    clock = FakeClock(now=MONDAY)
    async with living(database_url, tmp_path, clock=clock, tenant="filled") as filled:
        await filled.configure(dataGenerationConfig={"seed": seed})
        await filled.backfill(days)
        by_backfill = await filled.rows()

    assert sum(map(len, by_ticks.values())) > days * 20
    assert by_backfill == by_ticks


async def test_live_goes_on_behind_a_history_without_a_seam(
    database_url: str, tmp_path: Path
) -> None:
    clock = FakeClock(now=MONDAY)
    async with living(database_url, tmp_path, clock=clock, tenant="filled") as filled:
        await filled.backfill(40)
        seed = int((await filled.parts.views.status(ROOT, "filled")).seed)
        await filled.start()
        await filled.live(10 * DAY, by=HOUR * 3)
        with_seam = await filled.rows()

    start = FakeClock(now=MONDAY - timedelta(days=40))
    async with living(database_url, tmp_path, clock=start, tenant="ticked") as ticked:
        await ticked.configure(dataGenerationConfig={"seed": seed})
        await ticked.start()
        await ticked.live(50 * DAY, by=HOUR * 12)
        assert await ticked.rows() == with_seam


async def test_a_late_slot_runs_before_any_later_one_and_sees_its_own_time(
    database_url: str, tmp_path: Path
) -> None:
    clock = FakeClock(now=MONDAY)
    async with living(database_url, tmp_path, clock=clock) as lived:
        await lived.start()
        # The node was away for two days.
        clock.advance(2 * DAY)
        await lived.step()

        runs = [run for run in reversed(await lived.runs()) if run.updater != "world_setup"]
        slots = [(run.slot, run.updater) for run in runs]
        assert slots == sorted(slots)
        assert len(slots) == 5 * 2 + 4 * 2 + 1 * 2
        for rows in (await lived.rows()).values():
            by_run = {run.run_id: run.slot for run in await lived.runs()}
            assert all(_instant(row["created_at"]) <= by_run[row["run_id"]] for row in rows)


async def test_another_tenant_has_other_rows(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path, tenant="one") as one:
        await one.backfill(10)
        first = await one.rows()
    async with living(database_url, tmp_path, tenant="two") as two:
        await two.backfill(10)
        second = await two.rows()

    assert {row["name"] for row in first["customers"]} != {
        row["name"] for row in second["customers"]
    }
    ids = {row["id"] for row in first["service_tickets"]}
    assert ids.isdisjoint(row["id"] for row in second["service_tickets"])


async def test_a_history_that_was_undone_may_be_followed_by_another_one(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(3)
        await lived.parts.undoing.undo(ROOT, lived.tenant, "all")
        assert await lived.count() == 0

        await lived.backfill(3)

        assert await lived.count() > 0
        runs = await lived.runs()
        assert len({run.run_id for run in runs}) == len(runs)
        assert {run.status for run in runs} == {"done"}


async def test_a_schedule_that_was_the_default_may_get_something_besides(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.configure(scheduleConfig={"serviceTickets": {"isPaused": True}})

        view = lived.parts.explaining.config(ROOT, lived.tenant)

        assert view.schedules["serviceTickets"].is_paused
        assert view.schedules["serviceTickets"].cron == "0 0 */6 * * *"


async def test_a_start_does_not_wait_for_the_turn_of_a_node_that_has_died(
    sqlite_url: str, tmp_path: Path
) -> None:
    clock = FakeClock(now=MONDAY)
    async with living(sqlite_url, tmp_path, clock=clock) as dead:
        await dead.start()
        # It is killed in the middle of its turn.
        turn = await dead.parts.upkeep._runner._take(_line_of(dead))  # noqa: SLF001 - and never ends it
        assert isinstance(turn, Turn)

    clock.advance(1)
    async with living(sqlite_url, tmp_path, clock=clock, ROLES="web,worker") as lived:
        held = (await lived.parts.upkeep._living.standing(lived.tenant)).held  # noqa: SLF001
        assert held is None or held.expires_at <= clock.now_us()


def _line_of(lived: Lived) -> TenantLine:
    return TenantLine(tenant_id=lived.tenant, living=lived.parts.upkeep._living, found=())  # noqa: SLF001

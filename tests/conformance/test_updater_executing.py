"""Runs that somebody asks for, and what keeps them within bounds."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tenantry.base.errors import Conflict, Invalid
from tenantry.tenants.model import AuditQuery
from tenantry.updater.errors import (
    AlreadyRunning,
    BudgetSpent,
    IntentMismatch,
    NoSuchUpdater,
    NotRunning,
    SeedFixed,
    StalePlan,
)
from tests.support.updater_app import DAY, ROOT, Lived, living

TICKETS = "service_tickets"


async def test_the_token_of_a_world_that_has_moved_on_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        shown = await lived.parts.executing.dry_run(ROOT, lived.tenant, TICKETS)
        await lived.parts.executing.execute(ROOT, lived.tenant, "newLeads")
        before = await lived.rows()
        with pytest.raises(StalePlan):
            await lived.parts.executing.execute(ROOT, lived.tenant, TICKETS, token=str(shown.token))
        assert await lived.rows() == before


@pytest.mark.parametrize("token", ["", "x", "é", "\0", "A" * 2_000, "bm90aGluZw", "W10="])
async def test_a_token_that_is_none_is_refused_by_name(
    sqlite_url: str, tmp_path: Path, token: str
) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        with pytest.raises(Invalid, match="token"):
            await lived.parts.executing.execute(ROOT, lived.tenant, TICKETS, token=token)
        assert await lived.count() == 0


async def test_a_token_is_used_once(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as lived:
        shown = await lived.parts.executing.dry_run(ROOT, lived.tenant, TICKETS)
        token = str(shown.token)
        await lived.parts.executing.execute(ROOT, lived.tenant, TICKETS, token=token)
        with pytest.raises(StalePlan):
            await lived.parts.executing.execute(ROOT, lived.tenant, TICKETS, token=token)


async def test_the_budget_of_a_day_stops_runs_and_says_so(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.configure(
            executionConfig={"rowsPerDay": 20},
            scheduleConfig={"serviceTickets": "0 0 * * * *"},
        )
        await lived.start()
        await lived.live(2 * DAY)

        skipped = [f for f in await lived.firings() if f.reason == "row_budget"]
        assert skipped
        by_day: dict[str, int] = {}
        for run in await lived.runs():
            if run.updater != "world_setup":
                day = _local_day(run.slot)
                by_day[day] = by_day.get(day, 0) + run.rows_created
        assert max(by_day.values()) <= 20
        with pytest.raises(BudgetSpent, match="rowsPerDay"):
            await _spend(lived)


async def test_a_backfill_counts_its_rows_by_the_day_that_they_are_of(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.configure(executionConfig={"rowsPerDay": 150})
        await lived.backfill(30)
        assert await lived.count() > 300
        assert not [f for f in await lived.firings() if f.reason == "row_budget"]


async def test_an_intent_that_does_not_fit_is_refused_until_it_is_acknowledged(
    database_url: str, tmp_path: Path
) -> None:
    trap = {"cron": "0 */2 9-17 * * 1-5", "intent": "every 2 hours"}
    async with living(database_url, tmp_path) as lived:
        before = lived.parts.explaining.config(ROOT, lived.tenant)
        with pytest.raises(IntentMismatch, match="businessActivities"):
            await lived.configure(scheduleConfig={"businessActivities": trap})
        assert lived.parts.explaining.config(ROOT, lived.tenant) == before

        known = {**trap, "acknowledge": True}
        await lived.configure(scheduleConfig={"businessActivities": known})
        view = lived.parts.explaining.config(ROOT, lived.tenant).schedules["businessActivities"]
        assert view.cron == trap["cron"]
        codes = {warning.code for warning in view.explanation.warnings}
        assert {"intent_mismatch", "minute_step"} <= codes


async def test_what_was_due_while_it_was_stopped_is_recorded_as_passed_over(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.start()
        await lived.live(DAY)
        with pytest.raises(AlreadyRunning):
            await lived.start()
        await lived.parts.control.stop(ROOT, lived.tenant)
        with pytest.raises(NotRunning):
            await lived.parts.control.stop(ROOT, lived.tenant)
        count = len(await lived.runs())
        lived.clock.advance(2 * DAY)
        await lived.start()

        assert len(await lived.runs()) == count
        passed = [f for f in await lived.firings() if f.reason == "stopped"]
        assert {f.schedule: f.count for f in passed} == {
            "business_record_activities": 10,
            "business_records": 2,
            TICKETS: 8,
        }


async def test_dry_run_mode_runs_everything_and_writes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.start(is_dry_run=True)
        await lived.live(DAY)
        runs = await lived.runs()
        assert {run.kind for run in runs} == {"dry_run"}
        assert len(runs) >= 10
        assert await lived.count() == 0


async def test_a_clock_that_is_moved_fires_nothing_twice(database_url: str, tmp_path: Path) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.start()
        await lived.live(DAY)
        count = len(await lived.runs())
        now = lived.clock.now()
        lived.clock.set_now(now.replace(hour=now.hour - 5))
        await lived.step()
        assert len(await lived.runs()) == count
        assert (await lived.parts.views.status(ROOT, lived.tenant)).is_clock_behind
        lived.clock.set_now(now)
        await lived.live(DAY)

        times = [(f.schedule, f.fire_at) for f in await lived.firings()]
        assert len(times) == len(set(times))
        assert len(await lived.runs()) == count + 10


async def test_everything_a_person_triggers_is_in_the_audit(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        parts, tenant = lived.parts, lived.tenant
        await lived.backfill(7)
        await lived.start()
        await lived.configure(executionConfig={"rowsPerDay": 150})
        done = await parts.executing.execute(ROOT, tenant, TICKETS)
        record = (await lived.rows())["business_records"][0]
        await parts.tables.edit(
            ROOT, tenant, "business_records", record["id"], {"company_name": "Acme"}
        )
        await parts.undoing.undo(ROOT, tenant, done.run_id)
        await parts.control.stop(ROOT, tenant)

        page = await lived.app.audit.read(
            ROOT, AuditQuery(tenant_id=tenant), limit=100, cursor=None
        )
        actions = [entry.action for entry in page.items if entry.action.startswith("updater.")]
        assert actions == [
            f"updater.{verb}"
            for verb in ("backfilled", "started", "executed", "row_edited", "undone", "stopped")
        ]
        assert "configs.value_set" in {entry.action for entry in page.items}
        assert "Acme" not in str(page)


async def test_names_that_are_none_are_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        with pytest.raises(NoSuchUpdater, match="business_records"):
            await lived.parts.executing.execute(ROOT, lived.tenant, "nothing")
        for days in (0, -1, 10**9):
            with pytest.raises(Invalid, match="days"):
                await lived.parts.backfilling.begin(ROOT, lived.tenant, days)


@pytest.mark.parametrize(
    "change, field",
    [
        ({"scheduleConfig": {"other": "0 0 * * * *"}}, "scheduleConfig.other"),
        ({"scheduleConfig": {"newLeads": "0 0 30 2 *"}}, "scheduleConfig.newLeads"),
        ({"scheduleConfig": {"newLeads": {"cron": "0 0 * * * *", "misfire": "x"}}}, "misfire"),
        ({"executionConfig": {"maxConcurrentExecutions": 0}}, "maxConcurrentExecutions"),
        ({"executionConfig": {"retryAttempts": 21}}, "executionConfig.retryAttempts"),
        (
            {"scheduleConfig": {"newLeads": {"cron": "0 0 * * * *", "timeoutMinutes": 0}}},
            "scheduleConfig.newLeads.timeoutMinutes",
        ),
        ({"executionConfig": {"maxConcurrentExecutions": "3"}}, "maxConcurrentExecutions"),
        ({"executionConfig": {"nothing": 1}}, r"executionConfig\.nothing: .* wants no such field"),
        ({"executionConfig": {"rowsPerDay": "x"}}, "rowsPerDay: got 'x', wants a whole number"),
        (
            {"scheduleConfig": {"newLeads": {"cron": "0 0 * * * *", "overlap": 1}}},
            r"scheduleConfig\.newLeads\.overlap: got 1, wants one of skip, buffer_one, allow",
        ),
        ({"executionConfig": {"enabledUpdaters": {"a": True, "b": 3}}}, r"enabledUpdaters\.b"),
        ({"timezoneConfig": {"businessDays": [1, "x"]}}, "got 'x', wants a whole number"),
        ({"timezoneConfig": {"timezone": "../etc/passwd"}}, "timezone"),
        ({"timezoneConfig": {"businessHoursStart": 17}}, "businessHoursStart"),
        ({"timezoneConfig": {"businessDays": []}}, "businessDays"),
        (
            {"dataGenerationConfig": {"activities": {"typesDistribution": {"call": 0.5}}}},
            "typesDistribution",
        ),
        ({"dataGenerationConfig": {"leads": {"scoreRange": {"min": 9, "max": 1}}}}, "scoreRange"),
        ({"nothing": {}}, "nothing"),
        ({}, "config"),
    ],
)
async def test_a_config_that_is_wrong_names_the_field(
    sqlite_url: str, tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        before = lived.parts.explaining.config(ROOT, lived.tenant)
        with pytest.raises(Invalid, match=field):
            await lived.parts.control.configure(ROOT, lived.tenant, change)
        assert lived.parts.explaining.config(ROOT, lived.tenant) == before


async def test_a_tenant_that_is_erased_is_erased_with_all_it_has(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(3)
        await lived.start()
        await lived.app.tenants.erase(ROOT, lived.tenant, confirm=lived.tenant)
        lived.clock.advance(DAY)
        await lived.step()
        assert await lived.count() == 0
        assert lived.tenant not in await lived.parts.upkeep.under_way()


async def test_no_more_executions_wait_than_are_allowed(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        await lived.configure(executionConfig={"maxConcurrentExecutions": 1})
        results = await asyncio.gather(
            *(lived.parts.executing.execute(ROOT, lived.tenant, TICKETS) for _ in range(4)),
            return_exceptions=True,
        )
        refused = [each for each in results if isinstance(each, Exception)]
        assert len(refused) == 3
        assert all("maxConcurrentExecutions" in str(each) for each in refused)


async def test_a_conflict_of_two_configurations_is_told(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        settings = lived.parts.control._settings  # noqa: SLF001 - two people at once
        first = settings.preview(lived.tenant, {"executionConfig": {"rowsPerDay": 10}})
        other = settings.preview(lived.tenant, {"timezoneConfig": {"timezone": "Asia/Tokyo"}})
        await settings.keep(ROOT, lived.tenant, first)
        with pytest.raises(Conflict):
            await settings.keep(ROOT, lived.tenant, other)
        second = settings.preview(lived.tenant, {"executionConfig": {"rowsPerDay": 20}})
        third = settings.preview(lived.tenant, {"executionConfig": {"rowsPerDay": 30}})
        await settings.keep(ROOT, lived.tenant, second)
        with pytest.raises(Conflict):
            await settings.keep(ROOT, lived.tenant, third)


async def _spend(lived: Lived) -> None:
    for _ in range(20):
        await lived.parts.executing.execute(ROOT, lived.tenant, TICKETS)


def _local_day(slot: str) -> str:
    return datetime.fromisoformat(slot).astimezone(ZoneInfo("America/New_York")).date().isoformat()


async def test_whoever_asks_twice_in_the_same_second_gets_rows_twice(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        for _ in range(3):
            done = await lived.parts.executing.execute(ROOT, lived.tenant, "newLeads")
            assert done.rows_created == 1


async def test_a_seed_that_would_never_count_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with living(sqlite_url, tmp_path) as lived:
        await lived.configure(dataGenerationConfig={"seed": 7})
        await lived.backfill(2)
        await lived.configure(dataGenerationConfig={"seed": 7})
        with pytest.raises(SeedFixed, match="begun with 7"):
            await lived.configure(dataGenerationConfig={"seed": 8})

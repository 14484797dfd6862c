"""The ten defects of the original, one by one."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tenantry.base import Principal
from tenantry.base.errors import Denied, Invalid
from tenantry.updater import BaseUpdater, Batch, Range, Run, World
from tenantry.updater.errors import NotASandbox, UpdaterFailed
from tests.support.nodes import recorded_journal
from tests.support.updater_app import DAY, HOUR, ROOT, Lived, living

ACTIVITIES = "business_record_activities"
STRANGER = Principal(id="eve", tenant_id="elsewhere", permissions=frozenset("*"), source="test")
VIEWER = Principal(
    id="vic", tenant_id="sandbox", permissions=frozenset({"updater:read"}), source="test"
)


class Failing(BaseUpdater):
    """An updater that fails as often as it is told to."""

    name = "failing"
    schedule_key = "failing"
    cron = "0 0 * * * *"

    def __init__(self) -> None:
        self.failures = 10**6
        self.attempts = 0

    def generate_data(self, run: Run, world: World) -> Batch:  # noqa: ARG002 - as its class has it
        """Fail, or make nothing."""
        self.attempts += 1
        if self.attempts <= self.failures:
            raise RuntimeError("a secret of the team")
        return Batch()

    def rows_per_run(self, config: Any) -> Range:  # noqa: ARG002 - as its class has it
        """None."""
        return Range(min=0, max=0)


async def test_schedules_are_what_their_expressions_say(database_url: str, tmp_path: Path) -> None:
    """Defect U1: the shipped schedule runs 25 times a week, tickets 28 times, leads 5 times."""
    async with living(database_url, tmp_path) as lived:
        await lived.start()
        # The week has an hour less: its last night is the one in which the clocks go forward.
        await lived.live(7 * DAY - HOUR)

        counts = Counter(run.updater for run in await lived.runs())
        assert counts == {
            ACTIVITIES: 25,
            "service_tickets": 28,
            "business_records": 5,
            "world_setup": 1,
        }
        shown = lived.parts.explaining.config(ROOT, lived.tenant).schedules
        assert shown["businessActivities"].explanation.runs_per_week == 25


async def test_the_literal_of_the_requirement_is_taken_at_its_word_and_warned_about(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U1: every second minute is what it means, 1,350 times a week."""
    literal = "0 */2 9-17 * * 1-5"
    async with living(database_url, tmp_path) as lived:
        with recorded_journal() as journal:
            await lived.configure(scheduleConfig={"businessActivities": literal})
            (line,) = [each for each in journal.lines if each.get("cron") == literal]
        assert (line["level"], line["code"]) == ("warning", "minute_step")
        assert "every 2 MINUTES" in line["meaning"]

        view = lived.parts.explaining.config(ROOT, lived.tenant).schedules["businessActivities"]
        assert view.cron == literal
        assert view.explanation.runs_per_week == 1_350
        assert [warning.code for warning in view.explanation.warnings] == ["minute_step"]


async def test_what_is_disabled_does_not_run_and_is_recorded_so(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U2: `enabledUpdaters` is obeyed, and `timezone` too."""
    async with living(database_url, tmp_path) as lived:
        await lived.configure(
            executionConfig={"enabledUpdaters": {"newLeads": False, "businessActivities": False}},
            timezoneConfig={"timezone": "Asia/Tokyo"},
        )
        await lived.start()
        await lived.live(2 * DAY)

        ran = {run.updater for run in await lived.runs()}
        assert ran == {"service_tickets", "world_setup"}
        passed = {f.schedule: f.reason for f in await lived.firings() if f.status == "skipped"}
        assert passed == {"business_records": "disabled", ACTIVITIES: "disabled"}
        slots = [f.fire_at for f in await lived.firings() if f.schedule == "service_tickets"]
        # Every six hours of Tokyo's day.
        assert {slot[11:13] for slot in slots} == {"21", "03", "09", "15"}


async def test_a_run_that_takes_too_long_is_ended_and_rolled_back(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U2: `executionTimeoutMinutes` and `retryAttempts` are obeyed."""
    async with living(database_url, tmp_path) as lived:
        failing = Failing()
        lived.parts.registry.register(failing)
        await lived.configure(
            executionConfig={
                "retryAttempts": 2,
                "retryDelaySeconds": 0,
                "enabledUpdaters": {
                    "newLeads": False,
                    "businessActivities": False,
                    "serviceTickets": False,
                },
            }
        )
        await lived.start()
        lived.clock.advance(HOUR)
        await lived.step()

        assert failing.attempts == 3
        await lived.configure(
            scheduleConfig={"failing": {"cron": Failing.cron, "retryAttempts": 0}}
        )
        lived.clock.advance(HOUR)
        await lived.step()
        assert failing.attempts == 4
        _, run = await lived.runs()
        assert (run.status, run.updater) == ("failed", "failing")
        assert await lived.count() == 0


async def test_a_failure_is_told_as_one_everywhere(database_url: str, tmp_path: Path) -> None:
    """Defects U3, U4: an execution that fails raises; metrics, health and logs say so."""
    async with living(database_url, tmp_path) as lived:
        lived.parts.registry.register(Failing())
        await lived.configure(executionConfig={"retryAttempts": 0})
        with pytest.raises(UpdaterFailed) as caught:
            await lived.parts.executing.execute(ROOT, lived.tenant, "failing")
        # What a team's code says may quote anybody.
        assert "secret" not in caught.value.message

        await lived.start()
        lived.clock.advance(HOUR)
        await lived.step()
        metrics = await lived.parts.views.metrics(ROOT, lived.tenant)
        (failed,) = [each for each in metrics.updater_metrics if each.name == "failing"]
        assert (failed.total_executions, failed.failed_executions) == (2, 2)
        assert failed.last_error
        health = await lived.parts.views.health(ROOT, lived.tenant)
        assert health.status == "degraded"
        levels = [line.level for line in await lived.parts.views.logs(ROOT, lived.tenant, 100)]
        assert "error" in levels


async def test_a_dry_run_returns_the_rows_and_writes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U4: the exact rows are shown, and the token has exactly these."""
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(5)
        before = await lived.rows()
        shown = await lived.parts.executing.dry_run(ROOT, lived.tenant, "service_tickets")
        assert await lived.rows() == before
        assert shown.rows is not None
        assert shown.token is not None

        lived.clock.advance(30)
        done = await lived.parts.executing.execute(
            ROOT, lived.tenant, "service_tickets", token=shown.token
        )
        after = await lived.rows()
        for table, rows in shown.rows.items():
            ids = {row["id"] for row in before[table]}  # type: ignore[index]  # a table's name
            new = [row for row in after[table] if row["id"] not in ids]  # type: ignore[index]
            kept = [
                {k: v for k, v in row.items() if k not in {"edited_at", "edited_by"}} for row in new
            ]
            assert sorted(kept, key=_id) == sorted(rows, key=_id)
        assert done.run_id == shown.run_id


async def test_health_says_when_nobody_runs_what_should_run(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U4: stopped is not running, and late is not healthy."""
    async with living(database_url, tmp_path) as lived:
        assert not (await _health(lived)).updater_system_running
        await lived.start()
        assert (await _health(lived)).status == "healthy"
        lived.clock.advance(DAY)
        assert (await _health(lived)).status == "unhealthy"
        await lived.step()
        assert (await _health(lived)).status == "healthy"


async def test_leads_have_the_source_and_the_value_that_were_made_for_them(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U5: what is generated is what is stored."""
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(60)
        records = (await lived.rows())["business_records"]
        assert len({row["source"] for row in records}) > 3
        assert all(row["estimated_deal_value"] > 0 for row in records)
        assert all(10 <= row["lead_score"] <= 95 for row in records)


async def test_ticket_numbers_are_sequential_and_nobodys_twice(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U6: also where several ask at once."""
    async with living(database_url, tmp_path) as lived:
        await lived.configure(executionConfig={"maxConcurrentExecutions": 20})
        await asyncio.gather(
            *(
                lived.parts.executing.execute(ROOT, lived.tenant, "service_tickets")
                for _ in range(6)
            )
        )
        tickets = (await lived.rows())["service_tickets"]
        numbers = sorted(int(row["ticket_number"].removeprefix("ST-")) for row in tickets)
        assert numbers == list(range(1_000, 1_000 + len(tickets)))


async def test_a_tenant_that_has_lived_for_long_is_coherent_and_alive(
    database_url: str, tmp_path: Path
) -> None:
    """Defects U7, U8: nothing contradicts itself or reaches anybody, and things move."""
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(120)
        checked = await lived.parts.tables.check(ROOT, lived.tenant)
        assert (checked.fault_count, checked.faults) == (0, ())

        rows = await lived.rows()
        stages = {row["sales_stage"] for row in rows["business_records"]}
        assert {"initial_contact", "qualified", "closed_won", "closed_lost"} <= stages
        assert {"open", "completed"} <= {row["status"] for row in rows["service_tickets"]}
        now = lived.clock.now_us()
        assert all(row["created_at"] <= now for table in rows.values() for row in table)
        phones = [row["primary_contact_phone"] for row in rows["business_records"]]
        assert all("555-01" in phone for phone in phones)


async def test_only_who_may_can_have_anything_run_and_only_in_a_sandbox(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U9: permissions are asked, and a tenant that is no sandbox is never written to."""
    async with living(database_url, tmp_path) as lived:
        for principal in (STRANGER, VIEWER):
            with pytest.raises(Denied):
                await lived.parts.executing.execute(principal, lived.tenant, ACTIVITIES)
            with pytest.raises(Denied):
                await lived.parts.control.start(principal, lived.tenant)
        assert await lived.count() == 0

    async with living(database_url, tmp_path, tenant="real", is_sandbox=False) as real:
        with pytest.raises(NotASandbox):
            await real.parts.executing.execute(ROOT, real.tenant, ACTIVITIES)
        with pytest.raises(NotASandbox):
            await real.parts.control.start(ROOT, real.tenant)
        with pytest.raises(NotASandbox):
            await real.parts.backfilling.begin(ROOT, real.tenant, 3)
        assert await real.count() == 0


async def test_a_config_that_is_wrong_changes_nothing_and_stops_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U9: it is checked before any of it counts."""
    async with living(database_url, tmp_path) as lived:
        await lived.start()
        before = lived.parts.explaining.config(ROOT, lived.tenant)
        with pytest.raises(Invalid, match=r"scheduleConfig\.newLeads"):
            await lived.configure(scheduleConfig={"newLeads": "0 0 25 * * *"})
        assert lived.parts.explaining.config(ROOT, lived.tenant) == before
        assert (await lived.parts.views.status(ROOT, lived.tenant)).is_running
        await lived.live(DAY)
        assert await lived.runs()


async def test_a_restart_forgets_nothing_and_makes_up_for_what_was_missed(
    database_url: str, tmp_path: Path
) -> None:
    """Defect U10: what was due while no node ran runs then, in order and once."""
    async with living(database_url, tmp_path) as lived:
        await lived.start()
        await lived.live(DAY)
        clock, before = lived.clock, len(await lived.runs())

    clock.advance(3 * DAY)
    async with living(database_url, tmp_path, clock=clock) as lived:
        await lived.step()
        await lived.step()
        firings = await lived.firings()
        assert len(await lived.runs()) == before + 3 * (5 + 4 + 1)
        times = [(f.schedule, f.fire_at) for f in firings if f.status == "done"]
        assert len(times) == len(set(times))


async def _health(lived: Lived) -> Any:
    return await lived.parts.views.health(ROOT, lived.tenant)


def _id(row: dict[str, Any]) -> str:
    return str(row["id"])

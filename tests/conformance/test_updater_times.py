"""Days that are not 24 hours, clocks that jump, and schedules that people cannot decide on."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tenantry.tenants import NewTenant
from tenantry.testing import FakeClock
from tests.support.updater_app import DAY, HOUR, MONDAY, ROOT, Lived, living

YEAR = 366 * DAY
ALL = ("business_records", "business_record_activities", "service_tickets")


async def is_well(lived: Lived) -> None:
    """Check that nothing ran twice, failed, or makes no sense."""
    firings = await lived.firings(9_000)
    times = [(f.schedule, f.fire_at) for f in firings]
    assert len(times) == len(set(times))
    assert not [(f.schedule, f.fire_at, f.error) for f in firings if f.status == "failed"]
    assert not (await lived.parts.tables.check(ROOT, lived.tenant)).faults


@pytest.mark.parametrize(
    "now", [datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)]
)
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])
async def test_days_of_23_and_25_hours_are_lived_through(
    sqlite_url: str, tmp_path: Path, now: datetime, zone: str
) -> None:
    async with living(sqlite_url, tmp_path, clock=FakeClock(now=now)) as lived:
        await lived.configure(
            timezoneConfig={"timezone": zone, "businessDays": [1, 2, 3, 4, 5, 6, 7]},
            scheduleConfig={
                "serviceTickets": "0 30 * * * *",
                "businessActivities": "0 */20 * * * *",
                "newLeads": "0 0 2 * * *",
            },
            executionConfig={"rowsPerDay": 5_000},
        )
        await lived.backfill(9)
        await lived.start()
        await lived.live(5 * DAY)
        await is_well(lived)


async def test_a_year_that_was_slept_through_is_told_and_lived_on_from(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(3)
        await lived.start()
        lived.clock.advance(YEAR)
        await lived.step()
        await is_well(lived)
        reasons = {f.reason for f in await lived.firings() if f.status == "skipped"}
        assert reasons == {"catch_up_window"}
        assert (await lived.parts.views.health(ROOT, lived.tenant)).status == "healthy"
        await lived.live(3 * DAY)
        await is_well(lived)


async def test_a_clock_that_was_a_year_ahead_is_told_and_nothing_that_runs_makes_no_sense(
    database_url: str, tmp_path: Path
) -> None:
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(3)
        await lived.start()
        lived.clock.advance(YEAR)
        await lived.step()
        lived.clock.set_now(lived.clock.now() - timedelta(days=365))
        await lived.live(2 * DAY)

        status = await lived.parts.views.status(ROOT, lived.tenant)
        assert status.is_clock_behind
        found = await lived.parts.views.health(ROOT, lived.tenant)
        assert found.status == "degraded"
        assert "clock" in found.reasons[0]
        for name in ALL:
            assert (await lived.parts.executing.execute(ROOT, lived.tenant, name)).success
        await is_well_then(lived)
        # Whoever does not want to wait for a year begins anew.
        await lived.parts.undoing.undo(ROOT, lived.tenant, "all")
        await lived.parts.control.stop(ROOT, lived.tenant)
        await lived.backfill(5)
        await lived.start()
        await lived.live(2 * DAY)
        assert not (await lived.parts.views.status(ROOT, lived.tenant)).is_clock_behind
        assert (await lived.parts.views.health(ROOT, lived.tenant)).status == "healthy"
        await is_well(lived)


async def is_well_then(lived: Lived) -> None:
    """Check the same as if it were as late as the world is."""
    now = lived.clock.now()
    lived.clock.set_now(now + timedelta(days=370))
    await is_well(lived)
    lived.clock.set_now(now)


async def test_people_who_cannot_decide_on_hours_zones_and_schedules_are_obeyed(
    database_url: str, tmp_path: Path
) -> None:
    rng = random.Random(random.getrandbits(64))
    zones = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/New_York", "UTC")
    crons = ("0 */7 * * * *", "0 0 */6 * * *", "0 30 9-17 * * 1-5", "0 0 0 1 * *", "@daily")
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(10)
        await lived.start()
        for _ in range(25):
            start = rng.randrange(0, 20)
            await lived.configure(
                timezoneConfig={
                    "timezone": rng.choice(zones),
                    "businessHoursStart": start,
                    "businessHoursEnd": rng.randrange(start + 1, 25),
                    "businessDays": rng.sample(range(1, 8), rng.randrange(1, 8)),
                },
                scheduleConfig={
                    "serviceTickets": rng.choice(crons),
                    "businessActivities": {
                        "cron": rng.choice(crons),
                        "timezone": rng.choice(zones),
                        "overlap": rng.choice(("skip", "buffer_one", "allow")),
                        "misfire": rng.choice(("skip", "run_once", "run_all")),
                        "jitterSeconds": rng.choice((0, 90)),
                        "isPaused": rng.random() < 0.1,
                    },
                    "newLeads": rng.choice(crons),
                },
                dataGenerationConfig={
                    "activities": {"businessHoursOnly": rng.random() < 0.8},
                    "tickets": {"includeWeekends": rng.random() < 0.3},
                },
                executionConfig={"rowsPerDay": rng.choice((40, 5_000))},
            )
            await lived.live(rng.choice((HOUR, 5 * HOUR, 2 * DAY)), by=HOUR)
        await is_well(lived)


async def test_a_run_a_second_on_three_tenants_does_not_lose_a_second(
    database_url: str, tmp_path: Path
) -> None:
    every = {"businessActivities": "* * * * * *", "serviceTickets": "* * * * * *"}
    clock = FakeClock(now=MONDAY)
    async with living(database_url, tmp_path, clock=clock, tenant="one") as one:
        tenants = [one]
        for name in ("two", "three"):
            await one.app.tenants.create(ROOT, NewTenant(id=name, name=name, sandbox=True))
            tenants.append(Lived(one.app, clock, name))
        for each in tenants:
            await each.backfill(2)
            await each.configure(scheduleConfig=every)
            await each.start()
        for _ in range(20):
            clock.advance(3)
            await asyncio.gather(*(each.step() for each in tenants))
        for each in tenants:
            done = [f for f in await each.firings() if f.fire_at > "2026-03-02T13:00:00Z"]
            assert sum(f.count for f in done) == 120
            await is_well(each)

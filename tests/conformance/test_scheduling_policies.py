"""What becomes of what was missed, overlaps, is halted or backfilled, on both databases."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tenantry.db import Database, Tenant, Transaction
from tenantry.scheduling import (
    BackfillTooLate,
    Cron,
    FireTime,
    Runner,
    Turn,
)
from tenantry.scheduling.cron import Fires
from tenantry.testing import FakeClock
from tests.support.lines import (
    SECOND,
    TENANT,
    EffectLine,
    Notes,
    assert_each_is_decided_once,
    begun,
    effects,
    firings,
    runner_of,
    schedule,
    stepped,
)

DAY = 86_400


async def test_a_clock_that_goes_back_fires_nothing_twice(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    began_at = await begun(runner, line, clock)
    clock.advance(100)
    await stepped(runner, line)

    clock.set_now(clock.now() - timedelta(hours=1))
    result = await stepped(runner, line)
    standing = await runner.standing(line)

    assert (result.fired_count, result.next_at) == (0, began_at + 101 * SECOND)
    assert standing.is_clock_behind
    # What begins now begins behind what has run.
    line.declared = [schedule(), schedule("late")]
    clock.advance(3600 + 5)
    await stepped(runner, line)
    assert not (await runner.standing(line)).is_clock_behind
    ran = await effects(database)
    assert ran == sorted(ran)
    assert [at for at, name in ran if name == "tick"] == [
        began_at + n * SECOND for n in range(1, 106)
    ]


async def test_a_clock_that_goes_forward_a_day_leaves_nothing_without_a_record(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    tick = schedule(catch_up_seconds=600)
    line.declared = [tick]
    began_at = await begun(runner, line, clock)
    clock.advance(10)
    await stepped(runner, line)

    clock.set_now(clock.now() + timedelta(days=1))
    result = await stepped(runner, line)

    assert (result.fired_count, result.skipped_count) == (601, DAY - 601)
    fires = [began_at + n * SECOND for n in range(1, DAY + 11)]
    counted = assert_each_is_decided_once(await firings(database), tick, fires)
    assert counted == {"done": 10 + 601, "catch_up_window": DAY - 601}
    assert len(set(await effects(database))) == 611


async def test_a_year_that_was_missed_every_second_is_one_row(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    line.declared = [schedule(misfire="run_once")]
    began_at = await begun(runner, line, clock)
    clock.set_now(clock.now() + timedelta(days=365))

    result = await stepped(runner, line)

    year = 365 * DAY
    assert (result.fired_count, result.skipped_count) == (1, year - 1)
    skipped, ran = await firings(database)
    assert (skipped.fire_at, skipped.until) == (began_at + SECOND, began_at + (year - 1) * SECOND)
    assert (skipped.reason, skipped.fire_count) == ("misfire", year - 1)
    assert (ran.fire_at, ran.status) == (began_at + year * SECOND, "done")


async def test_what_a_run_covers_is_recorded_as_its_overlap(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    tick = schedule(overlap="skip")
    line.declared = [tick]
    began_at = await begun(runner, line, clock)
    clock.advance(1.5)

    async def take_long(times: Sequence[FireTime]) -> None:
        if times[0].at == began_at + SECOND:
            clock.advance(3)

    line.before = take_long
    await stepped(runner, line)

    counted = assert_each_is_decided_once(
        await firings(database), tick, [began_at + n * SECOND for n in range(1, 5)]
    )
    assert counted == {"done": 1, "overlap": 3}


async def test_what_is_paused_passes_by_in_one_row_and_comes_back(
    database: Database, clock: FakeClock, line: EffectLine
) -> None:
    notes = Notes()
    runner = runner_of(database, clock, observer=notes)
    began_at = await begun(runner, line, clock)
    line.declared = [schedule(halted="paused")]
    for _ in range(3):
        clock.advance(100)
        await stepped(runner, line)
    line.declared = [schedule()]
    clock.advance(5)
    await stepped(runner, line)

    found = await firings(database)
    counted = assert_each_is_decided_once(
        found, schedule(), [began_at + n * SECOND for n in range(1, 306)]
    )
    assert counted == {"paused": 300, "done": 5}
    assert len(found) == 6
    assert [(skip.reason, skip.count) for skip in notes.skips] == [("paused", 100)] * 3


async def test_a_schedule_that_changes_or_goes_leaves_what_it_owed_behind(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    began_at = await begun(runner, line, clock)
    clock.advance(10)
    line.declared = [schedule(cron="*/5 * * * * *")]
    await stepped(runner, line)
    clock.advance(10)
    line.declared = []
    result = await stepped(runner, line)

    assert result.next_at is None
    assert [(each.reason, each.fire_at, each.fire_count) for each in await firings(database)] == [
        ("rescheduled", began_at + SECOND, 10),
        ("removed", began_at + 15 * SECOND, 2),
    ]
    assert not (await runner.standing(line)).marks


async def test_jitter_delays_the_start_and_not_the_fire_time(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    line.declared = [
        schedule(cron="0 * * * * *", jitter_seconds=50, misfire="skip", grace_seconds=1)
    ]
    began_at = await begun(runner, line, clock)
    fire_at = began_at // (60 * SECOND) * 60 * SECOND + 60 * SECOND
    start_at = await runner.next_at(line)
    assert start_at is not None
    assert fire_at < start_at < fire_at + 50 * SECOND

    clock.advance((start_at - 1 - began_at) / SECOND)
    assert (await stepped(runner, line)).fired_count == 0
    clock.advance(2 / SECOND)
    assert (await stepped(runner, line)).fired_count == 1

    assert await effects(database) == [(fire_at, "tick")]


async def test_a_backfill_is_as_if_the_past_had_been_lived(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    hourly = schedule("hourly", "0 0 * * * *", misfire="skip")
    daily = schedule("daily", "0 0 10 * * *", halted="stopped")
    line.declared = [hourly, daily]
    began_at = await begun(runner, line, clock)
    since = began_at - 30 * DAY * SECOND

    def begin(tx: Transaction, turn: Turn) -> int:
        return runner.backfill_in(tx, turn, line.declared, since=since, until=began_at)

    async with runner.exclusive(line) as turn:
        count = await database.write(Tenant(TENANT), begin, turn)
        result = await runner.step_under(turn, line)
        with pytest.raises(BackfillTooLate):
            await database.write(Tenant(TENANT), begin, turn)

    assert count == result.fired_count == 30 * 24 + 30
    clock.advance(1_830)
    assert (await stepped(runner, line)).fired_count == 1
    ran = await effects(database)
    assert ran == sorted(ran)
    hours = Fires(Cron.parse("0 0 * * * *"), "UTC").between(since, clock.now_us())
    assert [at for at, name in ran if name == "hourly"] == list(hours)


async def test_a_backfill_takes_back_what_was_skipped(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    line.declared = [schedule(halted="paused")]
    began_at = await begun(runner, line, clock)
    clock.advance(100)
    await stepped(runner, line)

    def begin(tx: Transaction, turn: Turn) -> int:
        since, until = began_at + 40 * SECOND, began_at + 90 * SECOND
        return runner.backfill_in(tx, turn, line.declared, since=since, until=until)

    async with runner.exclusive(line) as turn:
        assert await database.write(Tenant(TENANT), begin, turn) == 50
        await runner.step_under(turn, line)
    clock.advance(61)
    await stepped(runner, line)

    counted = assert_each_is_decided_once(
        await firings(database), schedule(), [began_at + n * SECOND for n in range(1, 162)]
    )
    assert counted == {"paused": 111, "done": 50}

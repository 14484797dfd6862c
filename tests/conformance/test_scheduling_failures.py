"""What becomes of runs that fail, hang, or are left behind, on both databases."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from tenantry.base.errors import Invalid, Unavailable
from tenantry.db import Database, Tenant
from tenantry.scheduling import (
    FireTime,
    LeaseLost,
    Runner,
    Turn,
)
from tenantry.scheduling.rounds import TAKEOVERS_MAX
from tenantry.testing import FakeClock
from tests.support.lines import (
    SECOND,
    TENANT,
    TTL_SECONDS,
    EffectLine,
    Notes,
    begun,
    effects,
    firings,
    runner_of,
    schedule,
    stepped,
)

DAY = 86_400


async def test_a_failure_that_may_pass_is_tried_again(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    line.declared = [schedule(retries=2, retry_seconds=0.0)]
    await begun(runner, line, clock)
    clock.advance(1)
    failures = iter([Unavailable("away"), ConnectionError("gone")])

    async def fail(_: Sequence[FireTime]) -> None:
        if (error := next(failures, None)) is not None:
            raise error

    line.before = fail
    result = await stepped(runner, line)

    assert (result.fired_count, result.failed_count) == (1, 0)
    (done,) = await firings(database)
    assert (done.status, done.attempt) == ("done", 3)


@pytest.mark.parametrize(
    "error, tries, text",
    [
        (Unavailable("away"), 3, "away"),
        (Invalid("wrong"), 1, "wrong"),
        (KeyError("x"), 3, "KeyError"),
    ],
)
async def test_a_failure_is_recorded_and_the_next_one_runs(  # noqa: PLR0917 - parameters
    database: Database, clock: FakeClock, line: EffectLine, error: Exception, tries: int, text: str
) -> None:
    notes = Notes()
    runner = runner_of(database, clock, observer=notes)
    line.declared = [schedule(retries=2, retry_seconds=0.0)]
    began_at = await begun(runner, line, clock)
    clock.advance(3)
    bad = began_at + 2 * SECOND

    async def fail(times: Sequence[FireTime]) -> None:
        if any(time.at == bad for time in times):
            raise error

    line.before = fail
    result = await stepped(runner, line)

    assert (result.fired_count, result.failed_count) == (2, 1)
    found = await firings(database)
    assert [(each.status, each.reason, each.error) for each in found] == [
        ("done", None, None),
        ("failed", "failed", text),
        ("done", None, None),
    ]
    # Together, then each alone.
    assert [len(batch) for batch in line.batches] == [3, 1] + [1] * tries + [1]
    ((time, reason, told),) = notes.failures
    assert (time.at, reason, told) == (bad, "failed", text)


async def test_a_run_that_takes_too_long_is_ended_and_leaves_nothing(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    line.declared = [schedule(retries=1, retry_seconds=0.0, timeout_seconds=0.05)]
    await begun(runner, line, clock)
    clock.advance(1)

    async def hang(_: Sequence[FireTime]) -> None:
        await asyncio.Event().wait()

    line.before = hang
    result = await stepped(runner, line)

    assert result.failed_count == 1
    (failed,) = await firings(database)
    assert (failed.status, failed.reason, failed.attempt) == ("failed", "timeout", 2)
    assert await effects(database) == []


async def test_a_line_that_forgets_to_record_its_run_has_failed(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    await begun(runner, line, clock)
    clock.advance(1)
    line.is_forgetful = True

    result = await stepped(runner, line)

    assert result.failed_count == 1
    (failed,) = await firings(database)
    assert failed.error == "the line returned and had not recorded it"


async def test_what_a_dead_holder_has_left_comes_first(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    began_at = await begun(runner, line, clock)
    clock.advance(3)
    entered = asyncio.Event()

    async def hang(_: Sequence[FireTime]) -> None:
        entered.set()
        await asyncio.Event().wait()

    line.before = hang
    dying = asyncio.create_task(runner.step(line))
    await entered.wait()
    dying.cancel()
    await asyncio.wait({dying})
    standing = await runner.standing(line)
    assert [firing.fire_at for firing in standing.running] == [
        began_at + n * SECOND for n in (1, 2, 3)
    ]

    line.before = None
    clock.advance(TTL_SECONDS + 4)
    other = runner_of(database, clock, "other")
    result = await stepped(other, line)

    assert (result.taken_over_count, result.fired_count) == (3, 27)
    ran = await effects(database)
    assert ran == [(began_at + n * SECOND, "tick") for n in range(1, 28)]
    found = await firings(database)
    assert [each.attempt for each in found] == [2] * 3 + [1] * 24


async def test_what_takes_its_holder_with_it_every_time_is_given_up_alone(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    line.declared = [schedule(retries=0)]
    began_at = await begun(runner, line, clock)
    clock.advance(5)
    fatal = began_at + 3 * SECOND

    deaths = 0
    while await _dies(runner, line, at=lambda times: fatal in [time.at for time in times]):
        deaths += 1
        clock.advance(TTL_SECONDS + 1)

    # With the others at first, and alone from then on.
    assert deaths == 1 + TAKEOVERS_MAX
    lost = [each for each in await firings(database) if each.status != "done"]
    assert [(each.fire_at, each.status, each.reason) for each in lost] == [
        (fatal, "failed", "abandoned")
    ]
    ran = [at for at, _ in await effects(database)]
    assert ran == sorted(ran)
    assert len(ran) == len(set(ran)) >= 5 + deaths * (TTL_SECONDS + 1) - 1


async def test_holders_that_die_again_and_again_get_further_each_time(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    line.declared = [schedule(retries=0)]
    began_at = await begun(runner, line, clock)
    clock.advance(3 * TAKEOVERS_MAX)

    assert await _dies(runner, line, at=lambda times: len(times) > 1)
    for death in range(1, 2 * TAKEOVERS_MAX):
        clock.advance(TTL_SECONDS + 1)
        assert await _dies(runner, line, at=_second_run())
        ran = await effects(database)
        assert ran == [(began_at + n * SECOND, "tick") for n in range(1, death + 1)]
    assert not [each for each in await firings(database) if each.status == "failed"]


def _second_run() -> Callable[[Sequence[FireTime]], bool]:
    runs = itertools.count()
    return lambda _: next(runs) == 1


async def _dies(
    runner: Runner, line: EffectLine, *, at: Callable[[Sequence[FireTime]], bool]
) -> bool:
    """Step a line by a node that dies where it is handed certain times; returns whether it did."""
    entered = asyncio.Event()

    async def die(times: Sequence[FireTime]) -> None:
        if at(times):
            entered.set()
            await asyncio.Event().wait()

    line.before = die
    step = asyncio.create_task(runner.step(line))
    death = asyncio.create_task(entered.wait())
    await asyncio.wait({step, death}, return_when=asyncio.FIRST_COMPLETED)
    step.cancel()
    death.cancel()
    await asyncio.wait({step, death})
    return entered.is_set()


async def test_whoever_lost_the_turn_in_the_middle_writes_nothing(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    began_at = await begun(runner, line, clock)
    clock.advance(1)
    paused, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: Sequence[FireTime]) -> None:
        paused.set()
        await go_on.wait()

    line.before = wait
    losing = asyncio.create_task(runner.step(line))
    await paused.wait()
    # Its time passes, and it is not there to extend it.
    clock.set_now(clock.now() + timedelta(seconds=TTL_SECONDS + 1))
    other = EffectLine(database, schedule())
    taken = await stepped(runner_of(database, clock, "other"), other)
    go_on.set()
    lost = await losing

    assert taken.taken_over_count == 1
    assert (lost.fired_count, lost.error) == (
        0,
        "lease schedule:acme:things: node has lost it to another holder",
    )
    ran = await effects(database)
    assert ran == [(began_at + n * SECOND, "tick") for n in range(1, 23)]
    assert {each.holder for each in await firings(database)} == {"other"}


async def test_a_unit_that_comes_too_late_ends_nothing(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    await begun(runner, line, clock)
    clock.advance(1)
    turns: list[Turn] = []
    first: list[FireTime] = []

    async def fire(times: Sequence[FireTime], turn: Turn) -> None:
        turns.append(turn)
        first.extend(times)
        if len(first) == 1:
            raise Unavailable("its unit is still under way")
        # The unit of the attempt before comes now, and is undone as a whole.
        with pytest.raises(LeaseLost, match="had ended"):
            await database.write(Tenant(TENANT), line.write, first[:1], turn)
        await database.write(Tenant(TENANT), line.write, times, turn)

    line.fire = fire  # type: ignore[method-assign]  # a line that is retried at once
    line.declared = [schedule(retry_seconds=0.0)]
    result = await stepped(runner, line)

    assert result.fired_count == 1
    assert len(await effects(database)) == 1


async def test_a_line_that_breaks_stops_no_other(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    other = EffectLine(database, schedule(), name="other")
    await begun(runner, line, clock)
    await begun(runner, other, clock)
    clock.advance(1)
    line.declared = [schedule(), schedule()]

    broken = await runner.step(line)

    assert broken.error is not None
    assert "different names" in broken.error
    assert (await stepped(runner, other)).fired_count == 1

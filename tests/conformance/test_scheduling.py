"""Lines on both databases: each fire time runs once and in order, on any number of nodes."""

import asyncio

import pytest

from tenantry.db import Database, Tenant
from tenantry.scheduling import (
    Held,
    LeaseLost,
    LineBusy,
    Of,
    Runner,
    Turn,
)
from tenantry.testing import FakeClock
from tests.support.lines import (
    LINE,
    SECOND,
    TENANT,
    EffectLine,
    begun,
    effects,
    firings,
    runner_of,
    schedule,
    stepped,
)
from tests.support.waiting import eventually

DAY = 86_400


async def test_a_new_schedule_has_no_past(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    began_at = clock.now_us()
    first = await stepped(runner, line)
    assert (first.fired_count, first.next_at) == (0, began_at + SECOND)

    clock.advance(2.5)
    result = await stepped(runner, line)

    assert (result.fired_count, result.next_at) == (2, began_at + 3 * SECOND)
    assert await effects(database) == [
        (began_at + SECOND, "tick"),
        (began_at + 2 * SECOND, "tick"),
    ]
    done = await firings(database)
    assert [(each.status, each.run_id) for each in done] == [
        ("done", f"tick-{began_at + n * SECOND}") for n in (1, 2)
    ]


async def test_what_is_overdue_of_all_schedules_runs_in_one_order(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    line.declared = [schedule("b"), schedule("a", "*/2 * * * * *"), schedule("c", "0 * * * * *")]
    await begun(runner, line, clock)
    clock.advance(600)

    result = await stepped(runner, line)

    ran = await effects(database)
    assert ran == sorted(ran)
    assert len(ran) == result.fired_count == 600 + 300 + 10
    assert [len(batch) for batch in line.batches] == [200, 200, 200, 200, 110]


async def test_two_nodes_at_once_run_each_once(
    database: Database, clock: FakeClock, line: EffectLine
) -> None:
    nodes = [runner_of(database, clock, f"node-{n}", batch_max=3) for n in range(3)]
    began_at = await begun(nodes[0], line, clock)

    for _ in range(20):
        clock.advance(7)
        results = await asyncio.gather(*(node.step(line) for node in nodes))
        assert [each.error for each in results] == [None] * 3
    await stepped(nodes[0], line)

    times = [began_at + n * SECOND for n in range(1, 141)]
    assert await effects(database) == [(at, "tick") for at in times]


async def test_whoever_does_not_get_the_turn_hears_who_has_it(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    await begun(runner, line, clock)
    clock.advance(1)
    other = runner_of(database, clock, "other", wait_seconds=0.0)

    async with runner.exclusive(line) as turn:
        assert isinstance(turn, Turn)
        result = await stepped(other, line)
        with pytest.raises(LineBusy, match="node has its turn"):
            async with other.exclusive(line):
                pass

    assert isinstance(result.held, Held)
    assert (result.held.holder, result.fired_count) == ("node", 0)
    assert (await stepped(other, line)).fired_count == 1


async def test_a_turn_runs_what_is_due_before_what_its_holder_does(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    await begun(runner, line, clock)
    clock.advance(3)

    async with runner.exclusive(line) as turn:
        result = await runner.step_under(turn, line)
        await database.write(Tenant(TENANT), turn.check_in)

    assert result.fired_count == 3
    with pytest.raises(LeaseLost):
        await database.write(Tenant(TENANT), turn.check_in)


async def test_the_history_is_paged_newest_first_and_forgotten_in_time(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    began_at = await begun(runner, line, clock)
    clock.advance(10)
    await stepped(runner, line)
    record = runner.record

    newest = await record.history(TENANT, LINE, limit=4)
    last = newest[-1]
    older = await record.history(TENANT, LINE, limit=4, before=(last.fire_at, last.schedule))

    assert [each.fire_at for each in (*newest, *older)] == [
        began_at + n * SECOND for n in range(10, 2, -1)
    ]
    assert await record.forget(began_at + 5 * SECOND) == 4
    assert len(await firings(database)) == 6


async def test_how_a_line_stands_is_told(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    assert (await runner.standing(line)).held is None
    began_at = await begun(runner, line, clock)

    standing = await runner.standing(line)

    assert standing.next_fires == {"tick": began_at + SECOND}
    assert standing.marks["tick"].decided_until == began_at
    assert (standing.running, standing.is_clock_behind) == ((), False)
    assert standing.held is not None
    assert standing.held.holder == "node"
    assert Of(TENANT, LINE).key == "acme/things"
    assert database.is_ready


async def test_waiting_for_a_turn_ends_when_it_is_given_back(
    database: Database, clock: FakeClock, line: EffectLine, runner: Runner
) -> None:
    other = runner_of(database, clock, "other")

    async def have_it() -> str:
        async with other.exclusive(line) as turn:
            return turn.lease.holder

    async with runner.exclusive(line):
        waiting = asyncio.create_task(have_it())
        await eventually(lambda: clock.sleeper_count >= 2)
    await eventually(lambda: _passed(clock, waiting))

    assert await waiting == "other"


def _passed(clock: FakeClock, task: asyncio.Task[str]) -> bool:
    clock.advance(0.1)
    return task.done()

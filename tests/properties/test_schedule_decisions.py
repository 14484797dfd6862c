"""Whatever the schedules, policies, runs and clock: a fire time is decided once, and in order."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.scheduling import FireTime, Schedule
from tests.properties.schedule_world import SECOND, START, World, fires_of, scheduled

NAMES = ("a", "b", "c")
BUSY = 60 * SECOND
HALTS = (None, None, None, "paused")

policies = st.fixed_dictionaries(
    {
        "misfire": st.sampled_from(("skip", "run_once", "run_all")),
        "overlap": st.sampled_from(("skip", "buffer_one", "allow")),
        "jitter_seconds": st.sampled_from((0.0, 0.0, 3.0, 40.0)),
        "grace_seconds": st.sampled_from((0.0, 5.0, 60.0)),
        "catch_up_seconds": st.sampled_from((0.0, 30.0, 600.0, 1e6)),
        "halted": st.sampled_from(HALTS),
    }
)
schedules = st.builds(
    lambda name, period, offset, given: scheduled(name, period, offset, **given),
    st.sampled_from(NAMES),
    st.sampled_from((5, 7, 60, 3600)),
    st.integers(0, 5),
    policies,
)
moves = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from((0.3, 1, 2, 10, 61, 700))),
    st.tuples(st.just("clock"), st.sampled_from((-900, -5, 5, 900))),
    st.tuples(st.just("declare"), schedules),
    st.tuples(st.just("remove"), st.sampled_from(NAMES)),
)


@given(
    first=st.lists(schedules, min_size=1, max_size=3),
    script=st.lists(moves, max_size=8),
    batch_max=st.sampled_from((1, 3, 50)),
    look_max=st.sampled_from((1, 4, 1000)),
    run_seconds=st.lists(st.sampled_from((0, 0.001, 0.2, 3)), min_size=1, max_size=5),
    together=st.booleans(),
)
@settings(deadline=None)
def test_each_fire_time_runs_once_or_lies_in_one_range(  # noqa: PLR0917 - drawn
    first: list[Schedule],
    script: list[tuple[str, Any]],
    batch_max: int,
    look_max: int,
    run_seconds: list[float],
    together: bool,  # noqa: FBT001 - drawn
) -> None:
    world = World(batch_max=batch_max, look_max=look_max)
    world.schedules = {each.name: each for each in first}

    def seconds_of(time: FireTime) -> int:
        # No longer than the line can bear.
        is_busy = sum(busy.finished_at - busy.started_at for busy in world.busy) > BUSY
        return 0 if is_busy else int(run_seconds[time.at // SECOND % len(run_seconds)] * SECOND)

    for kind, value in [("wait", 0.5), *script, ("wait", 400)]:
        if kind in ("wait", "clock"):
            world.now += int(value * SECOND)
        elif kind == "declare":
            world.schedules[value.name] = value
        else:
            world.schedules.pop(value, None)
        world.step(seconds_of, together=together)
    for name, each in world.schedules.items():
        # What still waits for its jitter is let through.
        world.schedules[name] = each.__class__(
            name=name, cron=each.cron, timezone=each.timezone, overlap="allow", halted=each.halted
        )
    world.step(lambda _: 0, together=together, is_last=True)
    world.settle()

    assert_once(world)
    assert [(t.at, t.schedule) for t in world.due] == sorted((t.at, t.schedule) for t in world.due)


def assert_once(world: World) -> None:
    """Check that each fire time that was owed is in exactly one place, and nothing else is."""
    owed = Counter(
        (each.name, at) for each in world.owed for at in each.times.between(each.since, each.until)
    )
    ran = Counter((time.schedule, time.at) for time in world.due)
    skipped = Counter[tuple[str, int]]()
    for skip in world.skips:
        inside = [
            at
            for each in world.owed
            if each.name == skip.schedule
            for at in each.times.between(skip.first - 1, skip.last)
            if each.since < at <= each.until
        ]
        assert len(inside) >= skip.count >= 1
        skipped.update((skip.schedule, at) for at in inside)
    assert max(owed.values(), default=1) == 1
    assert ran + skipped == owed


@given(
    period=st.sampled_from((1, 7, 60)),
    downtimes=st.lists(st.integers(0, 5000), min_size=1, max_size=5),
    grace=st.sampled_from((0, 10, 60, 1000)),
)
@settings(deadline=None)
def test_what_is_missed_is_what_nobody_ran_in_time(
    period: int, downtimes: list[int], grace: int
) -> None:
    world = World(batch_max=50, look_max=1000)
    world.schedules = {"a": scheduled("a", period, misfire="skip", grace_seconds=grace)}
    world.step(lambda _: 0, together=False)

    for seconds in downtimes:
        since = world.now
        world.now += seconds * SECOND
        before = len(world.due)
        world.step(lambda _: 0, together=False)

        times = fires_of(world.schedules["a"].definition).between(since, world.now)
        ran = [time.at for time in world.due[before:]]
        assert ran == [at for at in times if world.now - at <= grace * SECOND]
    assert {skip.reason for skip in world.skips} <= {"misfire"}


@given(seconds=st.integers(0, 3000), grace=st.sampled_from((0, 60)))
def test_run_once_makes_up_for_all_that_was_missed_with_the_last(seconds: int, grace: int) -> None:
    world = World(batch_max=50, look_max=1000)
    world.schedules = {"a": scheduled("a", 7, misfire="run_once", grace_seconds=grace)}
    world.step(lambda _: 0, together=False)
    world.now += seconds * SECOND
    world.step(lambda _: 0, together=False)

    times = fires_of(world.schedules["a"].definition).between(START, world.now)
    is_missed = bool(times) and world.now - times[0] > grace * SECOND
    assert [time.at for time in world.due] == (times[-1:] if is_missed else times)


@given(
    run_seconds=st.sampled_from((1, 5, 30, 600)),
    batch_max=st.sampled_from((1, 50)),
    count=st.integers(1, 40),
)
@settings(deadline=None)
def test_a_backlog_that_was_in_time_runs_however_long_it_takes(
    run_seconds: int, batch_max: int, count: int
) -> None:
    """The window is held against it once, when it is first seen."""
    world = World(batch_max=batch_max, look_max=1000)
    world.schedules = {
        "a": scheduled("a", 60, catch_up_seconds=count * 60, overlap="skip"),
        "b": scheduled("b", 3600, misfire="skip", grace_seconds=3700, overlap="allow"),
    }
    world.step(lambda _: 0, together=False)
    world.now += 100 * 60 * SECOND
    seen_at = world.now

    def seconds_of(time: FireTime) -> int:
        return run_seconds * SECOND if time.at <= seen_at else 0

    world.step(seconds_of, together=False)

    ran = [time.at for time in world.due if time.schedule == "a" and time.at <= seen_at]
    times = fires_of(world.schedules["a"].definition).between(START, seen_at)
    assert ran == [at for at in times if seen_at - at <= count * 60 * SECOND]


@given(run_seconds=st.integers(1, 40), overlap=st.sampled_from(("skip", "buffer_one", "allow")))
def test_what_a_run_covers_is_skipped_or_waits_for_it(run_seconds: int, overlap: str) -> None:
    world = World(batch_max=50, look_max=1000)
    world.schedules = {"a": scheduled("a", 10, overlap=overlap)}
    world.step(lambda _: 0, together=False)
    world.now = START + 10 * SECOND
    until = world.now + run_seconds * SECOND
    took = iter([run_seconds * SECOND])

    world.step(lambda _: next(took, 0), together=False)

    inside = list(range(START + 20 * SECOND, until, 10 * SECOND))
    edge = [until] if run_seconds % 10 == 0 else []
    ran = [time.at for time in world.due][1:]
    expected = {"skip": [], "buffer_one": inside[:1], "allow": inside}[overlap]
    assert ran == expected + edge

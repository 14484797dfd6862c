"""The cron suite: the next fire time beside cronsim, croniter and APScheduler."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]  # it has no types
from croniter import croniter  # type: ignore[import-untyped]  # as above
from cronsim import CronSim

from bench.figure import Figure, in_turn, series
from bench.plan import Plan
from tenantry.scheduling import Cron, Fires
from tenantry.scheduling.cron.zone import zone_of

FIRES_A_SECOND: Final = 100_000.0
WORST_MILLISECONDS: Final = 1.0

ZONE: Final = "America/New_York"
START: Final = datetime(2026, 1, 1, tzinfo=ZoneInfo(ZONE))

WALKED: Final = {
    "weekdays at 10": "0 0 10 * * 1-5",
    "every 2 minutes in office hours": "0 */2 9-17 * * 1-5",
    "every 5 seconds": "*/5 * * * * *",
    "the last day of a month": "0 30 23 L * *",
}
# What the aim is about; the others are for information.
TYPICAL: Final = ("weekdays at 10", "every 2 minutes in office hours", "every 5 seconds")
RARE: Final = (
    "0 0 0 29 2 *",
    "0 0 0 29 2 */7",
    "0 30 2 31 12 *",
    "0 0 0 * 2 MON#5",
    "59 59 23 31 12 *",
)

_WALKED: Final = 1_000
# We are too quick for one walk to be measured well.
_OURS: Final = 20
_COMPARED: Final = 200
_READ: Final = 1_000
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Tell = Callable[[str], None]
Walk = Callable[[str], Iterator[datetime]]


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure one thread that asks for one fire time after the other."""
    figures = []
    for name, expression in WALKED.items():
        tell(f"fire times of {expression}")
        for peer, walk in PEERS.items():
            _refuse_difference(expression, peer, walk)
            figures.append(_figure_of_walking(plan, name, expression, peer, walk))
    tell("reading, and the first fire time of what is rare")
    return [*figures, _figure_of_reading(plan), _figure_of_the_worst(plan)]


def _figure_of_walking(plan: Plan, name: str, expression: str, peer: str, walk: Walk) -> Figure:
    ours, theirs = in_turn(
        plan.rounds, lambda: _our_rate(expression), lambda: _rate(walk(expression))
    )
    return Figure(
        suite="cron",
        name=f"{name}, fire times",
        unit="1/s",
        ours=series(ours),
        theirs=series(theirs),
        peer=peer,
        aim_least=FIRES_A_SECOND if name in TYPICAL else None,
    )


def _our_rate(expression: str) -> float:
    after = Fires(Cron.parse(expression), ZONE).after
    started_at = time.perf_counter()
    for _ in range(_OURS):
        at: int | None = _as_us(START)
        for _ in range(_WALKED):
            at = after(at)  # type: ignore[arg-type]  # none of these ends
    return _OURS * _WALKED / (time.perf_counter() - started_at)


def _rate(walk: Iterator[datetime]) -> float:
    started_at = time.perf_counter()
    for _ in islice(walk, _WALKED):
        pass
    return _WALKED / (time.perf_counter() - started_at)


def _cronsim(expression: str) -> Iterator[datetime]:
    return CronSim(expression, START)


def _croniter(expression: str) -> Iterator[datetime]:
    walk = croniter(expression, START, ret_type=datetime, second_at_beginning=True)
    return iter(walk.get_next, None)


def _apscheduler(expression: str) -> Iterator[datetime]:
    second, minute, hour, day, month, week_day = expression.replace("L", "last").split()
    # Its weeks begin on Monday, which is 0.
    named = week_day.replace("1-5", "mon-fri")
    trigger = CronTrigger(
        second=second, minute=minute, hour=hour, day=day, month=month, day_of_week=named,
        timezone=ZoneInfo(ZONE),
    )  # fmt: skip
    at = trigger.get_next_fire_time(None, START + _MICROSECOND)
    while True:
        yield at
        at = trigger.get_next_fire_time(at, at)


PEERS: Final[dict[str, Walk]] = {
    "cronsim": _cronsim,
    "croniter": _croniter,
    "APScheduler": _apscheduler,
}


def _refuse_difference(expression: str, peer: str, walk: Walk) -> None:
    ours = Fires(Cron.parse(expression), ZONE).upcoming(_as_us(START), _COMPARED)
    theirs = [_as_us(at) for at in islice(walk(expression), _COMPARED)]
    if ours != theirs:
        raise RuntimeError(f"{peer} fires otherwise: {expression}")


def _figure_of_reading(plan: Plan) -> Figure:
    expression = WALKED["weekdays at 10"]
    start = _as_us(START)

    def ours() -> object:
        return Fires(Cron.parse(expression), ZONE).after(start)

    def theirs() -> object:
        return next(CronSim(expression, START))

    our_rounds, their_rounds = in_turn(
        plan.rounds, lambda: _microseconds(ours, _READ), lambda: _microseconds(theirs, _READ)
    )
    return Figure(
        suite="cron",
        name="read, and the first fire time",
        unit="µs",
        ours=series(our_rounds),
        theirs=series(their_rounds),
        peer="cronsim",
        is_lower_better=True,
    )


def _figure_of_the_worst(plan: Plan) -> Figure:
    """Measure the slowest first answer there is, in a zone that nobody has asked for yet."""
    start = _as_us(START)

    def ours(fires: Fires) -> Callable[[], object]:
        return lambda: fires.after(start)

    def our_worst() -> float:
        zone_of.cache_clear()
        return max(_microseconds(ours(Fires(Cron.parse(each), ZONE)), 1) for each in RARE) / 1_000

    def their_worst() -> float:
        walks = [CronSim(each, START) for each in RARE]
        return max(_microseconds(walk.__next__, 1) for walk in walks) / 1_000

    our_rounds, their_rounds = in_turn(plan.rounds, our_worst, their_worst)
    return Figure(
        suite="cron",
        name="the slowest first fire time of what is rare",
        unit="ms",
        ours=series(our_rounds),
        theirs=series(their_rounds),
        peer="cronsim",
        is_lower_better=True,
        aim_most=WORST_MILLISECONDS,
    )


def _microseconds(call: Callable[[], object], calls: int) -> float:
    started_at = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - started_at) / calls * 1_000_000


def _as_us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND

"""The contention suite: what a PUT takes while GETs saturate the event loop."""

import time
from collections.abc import Callable
from typing import Final

from bench.figure import Figure, in_turn, series
from bench.http import PEER, Field, Target, both_servers
from bench.plan import Plan
from bench.wrk import CONNECTIONS, Load, has_wrk, loaded

AIM_MILLISECONDS: Final = 10.0
"""99 % of the writes within."""

_WRITERS: Final = (1, 4)
_HEAD_START_SECONDS: Final = 0.3

Tell = Callable[[str], None]


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure the latency of PUT on few connections beside 32 that read; needs wrk."""
    if not has_wrk():
        tell("wrk is not installed, so contention is not measured")
        return []

    with both_servers(tell) as field:
        figures = _figures(
            "PUT on 1 connection, nothing else", *_loads(field, plan, 1, is_calm=True)
        )
        for writers in _WRITERS:
            tell(f"PUT on {writers} connections beside {CONNECTIONS} that GET")
            name = f"PUT on {writers}, GET on {CONNECTIONS} connections"
            loads = _loads(field, plan, writers, is_calm=False)
            figures += _figures(name, *loads, aim_most=AIM_MILLISECONDS)
    return figures


def _loads(
    field: Field, plan: Plan, writers: int, *, is_calm: bool
) -> tuple[list[Load], list[Load] | None]:
    seconds = plan.contention_seconds

    def write(target: Target) -> Load:
        if is_calm:
            return target.put(field.folder, seconds, connections=writers)
        with loaded(field.folder, target.port, target.gets):
            time.sleep(_HEAD_START_SECONDS)
            return target.put(field.folder, seconds, connections=writers)

    theirs = field.theirs
    if theirs is None:
        return [write(field.ours) for _ in range(plan.rounds)], None
    return in_turn(plan.rounds, lambda: write(field.ours), lambda: write(theirs))


def _figures(
    name: str, ours: list[Load], theirs: list[Load] | None, *, aim_most: float | None = None
) -> list[Figure]:
    def figure(what: str, of: Callable[[Load], float], aim: float | None) -> Figure:
        return Figure(
            suite="contention",
            name=f"{name}: {what}",
            unit="ms",
            ours=series(of(each) for each in ours),
            theirs=series(of(each) for each in theirs) if theirs else None,
            peer=PEER if theirs else "",
            is_lower_better=True,
            aim_most=aim,
        )

    return [
        figure("half within", lambda each: each.p50 / 1000, None),
        figure("99 % within", lambda each: each.p99 / 1000, aim_most),
    ]

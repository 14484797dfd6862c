"""The clients suite: a plan beside its peers, and applies of many clients."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Final, TypeVar

from bench import applies, routes
from bench.figure import Figure, in_turn, series
from bench.plan import Plan
from bench.routes import Measured
from bench.sides import Databases, temporary_databases

PEER: Final = "diffsync"
DEEP_PEER: Final = "deepdiff"

PLAN_SECONDS: Final = 1.0
PLAN_MEBIBYTES: Final = 300.0
PLAN_RATIO: Final = 15.0
APPLY_SECONDS: Final = 60.0
AGAIN_SECONDS: Final = 2.0

# It takes minutes for as many as the other two compare.
_DEEP_SHARE: Final = 10

_SHOWN: Final = {"sqlite": "SQLite", "postgres": "PostgreSQL"}

T = TypeVar("T")
Tell = Callable[[str], None]


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure plans, and applies on both databases, without PostgreSQL where that cannot start."""
    figures = [*_plans(plan, tell), *_deep_plans(plan, tell)]
    if not applies.is_there():
        tell("this version applies no clients, so that is not measured")
        return figures

    with temporary_databases() as databases:
        for dialect in plan.dialects:
            if dialect == "postgres" and not databases.has_postgres(tell):
                continue
            figures += _applies(plan, dialect, databases, tell)
    return figures


def _plans(plan: Plan, tell: Tell) -> list[Figure]:
    count = plan.declared_routes
    tell(f"planning {count:,} routes")
    ours, theirs = in_turn(
        plan.rounds, lambda: _alone(routes.ours, count), lambda: _alone(routes.theirs, count)
    )
    return [
        _of_seconds(f"plan of {count:,} routes", ours, aim_most=PLAN_SECONDS),
        _of_seconds(f"plan of {count:,} routes", ours, theirs, PEER, aim_ratio=PLAN_RATIO),
        Figure(
            suite="clients",
            name=f"plan of {count:,} routes: memory at its peak",
            unit="MiB",
            ours=series(each.mebibytes for each in ours),
            theirs=series(each.mebibytes for each in theirs),
            peer=PEER,
            is_lower_better=True,
            aim_most=PLAN_MEBIBYTES,
        ),
    ]


def _deep_plans(plan: Plan, tell: Tell) -> list[Figure]:
    count = plan.declared_routes // _DEEP_SHARE
    tell(f"planning {count:,} routes")
    ours, theirs = in_turn(
        plan.rounds, lambda: _alone(routes.ours, count), lambda: _alone(routes.deeply, count)
    )
    return [_of_seconds(f"plan of {count:,} routes", ours, theirs, DEEP_PEER)]


def _applies(plan: Plan, dialect: str, databases: Databases, tell: Tell) -> list[Figure]:
    count, name = plan.declared_clients, _SHOWN[dialect]
    tell(f"{name}: applying {count:,} clients")
    rounds = []
    for _ in range(plan.rounds):
        with databases.one(dialect) as (url, folder):
            rounds.append(_alone(applies.applies, url, str(folder), count))

    what = f"{count:,} clients of {applies.ROUTES_EACH} routes"
    return [
        _of_applies(f"{name}: {what}, the first apply", [r.first for r in rounds], APPLY_SECONDS),
        _of_applies(f"{name}: {what}, the same again", [r.again for r in rounds], AGAIN_SECONDS),
    ]


def _alone(work: Callable[..., T], *args: object) -> T:
    """Do `work` in a new process: what an earlier round has left would hide what this one takes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(work, *args).result()


def _of_seconds(
    name: str,
    ours: list[Measured],
    theirs: list[Measured] | None = None,
    peer: str = "",
    *,
    aim_most: float | None = None,
    aim_ratio: float | None = None,
) -> Figure:
    return Figure(
        suite="clients",
        name=name,
        unit="s",
        ours=series(each.seconds for each in ours),
        theirs=series(each.seconds for each in theirs) if theirs else None,
        peer=peer,
        is_lower_better=True,
        aim_most=aim_most,
        aim_ratio=aim_ratio,
    )


def _of_applies(name: str, seconds: list[float], aim_most: float) -> Figure:
    return Figure(
        suite="clients",
        name=name,
        unit="s",
        ours=series(seconds),
        is_lower_better=True,
        aim_most=aim_most,
    )

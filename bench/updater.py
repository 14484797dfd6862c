"""The updater suite: rows beside Faker and Mimesis, their writes, a year of history, and slots."""

import multiprocessing
import statistics
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import Final, TypeVar

from bench import fakes, lived, worlds
from bench.figure import Figure, in_turn, series
from bench.plan import Plan
from bench.sides import Databases, temporary_databases

T = TypeVar("T")
Tell = Callable[[str], None]
Fake = Callable[[Mapping[str, int]], float]

ROWS_A_SECOND: Final = 50_000.0
WRITTEN_A_SECOND: Final = 20_000.0
HISTORY_SECONDS: Final = 2.0

PEERS: Final[dict[str, Fake]] = {"Faker": fakes.faker, "Mimesis": fakes.mimesis}
_SHOWN: Final = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
_AIMED: Final = "sqlite"


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure one tenant, without PostgreSQL where that cannot start."""
    figures = _generation(plan, tell)
    with temporary_databases() as databases:
        for dialect in plan.dialects:
            if dialect == "postgres" and not databases.has_postgres(tell):
                continue
            figures += [
                *_writes(plan, dialect, databases, tell),
                *_histories(plan, dialect, databases, tell),
                *_slots(plan, dialect, databases, tell),
            ]
    return figures


def _generation(plan: Plan, tell: Tell) -> list[Figure]:
    days = plan.lived_days
    tell(f"rows of {days} days")
    warm = _alone(worlds.generate, days)
    figures = [_beside(plan, peer, make, warm.rows) for peer, make in PEERS.items()]
    rounds = [_alone(worlds.generate, days) for _ in range(plan.rounds)]
    return [
        *figures,
        Figure(
            suite="updater",
            name="rows that agree, checked, for a second of one processor",
            unit="1/s",
            ours=series(each.row_count / each.processor_seconds for each in rounds),
        ),
        Figure(
            suite="updater",
            name="the same with the changes of older rows",
            unit="1/s",
            ours=series(
                (each.row_count + each.change_count) / each.processor_seconds for each in rounds
            ),
        ),
    ]


def _beside(plan: Plan, peer: str, make: Fake, rows: Mapping[str, int]) -> Figure:
    # The few rows of other tables are a hundredth, and no peer is asked for them.
    count = sum(rows[table] for table in fakes.TABLES)
    ours, theirs = in_turn(
        plan.rounds,
        lambda: _alone(worlds.generate, plan.lived_days),
        lambda: _alone(make, rows),
    )
    return Figure(
        suite="updater",
        name="rows that agree, checked",
        unit="1/s",
        ours=series(each.row_count / each.seconds for each in ours),
        theirs=series(count / seconds for seconds in theirs),
        peer=f"{peer}, rows that do not agree",
        aim_least=ROWS_A_SECOND,
    )


def _writes(plan: Plan, dialect: str, databases: Databases, tell: Tell) -> list[Figure]:
    tell(f"{_SHOWN[dialect]}: writing the rows of {plan.lived_days} days")
    rounds = []
    for _ in range(plan.rounds):
        with databases.one(dialect) as (url, _folder):
            rounds.append(_alone(worlds.write, url, plan.lived_days))
    return [
        Figure(
            suite="updater",
            name=f"{_SHOWN[dialect]}: rows written, with their ledger",
            unit="1/s",
            ours=series(each.row_count / each.seconds for each in rounds),
            aim_least=WRITTEN_A_SECOND if dialect == _AIMED else None,
        )
    ]


def _histories(plan: Plan, dialect: str, databases: Databases, tell: Tell) -> list[Figure]:
    days, name = plan.lived_days, _SHOWN[dialect]
    rounds = []
    for _ in range(plan.rounds):
        tell(f"{name}: a history of {days} days")
        with databases.one(dialect) as (url, folder):
            rounds.append(_alone(lived.history, url, str(folder), days))
    tell(f"{name}: {rounds[0].run_count:,} runs, {rounds[0].row_count:,} rows")
    return [
        Figure(
            suite="updater",
            name=f"{name}: a history of {days} days",
            unit="s",
            ours=series(each.seconds for each in rounds),
            is_lower_better=True,
            aim_most=HISTORY_SECONDS if dialect == _AIMED else None,
        ),
        Figure(
            suite="updater",
            name=f"{name}: the same, time of a processor",
            unit="s",
            ours=series(each.processor_seconds for each in rounds),
            is_lower_better=True,
        ),
    ]


def _slots(plan: Plan, dialect: str, databases: Databases, tell: Tell) -> list[Figure]:
    name = _SHOWN[dialect]
    tell(f"{name}: {plan.lived_slots} slots behind {lived.HISTORY_DAYS} days")
    with databases.one(dialect) as (url, folder):
        taken = _alone(lived.ticks, url, str(folder), plan.lived_slots)
    places = statistics.quantiles(taken, n=100)
    return [
        Figure(
            suite="updater",
            name=f"{name}: a slot, {share} within",
            unit="ms",
            ours=series([milliseconds]),
            is_lower_better=True,
        )
        for share, milliseconds in (("half", places[49]), ("99 %", places[98]))
    ]


def _alone(work: Callable[..., T], *args: object) -> T:
    """Do `work` in a new process: what an earlier round has left would hide what this one takes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(work, *args).result()

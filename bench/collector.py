"""The collector suite: a stream stored beside the atproto package, and PUTs beside a stream."""

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench import streams
from bench.figure import Figure, in_turn, series
from bench.http import Target
from bench.plan import Plan
from bench.servers import collecting_server
from bench.sides import Databases, temporary_databases
from bench.streams import Stored
from bench.wrk import has_wrk, tenantry_traffic

EVENTS_A_SECOND: Final = 20_000.0
PEER_RATIO: Final = 3.0
PUT_MILLISECONDS: Final = 50.0

PEER: Final = "atproto"
_SHOWN: Final = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
_RATE: Final = 20_000
_WARM_UP_SECONDS: Final = 1
_COMMITS: Final = "tenantry_db_commit_seconds_count"

Tell = Callable[[str], None]


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure both databases, without PostgreSQL where that cannot start, and PUTs with wrk."""
    figures: list[Figure] = []
    with temporary_databases() as databases:
        for dialect in plan.dialects:
            if dialect == "postgres" and not databases.has_postgres(tell):
                continue
            figures += _stored(plan, dialect, databases, tell)
    return [*figures, *_writes_beside(plan, tell)]


def _stored(plan: Plan, dialect: str, databases: Databases, tell: Tell) -> list[Figure]:
    count = plan.streamed_events
    tell(f"{count:,} events into {_SHOWN[dialect]}, by us and by {PEER}")

    def side(work: Callable[[str, str, int], Stored]) -> Stored:
        with databases.one(dialect) as (url, folder):
            return _alone(work, url, str(folder), count)

    ours, theirs = in_turn(
        plan.rounds, lambda: side(streams.by_us), lambda: side(streams.by_atproto)
    )
    name = f"events stored in {_SHOWN[dialect]}"
    return [
        _figure(name, "1/s", ours, theirs, _per_second, aim_least=_aim(dialect, EVENTS_A_SECOND)),
        _figure(f"{name}, beside the peer", "1/s", ours, theirs, _per_second, aim_ratio=PEER_RATIO),
        _figure(f"{name}: processor time", "µs", ours, theirs, _cost, is_lower_better=True),
    ]


def _aim(dialect: str, value: float) -> float | None:
    return value if dialect == "sqlite" else None


def _per_second(stored: Stored) -> float:
    return stored.count / stored.seconds


def _cost(stored: Stored) -> float:
    return stored.processor_seconds / stored.count * 1e6


def _figure(
    name: str,
    unit: str,
    ours: list[Stored],
    theirs: list[Stored],
    of: Callable[[Stored], float],
    *,
    is_lower_better: bool = False,
    aim_ratio: float | None = None,
    aim_least: float | None = None,
) -> Figure:
    return Figure(
        suite="collector",
        name=name,
        unit=unit,
        ours=series(map(of, ours)),
        theirs=series(map(of, theirs)),
        peer=PEER,
        is_lower_better=is_lower_better,
        aim_ratio=aim_ratio,
        aim_least=aim_least,
    )


def _writes_beside(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure what a PUT takes on SQLite while a stream is collected, and while none is."""
    if not has_wrk():
        tell("wrk is not installed, so PUTs beside a stream are not measured")
        return []

    calm, beside, rates = [], [], []
    for _ in range(plan.rounds):
        with _serving(rate=_RATE, seconds=2 * plan.http_seconds + 5) as (target, folder, stored):
            tell("PUTs beside no stream")
            calm.append(target.put(folder, plan.http_seconds, connections=1).p99 / 1000)
            tell(f"PUTs beside {_RATE:,} events a second")
            stored.begin()
            stored.wait_for_more()
            before, began_at = stored.count(), time.monotonic()
            beside.append(target.put(folder, plan.http_seconds, connections=1).p99 / 1000)
            rates.append((stored.count() - before) / (time.monotonic() - began_at))

    def figure(name: str, unit: str, values: list[float], aim_most: float | None = None) -> Figure:
        return Figure(
            suite="collector", name=name, unit=unit, ours=series(values), aim_most=aim_most
        )

    return [
        figure("PUT on SQLite beside no stream: 99 % within", "ms", calm),
        figure(
            f"PUT on SQLite beside {_RATE:,} events a second: 99 % within",
            "ms",
            beside,
            PUT_MILLISECONDS,
        ),
        figure("events collected meanwhile", "1/s", rates),
    ]


@contextmanager
def _serving(*, rate: int, seconds: int) -> Iterator[tuple[Target, Path, streams.Collected]]:
    """Run a server that collects, its stream switched off until it is begun."""
    with (
        tempfile.TemporaryDirectory(prefix="tenantry-bench-") as name,
        streams.fake_stream(seconds * rate, rate=rate) as endpoint,
    ):
        folder = Path(name)
        with collecting_server(folder, endpoint) as server:
            gets, puts = tenantry_traffic(server.token)
            target = Target("tenantry", server.port, gets, puts, _COMMITS)
            collected = streams.Collected(server)
            collected.end()
            target.put(folder, _WARM_UP_SECONDS)
            yield target, folder, collected


def _alone(work: Callable[[str, str, int], Stored], url: str, folder: str, count: int) -> Stored:
    """Do `work` in a process of its own, which ends with it."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        return executor.submit(work, url, folder, count).result()

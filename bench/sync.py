"""The sync suite: what a login waits for, by each method, and the same rows loaded by a peer."""

import multiprocessing
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from bench import loads, syncs
from bench.figure import Figure, in_turn, series
from bench.plan import Plan
from bench.sides import Databases, temporary_databases
from bench.start_upstream import Shelves
from bench.syncs import DIRECTLY, DURABLY, Where
from bench.upstreams import TemporalServer, has_temporal, upstream

PEER: Final = "dlt"

FRESH_MILLISECONDS: Final = 1.0
OVERHEAD_MILLISECONDS: Final = 25.0
LATE_OVERHEAD_MILLISECONDS: Final = 100.0
RATE: Final = 25.0
ROWS_RATIO: Final = 10.0
DOWN_MILLISECONDS: Final = 50.0
OPEN_MILLISECONDS: Final = 1.0

_ESSENTIAL: Final = ("organizations", "roles", "users", "roleAssignments")
_LARGE: Final = dict.fromkeys(_ESSENTIAL, 1_000)
_SMALL: Final = {
    "organizations": 12,
    "roles": 6,
    "users": 120,
    "roleAssignments": 160,
    "employeeAssignments": 120,
    "creditConfigs": 8,
    "entityCredits": 12,
}
_BURST: Final = "burst"
_SHOWN: Final = {"sqlite": "SQLite", "postgres": "PostgreSQL"}

T = TypeVar("T")
Tell = Callable[[str], None]


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure both databases, without PostgreSQL or Temporal where one cannot start."""
    figures: list[Figure] = []
    with temporary_databases() as databases, upstream(_shelves(plan)) as base_url:
        for dialect in plan.dialects:
            if dialect == "postgres" and not databases.has_postgres(tell):
                continue
            figures += _Suite(plan, dialect, databases, base_url, tell).figures()
    return figures


def _shelves(plan: Plan) -> Shelves:
    large = [*_large(plan), _BURST]
    huge = dict.fromkeys(_ESSENTIAL, plan.synced_rows // len(_ESSENTIAL))
    return {
        **dict.fromkeys(large, _LARGE),
        **dict.fromkeys([*_small(plan), DIRECTLY, DURABLY], _SMALL),
        **dict.fromkeys(_huge(plan), huge),
    }


def _large(plan: Plan) -> list[str]:
    return [f"large-{number}" for number in range(plan.synced_tenants // 5)]


def _small(plan: Plan) -> list[str]:
    return [f"small-{number}" for number in range(plan.synced_tenants)]


def _huge(plan: Plan) -> list[str]:
    return [f"huge-{number}" for number in range(plan.rounds)]


class _Suite:
    """The figures of one kind of database."""

    def __init__(
        self, plan: Plan, dialect: str, databases: Databases, base_url: str, tell: Tell
    ) -> None:
        self._plan = plan
        self._dialect = dialect
        self._databases = databases
        self._base_url = base_url
        self._name = _SHOWN[dialect]
        self._tell_all = tell

    def figures(self) -> list[Figure]:
        figures = [*self._direct(), *self._rows(), *self._rates("direct")]
        if not has_temporal():
            self._tell("there is no Temporal server here, so that is not measured")
            return figures
        with tempfile.TemporaryDirectory(prefix="tenantry-bench-") as folder:
            server = TemporalServer(Path(folder))
            server.start()
            try:
                figures += [*self._overhead(server), *self._rates("temporal", server)]
            finally:
                server.stop()
            figures += self._fallbacks(server)
        return figures

    def _tell(self, line: str) -> None:
        self._tell_all(f"{self._name}: {line}")

    def _direct(self) -> list[Figure]:
        self._tell("direct syncs of 4 x 1,000 rows, and logins")
        plan = self._plan
        taken = self._alone(syncs.direct, _large(plan), _BURST, plan.sync_rounds, plan.logins)
        rows = "direct, 4 x 1,000 rows"
        assert taken.runs_of_burst == 1, f"{taken.runs_of_burst} runs for one tenant"
        return [
            *self._percentiles("a fresh login", taken.fresh, most=(FRESH_MILLISECONDS, None)),
            *self._percentiles(f"{rows}, the first sync", taken.first),
            *self._percentiles(f"{rows}, unchanged", taken.again),
            self._figure(
                f"{plan.logins:,} logins at once, one run: the last answer", taken.last_of_burst
            ),
        ]

    def _rows(self) -> list[Figure]:
        plan = self._plan
        few = len(_ESSENTIAL) * _LARGE["users"]
        return [
            *self._beside_peer(_large(plan)[: plan.rounds], few, aim_ratio=ROWS_RATIO),
            *self._beside_peer(_huge(plan), plan.synced_rows),
        ]

    def _beside_peer(
        self, tenants: Sequence[str], count: int, *, aim_ratio: float | None = None
    ) -> list[Figure]:
        self._tell(f"{count:,} rows beside {PEER}")
        mine, others = iter(tenants), iter(tenants)
        ours, theirs = in_turn(
            len(tenants),
            lambda: self._alone(syncs.loaded, next(mine)),
            lambda: self._peer(next(others)),
        )

        def figure(what: str, ours: list[float], theirs: list[float]) -> Figure:
            return Figure(
                suite="sync",
                name=f"{self._name}: 4 x {count // len(_ESSENTIAL):,} rows, {what}",
                unit="rows/s",
                ours=series(count / seconds for seconds in ours),
                theirs=series(count / seconds for seconds in theirs),
                peer=PEER,
                aim_ratio=aim_ratio,
            )

        return [
            figure("new", [each.first for each in ours], [each.first for each in theirs]),
            figure(
                "unchanged",
                [each.again for each in ours],
                [each.again for each in theirs],
            ),
        ]

    def _rates(self, method: str, server: TemporalServer | None = None) -> list[Figure]:
        self._tell(f"many tenants, {method}")
        rates = [
            self._alone(syncs.rate, _small(self._plan), method, server=server)
            for _ in range(self._plan.rounds)
        ]
        return [
            Figure(
                suite="sync",
                name=f"{self._name}: {method}, small tenants side by side, background and all",
                unit="syncs/s",
                ours=series(rates),
                aim_least=RATE if method == "temporal" else None,
            )
        ]

    def _overhead(self, server: TemporalServer) -> list[Figure]:
        self._tell("each method in turn")
        taken = self._alone(syncs.pairs, self._plan.sync_rounds, server=server)
        return [
            *self._percentiles("direct, a small tenant", taken.direct),
            *self._percentiles("temporal, the same", taken.temporal),
            *self._differences(
                "what temporal adds",
                taken.direct,
                taken.temporal,
                most=(OVERHEAD_MILLISECONDS, LATE_OVERHEAD_MILLISECONDS),
            ),
        ]

    def _fallbacks(self, server: TemporalServer) -> list[Figure]:
        self._tell("fallbacks")
        taken = self._alone(syncs.fallbacks, self._plan.sync_rounds, server=server)
        without = statistics.median(taken.direct)
        return [
            self._figure(f"what a fallback adds, {what}", statistics.median(having) - without, aim)
            for what, having, aim in (
                ("server down", taken.down, DOWN_MILLISECONDS),
                ("breaker open", taken.open, OPEN_MILLISECONDS),
            )
        ]

    def _alone(
        self, work: Callable[..., T], *args: object, server: TemporalServer | None = None
    ) -> T:
        """Do `work` in a new process, with an empty database."""
        with self._databases.one(self._dialect) as (url, folder):
            where = Where(
                url=url,
                folder=str(folder),
                base_url=self._base_url,
                temporal=None if server is None else server.address,
            )
            return _in_new_process(work, where, *args)

    def _peer(self, tenant: str) -> loads.Loaded:
        with self._databases.one(self._dialect) as (url, folder):
            return _in_new_process(loads.loaded, url, str(folder), self._base_url, tenant)

    def _percentiles(
        self,
        what: str,
        milliseconds: Sequence[float],
        *,
        most: tuple[float | None, float | None] = (None, None),
    ) -> list[Figure]:
        return [
            self._figure(f"{what}, {shown} within", share(milliseconds), aim)
            for (shown, share), aim in zip(_SHARES, most, strict=True)
        ]

    def _differences(
        self,
        what: str,
        without: Sequence[float],
        having: Sequence[float],
        *,
        most: tuple[float | None, float | None],
    ) -> list[Figure]:
        """Say how much later half, and all but a hundredth, of the one are than of the other."""
        return [
            self._figure(f"{what}, {shown} within", share(having) - share(without), aim)
            for (shown, share), aim in zip(_SHARES, most, strict=True)
        ]

    def _figure(self, what: str, milliseconds: float, aim: float | None = None) -> Figure:
        return Figure(
            suite="sync",
            name=f"{self._name}: {what}",
            unit="ms",
            ours=series([milliseconds]),
            is_lower_better=True,
            aim_most=aim,
        )


def _late(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


_SHARES: Final[tuple[tuple[str, Callable[[Sequence[float]], float]], ...]] = (
    ("half", statistics.median),
    ("99 %", _late),
)


def _in_new_process(work: Callable[..., T], *args: object) -> T:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_keep_quiet) as process:
        return process.submit(work, *args).result()


def _keep_quiet() -> None:
    """Have what libraries say go where progress goes: the report stands alone."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

"""The HTTP suite: GET and durable PUT of one setting, beside etcd's JSON gateway."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.figure import Figure, in_turn, series
from bench.plan import Plan
from bench.servers import etcd_server, has_etcd, metric, tenantry_server
from bench.wrk import CONNECTIONS, Load, Traffic, etcd_traffic, has_wrk, load, tenantry_traffic

PEER: Final = "etcd"
GET_AIM: Final = 3.0
PUT_AIM: Final = 1.5

_WARM_UP_SECONDS: Final = 1
_OUR_COMMITS: Final = "tenantry_db_commit_seconds_count"
_THEIR_SYNCS: Final = "etcd_disk_wal_fsync_duration_seconds_count"

Tell = Callable[[str], None]


class Target(msgspec.Struct, frozen=True):
    """A running server, and what is sent to it."""

    name: str
    port: int
    gets: Traffic
    puts: Traffic
    syncs: str
    """The metric that counts how often it waited for the disk."""

    def put(self, folder: Path, seconds: int, *, connections: int = CONNECTIONS) -> Load:
        """Write for so long."""
        return load(folder, self.port, self.puts, seconds, connections=connections)

    def get(self, folder: Path, seconds: int) -> Load:
        """Read for so long."""
        return load(folder, self.port, self.gets, seconds)


class Field(msgspec.Struct, frozen=True):
    """Both servers, side by side; `theirs` is None where etcd is not installed."""

    folder: Path
    ours: Target
    theirs: Target | None


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure requests a second and latencies at 32 connections; needs wrk."""
    if not has_wrk():
        tell("wrk is not installed, so HTTP is not measured")
        return []

    with both_servers(tell) as field:
        tell("PUT")
        puts = _loads(field, plan, Target.put)
        tell("GET")
        gets = _loads(field, plan, Target.get)
        _check_durability(field, tell)

    return [*_figures("GET", *gets, aim_ratio=GET_AIM), *_figures("PUT", *puts, aim_ratio=PUT_AIM)]


@contextmanager
def both_servers(tell: Tell) -> Iterator[Field]:
    """Run both servers on one file system, every setting stored."""
    with ExitStack() as resources:
        folder = Path(
            resources.enter_context(tempfile.TemporaryDirectory(prefix="tenantry-bench-"))
        )
        server = resources.enter_context(tenantry_server(folder))
        gets, puts = tenantry_traffic(server.token)
        ours = Target("tenantry", server.port, gets, puts, _OUR_COMMITS)
        ours.put(folder, _WARM_UP_SECONDS)

        theirs = None
        if has_etcd():
            port = resources.enter_context(etcd_server(folder))
            gets, puts = etcd_traffic()
            theirs = Target(PEER, port, gets, puts, _THEIR_SYNCS)
            theirs.put(folder, _WARM_UP_SECONDS)
        else:
            tell("etcd is not installed, so there is nothing beside our figures")

        yield Field(folder, ours, theirs)


def _loads(
    field: Field, plan: Plan, send: Callable[[Target, Path, int], Load]
) -> tuple[list[Load], list[Load] | None]:
    ours, theirs = field.ours, field.theirs
    if theirs is None:
        rounds = range(plan.rounds)
        return [send(ours, field.folder, plan.http_seconds) for _ in rounds], None

    return in_turn(
        plan.rounds,
        lambda: send(ours, field.folder, plan.http_seconds),
        lambda: send(theirs, field.folder, plan.http_seconds),
    )


def _check_durability(field: Field, tell: Tell) -> None:
    """Write once more and see that the server went to the disk for it, as often as it must."""
    for target in (field.ours, field.theirs):
        if target is None:
            continue
        before = metric(target.port, target.syncs)
        written = target.put(field.folder, _WARM_UP_SECONDS).requests
        syncs = metric(target.port, target.syncs) - before
        tell(f"{target.name}: {written} PUTs waited for {syncs:.0f} commits to the disk")
        # One commit can carry no more than all that is under way.
        assert syncs >= written / CONNECTIONS / 1.1, f"{target.name} does not wait for its disk"


def _figures(
    name: str, ours: list[Load], theirs: list[Load] | None, *, aim_ratio: float
) -> list[Figure]:
    def figure(what: str, unit: str, of: Callable[[Load], float], aim: float | None) -> Figure:
        return Figure(
            suite="http",
            name=f"{name}, {CONNECTIONS} connections: {what}",
            unit=unit,
            ours=series(of(each) for each in ours),
            theirs=series(of(each) for each in theirs) if theirs else None,
            peer=PEER if theirs else "",
            is_lower_better=unit == "ms",
            aim_ratio=aim,
        )

    return [
        figure("requests", "1/s", lambda each: each.per_second, aim_ratio),
        figure("half within", "ms", lambda each: each.p50 / 1000, None),
        figure("99 % within", "ms", lambda each: each.p99 / 1000, None),
    ]

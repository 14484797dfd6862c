"""The replica suite: a read of one setting from memory, beside a GET of it over HTTP."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.figure import Figure, Series, series
from bench.plan import Plan
from bench.servers import tenantry_server
from tenantry.sdk import ConfigClient, ConfigReplica

PEER: Final = "GET over HTTP"
AIM_NANOSECONDS: Final = 1_000.0

_NAMES: Final = 1_000
_READS: Final = 200_000
_GETS: Final = 1_000
_A_SECOND: Final = 1_000_000_000

Tell = Callable[[str], None]


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure one reader of a replica and of a client that keeps its connection, in turn."""
    with (
        tempfile.TemporaryDirectory(prefix="tenantry-bench-") as folder,
        tenantry_server(Path(folder)) as server,
        ConfigClient(server=server.url, token=server.token) as client,
        ConfigReplica(server=server.url, token=server.token) as replica,
    ):
        names = _fill(client, tell)
        replica.reach(client.entry(names[-1]).position)

        tell("reading")
        rounds = [_round(replica, client, names) for _ in range(plan.rounds)]

    look_ups, gets, requests = (series(values) for values in zip(*rounds, strict=True))
    return [
        _figure("replica[name]", look_ups, requests),
        _figure("replica.get(name, default)", gets, requests),
    ]


def _fill(client: ConfigClient, tell: Tell) -> list[str]:
    tell(f"storing {_NAMES:,} settings")
    names = [f"app:setting:{number}" for number in range(_NAMES)]
    for name in names:
        client.put(name, {"name": name, "is_on": True})
    return names


def _round(
    replica: ConfigReplica, client: ConfigClient, names: list[str]
) -> tuple[float, float, float]:
    """Return the nanoseconds of a look-up, of a `get` with a default, and of a request."""
    return (
        _nanoseconds(replica.__getitem__, names, _READS),
        _nanoseconds(lambda name: replica.get(name, None), names, _READS),
        _nanoseconds(client.get, names, _GETS),
    )


def _nanoseconds(read: Callable[[str], object], names: list[str], count: int) -> float:
    rounds = count // len(names)
    started_at = time.perf_counter()
    for _ in range(rounds):
        for name in names:
            read(name)
    return (time.perf_counter() - started_at) / (rounds * len(names)) * _A_SECOND


def _figure(name: str, ours: Series, theirs: Series) -> Figure:
    return Figure(
        suite="replica",
        name=f"{name}, {_NAMES:,} settings",
        unit="ns",
        ours=ours,
        theirs=theirs,
        peer=PEER,
        is_lower_better=True,
        aim_most=AIM_NANOSECONDS,
    )

"""The start-up suite: from the start of a process to being ready, on a long log."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench import eventsourced
from bench.figure import Figure, in_turn, series
from bench.plan import Plan
from bench.seeded import SeededLogs, seeded_logs
from bench.servers import tenantry_server

AIM_SECONDS: Final = 1.0
"""With a snapshot: what a start costs must follow what is live, not how old the log is."""

_ROOT: Final = Path(__file__).parents[1]
_LONGEST_SECONDS: Final = 600
Tell = Callable[[str], None]


def measure(plan: Plan, tell: Tell) -> list[Figure]:
    """Measure starts with and without a snapshot, and the peer's, which has none of a whole log."""
    logs = seeded_logs(plan, tell)

    tell(f"starting on {logs.event_count:,} events")
    with_snapshot, theirs = in_turn(
        plan.rounds,
        lambda: _seconds(["bench.start_ours", "snapshot", logs.our_url], logs),
        lambda: _seconds(["bench.start_peer", logs.their_url], logs),
    )
    tell("starting without the snapshot")
    without = [_seconds(["bench.start_ours", "replay", logs.our_url], logs)]
    tell("starting the whole server")
    servers = [_server_seconds(logs) for _ in range(plan.rounds)]

    size = f"{logs.event_count:,} events, {logs.live_count:,} live"
    return [
        _figure(f"log and settings ready, {size}", with_snapshot, theirs, aim_most=AIM_SECONDS),
        _figure("the same without a snapshot: every event replayed", without, theirs),
        _figure("the whole server, until /readyz says 200", servers, None, aim_most=AIM_SECONDS),
    ]


def _seconds(module: list[str], logs: SeededLogs) -> float:
    """Start a process and return how long it took to be ready."""
    command = [sys.executable, "-m", *module]
    started_at = time.perf_counter()
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - started_at
        process.wait(_LONGEST_SECONDS)

    assert line.split() == ["ready", str(logs.event_count), str(logs.live_count)], line
    return seconds


def _server_seconds(logs: SeededLogs) -> float:
    started_at = time.perf_counter()
    with tenantry_server(logs.data_dir):
        return time.perf_counter() - started_at


def _figure(
    name: str, ours: list[float], theirs: list[float] | None, *, aim_most: float | None = None
) -> Figure:
    return Figure(
        suite="startup",
        name=name,
        unit="s",
        ours=series(ours),
        theirs=series(theirs) if theirs else None,
        peer=eventsourced.NAME if theirs else "",
        is_lower_better=True,
        aim_most=aim_most,
    )

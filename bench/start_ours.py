"""One start of ours, in a process of its own: `python -m bench.start_ours snapshot|replay URL`.

It prints how many events and how many live settings it has in memory, and ends at once: what a stop
would do is not measured, and must not change the log. It imports what a program needs, no more.
"""

import asyncio
import os
import sys

import uvloop

from tenantry.base import SystemClock
from tenantry.configs import EVENT_TYPES, ConfigStateProjection
from tenantry.db import migrate, open_database
from tenantry.eventlog import EventLog, ProjectionRunner


def main() -> None:
    """Start, and say so."""
    mode, url = sys.argv[1:]
    events, live = uvloop.run(_start(url, is_snapshot_used=mode == "snapshot"))
    print(f"ready {events} {live}", flush=True)
    os._exit(0)


async def _start(url: str, *, is_snapshot_used: bool) -> tuple[int, int]:
    clock = SystemClock()
    database = open_database(url)
    await database.start()
    await migrate(database, clock=clock)
    log = EventLog(database=database, clock=clock, types=EVENT_TYPES)
    await log.start()

    projection = ConfigStateProjection()
    if not is_snapshot_used:
        # No snapshot is stored under this name.
        projection.name = "bench-replay"
    runner = ProjectionRunner(log=log, projection=projection, clock=clock, snapshot_every=2**62)
    await runner.start()
    await asyncio.wait_for(runner.ready(), 600)

    state = runner.projection
    assert isinstance(state, ConfigStateProjection)
    assert (runner.progress.snapshot_position > 0) is is_snapshot_used
    return runner.position, state.count


if __name__ == "__main__":
    main()

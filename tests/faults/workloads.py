"""The workloads of this package: what runs in the processes that are killed."""

import asyncio
import os
import signal

from tenantry.base import SystemClock
from tenantry.base.errors import Unavailable
from tenantry.eventlog import (
    Appended,
    EventLog,
    ProjectionRunner,
    StoredProjectionRunner,
    verify,
)
from tenantry.testing.vfs import FaultyDisk
from tests.faults.life import Life
from tests.faults.logs import append, opened_log, request, stored_keys
from tests.faults.projections import (
    SYSTEM,
    Counts,
    StoredCounts,
    create_counts_table,
    fold,
    read_counts,
)

_SNAPSHOT_EVERY = 20


async def append_under_load(life: Life) -> None:
    """Report what the log holds, then append with several writers until killed.

    `next` is the index each writer begins at: what an earlier life tried and never saw
    acknowledged is tried again, under the same idempotency key. With `is_last` it ends instead.
    """
    async with opened_log(life.url) as log:
        life.report("recovered", await _fault(log), await stored_keys(log))
        if not life.arguments["is_last"]:
            await _append_for_ever(life, log)


async def project_under_load(life: Life) -> None:
    """Report what both kinds of projection hold after a start, then append with both running."""
    async with opened_log(life.url) as log:
        await log.database.administer(create_counts_table)
        runner = ProjectionRunner(
            log=log, projection=Counts(), clock=SystemClock(), snapshot_every=_SNAPSHOT_EVERY
        )
        stored = StoredProjectionRunner(log=log, projection=StoredCounts())
        await runner.start()
        await runner.ready()
        while await stored.advance():
            pass

        counts = runner.projection
        assert isinstance(counts, Counts)
        life.report(
            "recovered",
            await _fault(log),
            await fold(log),
            dict(counts.by_stream),
            await log.database.read(SYSTEM, read_counts),
        )
        if life.arguments["is_last"]:
            return
        await stored.start()
        await _append_for_ever(life, log)


async def append_until_sync_fails_and_die(life: Life) -> None:
    """Report what the log holds, append on a disk whose syncs fail from then on, and die."""
    disk = FaultyDisk(name="faulty")
    number = life.arguments["number"]
    async with opened_log(f"{life.url}?vfs={disk.name}") as log:
        life.report("recovered", await _fault(log), await stored_keys(log))
        # What the life before was refused is tried again.
        await append(log, f"refused-{number - 1}")

        disk.fail("sync", "io", file="wal")
        try:
            await append(log, f"refused-{number}")
        except Unavailable:
            os.kill(os.getpid(), signal.SIGKILL)


async def _append_for_ever(life: Life, log: EventLog) -> None:
    await asyncio.gather(
        *(
            _write_for_ever(life, log, writer, index)
            for writer, index in enumerate(life.arguments["next"])
        )
    )


async def _write_for_ever(life: Life, log: EventLog, writer: int, index: int) -> None:
    """Append to the writer's own stream at exact versions, and beside it to one that all share."""
    while True:
        outcome = await log.append(
            request(
                f"{writer}-{index}",
                stream=f"writer-{writer}",
                expected_version=index,
                shared="shared" if index % 3 == 0 else None,
            )
        )
        assert isinstance(outcome, Appended), outcome
        life.report("ack", writer)
        index += 1


async def _fault(log: EventLog) -> str | None:
    report = await verify(log.database)
    return f"{report.fault.position}: {report.fault.problem}" if report.fault else None

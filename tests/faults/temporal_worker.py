"""A worker as a process of its own, which is there to be killed: `ADDRESS TASK_QUEUE SIGN`.

It says `ready` when it takes work, and makes the file SIGN when it has begun a step that waits.
"""

import asyncio
import sys
from pathlib import Path

from tenantry.execution import Payload, StepContext
from tenantry.execution.temporal import TemporalConnection
from tests.support.execution import Script, running_worker


async def main(address: str, task_queue: str, sign: Path) -> None:
    """Work until killed."""

    async def wait(_context: StepContext, _payload: Payload) -> Payload:
        sign.touch()  # noqa: ASYNC240 - one system call, and nobody else is on this loop
        await asyncio.Event().wait()
        return {}

    steps = {**Script().steps, "wait": wait}
    connection = TemporalConnection(address=address)
    async with running_worker(connection, steps, task_queue=task_queue):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))

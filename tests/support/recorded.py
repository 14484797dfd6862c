"""Recorded workflow histories, which every later build must be able to go on with.

    python -m tests.support.recorded

records them anew, with a server of its own. That is right only where no workflow of the builds
before may be running still: otherwise a test that fails here is a break of compatibility.
"""

import asyncio
import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from temporalio.client import WorkflowHistory

from tenantry.execution import ExecutorUnavailable, StepFailed, Work
from tenantry.execution.temporal import TemporalConnection, TemporalExecutor
from tenantry.reliability import CircuitBreaker
from tests.support.execution import Script, own_task_queue, running_worker, step, work
from tests.support.temporal import OwnTemporal, started
from tests.support.waiting import eventually

HISTORIES = Path(__file__).parent / "histories"

_OF_MACHINE = {"identity", "workerInstanceKey", "binaryChecksum"}
_BACKGROUND = (
    step("answer", label="users", say=2),
    step("fail", label="roles", attempts=1),
    step("answer", label="credits", say=4),
)

CASES: dict[str, Work] = {
    "success": work(
        step("answer", say=1),
        background=(step("answer", label="users", say=2), step("answer", label="roles", say=3)),
        closing=step("finish"),
    ),
    "long_essential": work(step("answer", say=1, is_long=True), step("answer", say=2)),
    "essential_failure": work(step("answer", say=1), step("fail", attempts=1)),
    "background_failure": work(
        step("answer", say=1), background=_BACKGROUND, closing=step("finish")
    ),
    "closing_failure": work(step("answer", say=1), closing=step("fail", attempts=1)),
    "retry": work(step("fail", times=2, say=1), background=(step("fail", times=1, say=2),)),
    "long_pause": work(step("fail", times=1, retry_after=1.5, say=1)),
    "cancellation": work(step("answer"), background=(step("wait", gate="never"),)),
    "asked_from_elsewhere": work(step("wait", gate="asked", say=1), closing=step("finish")),
}


def recorded(case: str) -> WorkflowHistory:
    """Return the history of a case as it is in the repository."""
    return WorkflowHistory.from_json(case, (HISTORIES / f"{case}.json").read_text())


async def record(address: str) -> None:
    """Carry every case out at `address`, and write what the server remembers of it."""
    script = Script()
    connection = TemporalConnection(address=address)
    elsewhere = TemporalConnection(address=address)
    queue = own_task_queue()
    async with running_worker(connection, script.steps, task_queue=queue):
        for case, each in CASES.items():
            starter = elsewhere if case == "asked_from_elsewhere" else connection
            told = msgspec.structs.replace(each, id=f"recorded-{case}")
            executor = TemporalExecutor(
                connection=starter, breaker=CircuitBreaker("temporal"), task_queue=queue
            )
            running = await executor.begin(told)
            if case == "asked_from_elsewhere":
                waiting = asyncio.ensure_future(running.essential())
                # Late enough for the question to be there before its answer.
                await asyncio.sleep(0.5)
                script.open("asked")
                await waiting
            if case == "cancellation":
                await eventually(lambda: script.of("wait"))
                await running.cancel("recorded")
            with contextlib.suppress(StepFailed, ExecutorUnavailable):
                await running.done()
            client = await connection.client()
            handle = client.get_workflow_handle(told.id, run_id=running.run_id)
            history = (await handle.fetch_history()).to_json_dict()
            text = json.dumps(_without_machine(history), indent=1, sort_keys=True)
            (HISTORIES / f"{case}.json").write_text(text + "\n")


def _without_machine(value: Any) -> Any:
    """Return a history that does not say where it was recorded."""
    if isinstance(value, list):
        return [_without_machine(item) for item in value]
    if isinstance(value, dict):
        return {
            key: "recorder" if key in _OF_MACHINE else _without_machine(item)
            for key, item in value.items()
        }
    return value


def main() -> None:
    """Record all cases anew."""
    HISTORIES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        started(lambda port: OwnTemporal(Path(folder), port=port)) as server,
    ):
        asyncio.run(record(server.address))


if __name__ == "__main__":
    main()

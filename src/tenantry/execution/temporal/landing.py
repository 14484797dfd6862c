"""News inside one process: the essential steps that a worker here has committed.

It is told by the step itself, before the server knows: an answer through the server waits for the
end of a workflow task, which costs several times what the rest does.
"""

import asyncio
from weakref import WeakSet

from tenantry.execution.port import ExecutorUnavailable, Payload, StepFailed
from tenantry.execution.temporal.wire import Place


class Landing:
    """What is heard of one run; it may be heard before the run's id is known."""

    def __init__(self) -> None:
        self._heard: dict[str, dict[int, Payload]] = {}
        self._failures: dict[str, StepFailed] = {}
        self._counts: dict[str, int] = {}
        self._is_replaced = False
        self._changed = asyncio.Event()

    async def essential(self, run_id: str) -> list[Payload]:
        """Wait until all essential steps of the run have ended here.

        Raises `StepFailed`, and `ExecutorUnavailable` where other work was begun in its place.
        """
        while True:
            if self._is_replaced:
                raise ExecutorUnavailable("other work of this id was begun", reason="failed")
            if run_id in self._failures:
                raise self._failures[run_id]
            heard = self._heard.get(run_id, {})
            if len(heard) == self._counts.get(run_id):
                return [heard[index] for index in sorted(heard)]
            self._changed.clear()
            await self._changed.wait()

    def succeed(self, run_id: str, place: Place, result: Payload) -> None:
        """Tell what a step has answered."""
        self._heard.setdefault(run_id, {})[place.index] = result
        self._counts[run_id] = place.count
        self._changed.set()

    def fail(self, run_id: str, error: StepFailed) -> None:
        """Tell that a step has failed for good."""
        self._failures[run_id] = error
        self._changed.set()

    def replace(self) -> None:
        """Tell that other work is in the place of this."""
        self._is_replaced = True
        self._changed.set()


class Landings:
    """Who waits in this process, by workflow id, for as long as anybody holds what they wait on."""

    def __init__(self) -> None:
        self._waiting: dict[str, WeakSet[Landing]] = {}

    def open(self, workflow_id: str) -> Landing:
        """Listen for the runs of a workflow from now on."""
        landing = Landing()
        self._waiting.setdefault(workflow_id, WeakSet()).add(landing)
        return landing

    def close(self, workflow_id: str, landing: Landing) -> None:
        """Listen no more."""
        waiting = self._waiting.get(workflow_id, WeakSet())
        waiting.discard(landing)
        if not waiting:
            self._waiting.pop(workflow_id, None)

    def of(self, workflow_id: str) -> list[Landing]:
        """Return who listens."""
        return list(self._waiting.get(workflow_id, ()))

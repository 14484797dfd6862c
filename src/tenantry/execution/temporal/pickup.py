"""Finding out that nobody takes work up, long before its time is over."""

from datetime import timedelta
from typing import Any, Final

from temporalio.api.enums.v1 import PendingWorkflowTaskState
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from tenantry.base import Clock
from tenantry.execution.port import ExecutorUnavailable
from tenantry.execution.temporal.connection import CALL_SECONDS
from tenantry.execution.temporal.patience import Patience, is_away
from tenantry.execution.temporal.poller import live_pollers

PICKUP_SECONDS: Final = 2.0
"""Work that nobody has taken up by now, from a queue that nobody asks for work, is given up."""
LONGEST_PICKUP_SECONDS: Final = 5.0
"""As long as a worker seems to be there: the server remembers one that was killed for a while."""

_LOOK_SECONDS: Final = 0.25
_PATIENCE_SECONDS: Final = 5.0
_CALL: Final = timedelta(seconds=CALL_SECONDS)
# That it was started, and that its first task is scheduled.
_UNTOUCHED_EVENTS: Final = 2


async def see_to_pickup(
    client: Client, handle: "WorkflowHandle[Any, Any]", *, task_queue: str, clock: Clock
) -> None:
    """Return once a worker has taken the workflow up; raises `ExecutorUnavailable` if none does."""
    patience = Patience(clock=clock, seconds=_PATIENCE_SECONDS, workflow_id=handle.id)
    since = clock.monotonic()
    while True:
        await clock.sleep(_LOOK_SECONDS)
        try:
            if await _is_taken_up(handle):
                return
            waited = clock.monotonic() - since
            if await _is_hopeless(client, task_queue, waited=waited, clock=clock):
                raise ExecutorUnavailable(
                    f"{handle.id}: no worker has taken it up from {task_queue} in {waited:.1f} s",
                    reason="no_worker",
                )
        except RPCError as error:
            if not is_away(error):
                # It has ended, and who asks for its result is told how.
                return
            await patience.bear(error)


async def _is_taken_up(handle: "WorkflowHandle[Any, Any]") -> bool:
    described = (await handle.describe(rpc_timeout=_CALL)).raw_description
    if described.workflow_execution_info.history_length > _UNTOUCHED_EVENTS:
        return True
    scheduled = PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED
    return bool(described.pending_workflow_task.state != scheduled)


async def _is_hopeless(client: Client, task_queue: str, *, waited: float, clock: Clock) -> bool:
    if waited < PICKUP_SECONDS:
        return False
    if waited >= LONGEST_PICKUP_SECONDS:
        return True
    return not await live_pollers(client, task_queue, now=clock.now_us() / 1e6)

"""Who asks a task queue for workflows."""

from datetime import timedelta
from typing import Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

# A worker asks anew at least once a minute; the server remembers for longer who has stopped.
_LIVE_SECONDS: Final = 75.0
_TIMEOUT: Final = timedelta(seconds=2)


async def live_pollers(client: Client, task_queue: str, *, now: float) -> list[PollerInfo]:
    """Return who has asked lately, `now` being seconds since 1970; raises `RPCError`.

    A worker that was killed is among them for more than a minute.
    """
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        ),
        timeout=_TIMEOUT,
    )
    since_us = (now - _LIVE_SECONDS) * 1_000_000
    return [
        poller
        for poller in described.pollers
        if poller.last_access_time.ToMicroseconds() > since_us
    ]

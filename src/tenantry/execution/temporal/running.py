"""Waiting for a workflow: by what is heard in this process, and by asking the server.

Whichever says it first: a worker here that has committed the essential steps, the workflow itself,
or the sign that nobody will do it.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from tenantry.base import Clock
from tenantry.execution.port import ExecutorUnavailable, Outcome, Payload, StepFailed
from tenantry.execution.temporal.landing import Landing, Landings
from tenantry.execution.temporal.patience import Patience, is_away
from tenantry.execution.temporal.pickup import see_to_pickup
from tenantry.execution.temporal.wire import ESSENTIAL, Ended, step_failed

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

# What a worker here is about to say is not asked of the server too.
_HEARING_SECONDS: Final = 5.0
_CANCEL_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 5.0
_LONG_PATIENCE_SECONDS: Final = 60.0
_USELESS: Final = frozenset({"no_worker", "unreachable"})
# The update was taken, but the workflow has ended before it could answer.
_ENDED: Final = "AcceptedUpdateCompletedWorkflow"


class TemporalRunning:
    """One run of a workflow, seen from who began it.

    `until` is when, on `clock`, nobody waits for the essential steps any longer; whoever waits is a
    task in `waiting`. `judge` is told whether the server was of use, as soon as that is known.
    """

    def __init__(
        self,
        *,
        client: Client,
        started: "WorkflowHandle[Any, Any]",
        task_queue: str,
        landings: Landings,
        landing: Landing,
        until: float,
        clock: Clock,
        waiting: "set[asyncio.Task[Any]]",
        judge: Callable[[ExecutorUnavailable | None], None],
        is_heard: bool = True,
    ) -> None:
        self._id = started.id
        self._run = started.result_run_id or ""
        self._handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(
            self._id, run_id=self._run, first_execution_run_id=self._run
        )
        self._is_eager = was_started_eagerly(started)
        self._client = client
        self._task_queue = task_queue
        self._landings = landings
        self._landing = landing
        self._until = until
        self._clock = clock
        self._waiting = waiting
        self._judge = judge
        # Of work without essential steps no step here will ever say anything.
        self._is_heard = is_heard and self._is_eager
        self._essential: asyncio.Task[list[Payload]] | None = None

    @property
    def workflow_id(self) -> str | None:
        """What the work is called on the server."""
        return self._id

    @property
    def run_id(self) -> str | None:
        """Which run of that it is."""
        return self._run

    async def essential(self) -> list[Payload]:
        """Wait for the essential steps; all who wait share one question to the server."""
        if self._essential is None:
            self._essential = asyncio.create_task(self._wait(), name=f"essential {self._id}")
            self._waiting.add(self._essential)
            self._essential.add_done_callback(self._forget)
        return await asyncio.shield(self._essential)

    async def done(self) -> list[Outcome]:
        """Wait for the end, and return the outcomes of the background steps."""
        return (await self._end(patience_seconds=_LONG_PATIENCE_SECONDS)).outcomes

    async def cancel(self, reason: str) -> None:
        """Ask the server to cancel it: steps under way hear of it with their next heartbeat."""
        with contextlib.suppress(RPCError, TimeoutError):
            async with asyncio.timeout(_CANCEL_SECONDS):
                await self._handle.cancel(
                    reason=reason, rpc_timeout=timedelta(seconds=_CANCEL_SECONDS)
                )

    def _forget(self, task: "asyncio.Task[list[Payload]]") -> None:
        self._waiting.discard(task)
        self._landings.close(self._id, self._landing)
        if not task.cancelled():
            # Perhaps nobody waits any more, and that is no mistake.
            task.exception()

    async def _wait(self) -> list[Payload]:
        ways: list[Coroutine[Any, Any, list[Payload] | None]] = [
            self._landing.essential(self._run),
            self._ask(),
            self._give_up(),
        ]
        if not self._is_eager:
            ways.append(self._see_to_pickup())
        try:
            results = await _first(ways)
        except StepFailed:
            self._judge(None)
            raise
        except ExecutorUnavailable as error:
            if error.reason in _USELESS:
                self._judge(error)
            raise
        self._judge(None)
        return results

    async def _give_up(self) -> None:
        await self._clock.sleep(max(0.0, self._until - self._clock.monotonic()))
        raise ExecutorUnavailable(
            f"{self._id}: the essential steps have not ended in time", reason="timeout"
        )

    async def _see_to_pickup(self) -> None:
        await see_to_pickup(
            self._client, self._handle, task_queue=self._task_queue, clock=self._clock
        )

    async def _ask(self) -> list[Payload]:
        """Ask the workflow, by one update however often the connection is lost."""
        if self._is_heard:
            await self._clock.sleep(_HEARING_SECONDS)
        patience = self._patience(_PATIENCE_SECONDS)
        while True:
            try:
                answer: list[Payload] = await self._handle.execute_update(ESSENTIAL, id=ESSENTIAL)
            except WorkflowUpdateFailedError as error:
                if isinstance(error.cause, ApplicationError) and error.cause.type != _ENDED:
                    raise step_failed(error.cause) from error
                break
            except WorkflowUpdateRPCTimeoutOrCancelledError as error:
                # The library does not tell a cancellation of this task from one of the call.
                if isinstance(error.__cause__, asyncio.CancelledError):
                    raise error.__cause__ from None
                await patience.bear(error)
            except RPCError as error:
                if not is_away(error):
                    break
                await patience.bear(error)
            else:
                return answer
        # It has ended meanwhile, and its result says what it would have said.
        return (await self._end(patience_seconds=_PATIENCE_SECONDS)).essential

    async def _end(self, *, patience_seconds: float) -> Ended:
        patience = self._patience(patience_seconds)
        while True:
            try:
                return msgspec.convert(await self._handle.result(), Ended)
            except WorkflowFailureError as error:
                if isinstance(error.cause, ApplicationError):
                    raise step_failed(error.cause) from error
                raise self._lost(error.cause) from error
            except RPCError as error:
                if not is_away(error):
                    raise self._lost(error) from error
                await patience.bear(error)

    def _patience(self, seconds: float) -> Patience:
        return Patience(clock=self._clock, seconds=seconds, workflow_id=self._id)

    def _lost(self, cause: BaseException) -> ExecutorUnavailable:
        return ExecutorUnavailable(
            f"{self._id}: it was not carried out to its end: {cause}", reason="failed"
        )


def was_started_eagerly(started: "WorkflowHandle[Any, Any]") -> bool:
    """Whether a worker of this process was given the workflow at once."""
    # There is no public way to learn it.
    return bool(getattr(started, "__temporal_eagerly_started", False))


async def _first(ways: "list[Coroutine[Any, Any, T | None]]") -> T:
    """Return or raise what the first of them does that knows something, and cancel the others."""
    tasks = {asyncio.create_task(way) for way in ways}
    try:
        while True:
            ended, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                if (result := task.result()) is not None:
                    return result
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

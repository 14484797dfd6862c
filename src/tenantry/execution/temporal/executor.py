"""Handing work over to Temporal, without ever waiting long for a server that is not there."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any, Final

import msgspec
from temporalio.client import Client, WorkflowHandle
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from tenantry.base import Clock, Service, SystemClock
from tenantry.execution.port import ExecutorUnavailable, Work
from tenantry.execution.temporal.connection import CALL_SECONDS, TemporalConnection, unreachable
from tenantry.execution.temporal.patience import is_away
from tenantry.execution.temporal.running import TemporalRunning, was_started_eagerly
from tenantry.execution.temporal.wire import CORRELATION_ID, WORKFLOW
from tenantry.reliability import BreakerOpen, CircuitBreaker, Refused
from tenantry.telemetry import bind, span

Started = tuple[Client, "WorkflowHandle[Any, Any]"]

_SYSTEM_CLOCK = SystemClock()
# More at a time take as long together, and each of them longer than a call may.
_STARTS: Final = 16
_CORRELATION_ID = SearchAttributeKey.for_keyword(CORRELATION_ID)


class _NotKnownYet(Refused):
    """Keeps the breaker from counting a call: the server has answered, and that is not all."""

    def __init__(self, outcome: Started | RPCError) -> None:
        super().__init__("whether it is carried out is not known yet")
        self.outcome = outcome


class TemporalExecutor(Service):
    """Begins workflows on `task_queue`; a worker there, in any process, carries them out.

    `breaker` guards the server: while it is open nothing is tried. `stop` lets go of who waits, and
    of no work.
    """

    def __init__(
        self,
        *,
        connection: TemporalConnection,
        breaker: CircuitBreaker,
        task_queue: str = "tenantry",
        essential_timeout_seconds: float = 60.0,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        super().__init__()
        self._connection = connection
        self._breaker = breaker
        self._task_queue = task_queue
        self._essential_timeout_seconds = essential_timeout_seconds
        self._clock = clock
        self._starting = asyncio.Semaphore(_STARTS)
        self._waiting: set[asyncio.Task[Any]] = set()

    async def begin(
        self, work: Work, *, essential_timeout_seconds: float | None = None
    ) -> TemporalRunning:
        """Hand `work` over, in the place of any of the same id; raises `ExecutorUnavailable`.

        The time-out is that of `Running.essential`, counted from now.
        """
        until = self._clock.monotonic() + (
            essential_timeout_seconds or self._essential_timeout_seconds
        )
        landings = self._connection.landings
        landing = landings.open(work.id)
        with (
            bind(correlation_id=work.correlation_id, tenant_id=work.tenant_id),
            span("tenantry.execution.begin", task_queue=self._task_queue),
        ):
            client, started = await self._start_guarded(work)
        for other in landings.of(work.id):
            if other is not landing:
                other.replace()
        return TemporalRunning(
            client=client,
            started=started,
            task_queue=self._task_queue,
            landings=landings,
            landing=landing,
            until=until,
            clock=self._clock,
            waiting=self._waiting,
            judge=self._judge,
            is_heard=bool(work.essential),
        )

    async def _on_stop(self) -> None:
        for task in self._waiting:
            task.cancel()
        if self._waiting:
            await asyncio.wait(self._waiting)

    async def _start_guarded(self, work: Work) -> Started:
        try:
            async with self._starting:
                return await self._breaker.acall(self._start_and_know, work)
        except BreakerOpen as error:
            raise ExecutorUnavailable(error.message, reason="breaker_open") from error
        except _NotKnownYet as known:
            outcome = known.outcome

        if isinstance(outcome, RPCError):
            raise ExecutorUnavailable(
                f"{work.id}: Temporal refuses it: {outcome.message}", reason="failed"
            ) from outcome
        return outcome

    def _judge(self, error: ExecutorUnavailable | None) -> None:
        """Tell the breaker whether work that was begun is carried out."""
        with contextlib.suppress(BreakerOpen, ExecutorUnavailable), self._breaker.guard():
            if error is not None:
                raise ExecutorUnavailable(error.message, reason=error.reason)

    async def _start_and_know(self, work: Work) -> Started:
        outcome = await self._start(work)
        if isinstance(outcome, RPCError) or not was_started_eagerly(outcome[1]):
            raise _NotKnownYet(outcome)
        return outcome

    async def _start(self, work: Work) -> Started | RPCError:
        """Return what was started, or the error that says that this work cannot be."""
        client = await self._connection.client()
        for is_last in (False, True):
            try:
                return client, await self._start_workflow(client, work)
            except RPCError as error:
                if self._is_about_search_attribute(error):
                    self._connection.leave_out_search_attribute(error.message)
                elif not is_away(error):
                    return error
                elif is_last or error.status is not RPCStatusCode.UNAVAILABLE:
                    raise unreachable(self._connection.address, error) from error
                # Else a connection of before a restart, which is known now to be dead.
        raise AssertionError("the last attempt returns or raises")

    async def _start_workflow(self, client: Client, work: Work) -> "WorkflowHandle[object, object]":
        attributes = None
        if self._connection.knows_search_attribute:
            pair = SearchAttributePair(_CORRELATION_ID, work.correlation_id)
            attributes = TypedSearchAttributes([pair])
        return await client.start_workflow(
            WORKFLOW,
            msgspec.to_builtins(work),
            id=work.id,
            task_queue=self._task_queue,
            # Whatever runs under this id still has been fenced by who begins this.
            id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
            memo={CORRELATION_ID: work.correlation_id},
            search_attributes=attributes,
            request_eager_start=True,
            rpc_timeout=timedelta(seconds=CALL_SECONDS),
        )

    def _is_about_search_attribute(self, error: RPCError) -> bool:
        return (
            error.status is RPCStatusCode.INVALID_ARGUMENT
            and self._connection.knows_search_attribute
            and CORRELATION_ID in error.message
        )

"""The executor that needs nothing: phased work as tasks of this process, gone when it ends."""

import asyncio
import contextlib
from contextvars import Context
from typing import TypeVar

import msgspec

from tenantry.base import Clock, Service, SystemClock
from tenantry.base.errors import Invalid
from tenantry.execution.attempt import (
    carry_out,
    failed_outcome,
    is_final,
    with_outcomes,
)
from tenantry.execution.backoff import Backoff
from tenantry.execution.port import (
    ExecutorUnavailable,
    Outcome,
    Payload,
    Step,
    StepFailed,
    Steps,
    Work,
)

T = TypeVar("T")

_SYSTEM_CLOCK = SystemClock()
_CANCEL_SECONDS = 1.0


class InlineExecutor(Service):
    """Carries work out here: `stop` cancels what is under way, and waits for it.

    Work is nobody's task but the executor's: who began it may be cancelled.
    """

    def __init__(
        self, *, steps: Steps, clock: Clock = _SYSTEM_CLOCK, backoff: Backoff | None = None
    ) -> None:
        super().__init__()
        self._steps = steps
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._running: dict[str, InlineRunning] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, work: Work) -> "InlineRunning":
        """Hand `work` over, in the place of any of the same id."""
        if not self.is_running:
            raise ExecutorUnavailable(f"{work.id}: the executor is stopped", reason="stopped")
        if unknown := {step.name for step in all_steps(work)} - self._steps.keys():
            raise Invalid(field="steps", got=sorted(unknown), wants=" | ".join(self._steps))

        if replaced := self._running.get(work.id):
            replaced.abandon("other work of this id was begun")
        running = InlineRunning(work)
        self._running[work.id] = running

        # In a context of its own: the deadline and the request of who begins it are not the work's.
        task = asyncio.create_task(self._carry_out(running), name=work.id, context=Context())
        running.task = task
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._forget(running, ended))
        return running

    async def _on_stop(self) -> None:
        for running in list(self._running.values()):
            running.abandon("the executor was stopped", reason="stopped")
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _carry_out(self, running: "InlineRunning") -> None:
        work = running.work
        try:
            results = [await self._step(work, step) for step in work.essential]
            running.settle_essential(results)
            outcomes = await asyncio.gather(*(self._outcome(work, s) for s in work.background))
            if work.closing is not None:
                await self._step(work, with_outcomes(work.closing, outcomes))
            running.settle(outcomes)
        except StepFailed as error:
            running.fail(error)

    async def _outcome(self, work: Work, step: Step) -> Outcome:
        try:
            return Outcome(label=step.label, result=await self._step(work, step))
        except StepFailed as error:
            return failed_outcome(step, error)

    async def _step(self, work: Work, step: Step) -> Payload:
        attempt = 1
        while True:
            try:
                return await self._attempt(work, step, attempt)
            except StepFailed as error:
                if is_final(step, attempt, error):
                    raise
                pause = self._backoff.pause(attempt, asked_seconds=error.retry_after_seconds)
            await self._clock.sleep(pause)
            attempt += 1

    async def _attempt(self, work: Work, step: Step, attempt: int) -> Payload:
        context = InlineContext(correlation_id=work.correlation_id, attempt=attempt)
        return await carry_out(self._steps[step.name], step, context, tenant_id=work.tenant_id)

    def _forget(self, running: "InlineRunning", task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if self._running.get(running.work.id) is running:
            del self._running[running.work.id]
        running.abandon("it ended early")
        if not task.cancelled():
            # A mistake of this module is told by the loop.
            task.result()


class InlineContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a step may ask of this executor."""

    correlation_id: str
    attempt: int

    def heartbeat(self, detail: Payload) -> None:
        """Nobody watches: it lives as long as this process."""


class InlineRunning:
    """Work that this process carries out."""

    workflow_id: str | None = None
    run_id: str | None = None

    def __init__(self, work: Work) -> None:
        loop = asyncio.get_running_loop()
        self.work = work
        self.task: asyncio.Task[None] | None = None
        self._essential: asyncio.Future[list[Payload]] = loop.create_future()
        self._done: asyncio.Future[list[Outcome]] = loop.create_future()

    async def essential(self) -> list[Payload]:
        """Wait for the essential steps and return what they answered."""
        return await asyncio.shield(self._essential)

    async def done(self) -> list[Outcome]:
        """Wait for the end, and return the outcomes of the background steps."""
        return await asyncio.shield(self._done)

    async def cancel(self, reason: str) -> None:
        """Cancel what is under way, and wait for that for at most a second."""
        self.abandon(f"it was cancelled: {reason}")
        if self.task is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait({self.task}, timeout=_CANCEL_SECONDS)

    def settle_essential(self, results: list[Payload]) -> None:
        """Tell those who wait for the essential steps."""
        _settle(self._essential, results)

    def settle(self, outcomes: list[Outcome]) -> None:
        """Tell those who wait for the end."""
        _settle(self._done, outcomes)

    def fail(self, error: StepFailed | ExecutorUnavailable) -> None:
        """Raise `error` to all who wait still."""
        for future in (self._essential, self._done):
            if not future.done():
                future.set_exception(error)
                # Perhaps nobody waits, and that is no mistake.
                future.exception()

    def abandon(self, why: str, *, reason: str = "failed") -> None:
        """Cancel the task, and tell those who wait still; a no-op where it has ended."""
        self.fail(ExecutorUnavailable(f"{self.work.id}: {why}", reason=reason))
        if self.task is not None:
            self.task.cancel()


def all_steps(work: Work) -> tuple[Step, ...]:
    """Return every step of `work`."""
    return (*work.essential, *work.background, *((work.closing,) if work.closing else ()))


def _settle(future: "asyncio.Future[T]", value: T) -> None:
    if not future.done():
        future.set_result(value)

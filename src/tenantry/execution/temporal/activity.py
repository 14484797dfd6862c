"""Steps as activities: the same functions, called by Temporal."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import msgspec
from temporalio import activity
from temporalio.exceptions import ApplicationError

from tenantry.execution.attempt import carry_out, is_final, unnamed_failure
from tenantry.execution.backoff import Backoff
from tenantry.execution.port import Payload, Step, StepFailed, Steps
from tenantry.execution.temporal.landing import Landings
from tenantry.execution.temporal.wire import Place, application_error
from tenantry.telemetry import current

BEAT_SECONDS: Final = 2.5
HANDOVER_SECONDS: Final = 1.5
"""So soon another worker begins what one has given back; more than `LOCAL_PAUSE_SECONDS`."""

Activity = Callable[[dict[str, Any], dict[str, Any] | None], Awaitable[Payload]]


class Activities:
    """Makes an activity of each step, and tells those who wait here how essential ones ended."""

    def __init__(self, *, steps: Steps, landings: Landings, backoff: Backoff) -> None:
        self._steps = steps
        self._landings = landings
        self._backoff = backoff
        self._local: set[asyncio.Task[Any]] = set()
        self._is_stopped = False

    def stop(self) -> None:
        """Cancel the steps that run inside a workflow task, and begin no other.

        They are given back, and another worker begins them anew.
        """
        self._is_stopped = True
        for task in self._local:
            task.cancel()

    def all(self) -> list[Activity]:
        """Return an activity for each step, of its name."""
        return [self._named(name) for name in self._steps]

    def _named(self, name: str) -> Activity:
        @activity.defn(name=name)
        async def run(told: dict[str, Any], place: dict[str, Any] | None) -> Payload:
            step = msgspec.convert(told, Step)
            if activity.info().is_local:
                return await self._run_local(step, msgspec.convert(place, Place | None))
            return await self._run(step, msgspec.convert(place, Place | None))

        return run

    async def _run_local(self, step: Step, place: Place | None) -> Payload:
        if self._is_stopped:
            raise _given_back(step)
        running = asyncio.ensure_future(self._run(step, place))
        self._local.add(running)
        try:
            return await running
        except asyncio.CancelledError:
            running.cancel()
            if self._is_stopped:
                raise _given_back(step) from None
            raise
        finally:
            self._local.discard(running)

    async def _run(self, step: Step, place: Place | None) -> Payload:
        context = ActivityContext()
        info = activity.info()
        try:
            async with _beating(context, is_needed=info.heartbeat_timeout is not None):
                function = self._steps[step.name]
                tenant_id = current().tenant_id or ""
                result = await carry_out(function, step, context, tenant_id=tenant_id)
        except StepFailed as error:
            is_last = is_final(step, info.attempt, error)
            if place is not None and is_last:
                for landing in self._landings.of(context.workflow_id):
                    landing.fail(context.run_id, error)
            pause = self._backoff.pause(info.attempt, asked_seconds=error.retry_after_seconds)
            # Not chained: histories keep texts of causes, which may quote rows.
            raise application_error(error, is_final=is_last, pause_seconds=pause) from None

        if place is not None:
            for landing in self._landings.of(context.workflow_id):
                landing.succeed(context.run_id, place, result)
        return result


class ActivityContext:
    """What a step may ask of Temporal."""

    def __init__(self) -> None:
        info = activity.info()
        self.correlation_id = current().correlation_id or ""
        self.attempt = info.attempt
        self.workflow_id = info.workflow_id or ""
        self.run_id = info.workflow_run_id or ""
        self._is_local = info.is_local
        self._detail: Payload = {}

    def heartbeat(self, detail: Payload) -> None:
        """Say how far it is; the library passes on as much of it as is worth a call."""
        self._detail = detail
        self.beat()

    def beat(self) -> None:
        """Say that it lives."""
        if not self._is_local:
            activity.heartbeat(self._detail)


def _given_back(step: Step) -> ApplicationError:
    stopped = unnamed_failure(step, "WorkerStopped")
    return application_error(stopped, is_final=False, pause_seconds=HANDOVER_SECONDS)


@contextlib.asynccontextmanager
async def _beating(context: ActivityContext, *, is_needed: bool) -> AsyncIterator[None]:
    """Say now and then that the process lives, however long the step is silent."""
    if not is_needed:
        yield
        return
    beating = asyncio.create_task(_beat(context))
    try:
        yield
    finally:
        beating.cancel()


async def _beat(context: ActivityContext) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        context.beat()

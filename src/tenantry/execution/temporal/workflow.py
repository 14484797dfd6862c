"""The one workflow: essential steps in order, background steps side by side, then the closing one.

It is replayed from its history, so it decides by nothing but what it was given and what steps have
answered. A change that would make old histories go another way needs a new build, see
docs/decisions/0019.
"""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    import msgspec

    from tenantry.execution.attempt import failed_outcome, with_outcomes
    from tenantry.execution.port import Outcome, Payload, Step, StepFailed, Work
    from tenantry.execution.temporal import wire

HEARTBEAT_SECONDS = 10.0
"""An activity that has been silent for so long has died with its worker."""

LOCAL_PAUSE_SECONDS = 1.0
"""A local activity that waits for longer lets its workflow task end, so that any worker goes on."""

_OVERTIME_SECONDS = 5.0
# How often a worker may die in the middle of one step.
_CUT_SHORT = 3


@workflow.defn(name=wire.WORKFLOW)
class PhasedWorkflow:
    """Phased work; it fails where an essential step or the closing one has failed for good."""

    def __init__(self) -> None:
        self._results: list[Payload] | None = None
        self._failure: StepFailed | None = None

    @workflow.run
    async def run(self, told: dict[str, Any]) -> dict[str, Any]:
        """Carry the work out."""
        work = msgspec.convert(told, Work)
        try:
            results = await self._essential(work)
            outcomes = await asyncio.gather(*(_outcome(step) for step in work.background))
            if work.closing is not None:
                await _remote(with_outcomes(work.closing, outcomes))
        except StepFailed as error:
            self._failure = error
            # Who asked is answered before the end, else all they hear is that it has ended.
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise wire.application_error(error) from None

        await workflow.wait_condition(workflow.all_handlers_finished)
        ended: dict[str, Any] = _json(wire.Ended(essential=results, outcomes=outcomes))
        return ended

    # Abandoned where the work is cancelled: who asks is told so by the server.
    @workflow.update(
        name=wire.ESSENTIAL, unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON
    )
    async def essential(self) -> list[Payload]:
        """Wait for the essential steps."""
        await workflow.wait_condition(
            lambda: self._results is not None or self._failure is not None
        )
        if self._results is None and self._failure is not None:
            raise wire.application_error(self._failure)
        return self._results or []

    async def _essential(self, work: Work) -> list[Payload]:
        results: list[Payload] = []
        for index, step in enumerate(work.essential):
            place = wire.Place(index=index, count=len(work.essential))
            run = _remote if step.is_long else _local
            results.append(await run(step, place))
        self._results = results
        return results


async def _outcome(step: Step) -> Outcome:
    try:
        return Outcome(label=step.label, result=await _remote(step))
    except StepFailed as error:
        return failed_outcome(step, error)


async def _local(step: Step, place: wire.Place | None = None) -> Payload:
    """Run a step inside the workflow task: nothing is scheduled, so it costs no round trip."""
    try:
        answer: Payload = await workflow.execute_local_activity(
            step.name,
            args=_arguments(step, place),
            start_to_close_timeout=_time_limit(step),
            retry_policy=_retry_policy(step),
            local_retry_threshold=timedelta(seconds=LOCAL_PAUSE_SECONDS),
        )
    except FailureError as error:
        raise _failure(error, step) from error
    else:
        return answer


async def _remote(step: Step, place: wire.Place | None = None) -> Payload:
    """Run a step as an activity, on any worker; where this one has room it is given it at once."""
    try:
        answer: Payload = await workflow.execute_activity(
            step.name,
            args=_arguments(step, place),
            start_to_close_timeout=_time_limit(step),
            heartbeat_timeout=timedelta(seconds=HEARTBEAT_SECONDS),
            retry_policy=_retry_policy(step),
            summary=step.label or None,
        )
    except FailureError as error:
        raise _failure(error, step) from error
    else:
        return answer


def _arguments(step: Step, place: wire.Place | None) -> list[Any]:
    return [_json(step), _json(place)]


def _json(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _failure(error: FailureError, step: Step) -> Exception:
    if is_cancelled_exception(error):
        # Not a failure of the step: the whole work was cancelled.
        return error
    # That of a local activity comes bare.
    return wire.step_failed(error.cause if isinstance(error, ActivityError) else error, step)


def _time_limit(step: Step) -> timedelta:
    # The worker ends an attempt in time; this is for one that cannot.
    return timedelta(seconds=step.timeout_seconds + _OVERTIME_SECONDS)


def _retry_policy(step: Step) -> RetryPolicy:
    # The worker says itself which attempt is the last, and when to come again. This is for those
    # that could not say it, which do not count.
    return RetryPolicy(
        maximum_attempts=step.attempts + _CUT_SHORT,
        initial_interval=timedelta(seconds=0.5),
        maximum_interval=timedelta(seconds=30),
    )

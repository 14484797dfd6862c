"""What client, workflow and activities say to each other: names, and values as JSON.

The workflow imports it too, so nothing here may do I/O, or know the time.
"""

from datetime import timedelta
from typing import Final

import msgspec
from temporalio import exceptions
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from tenantry.execution.port import Outcome, Payload, Step, StepFailed

WORKFLOW: Final = "tenantry.phased"
ESSENTIAL: Final = "essential"
"""The update that waits for the essential steps; also its id, so that one run has one of it."""
CORRELATION_ID: Final = "CorrelationId"
"""The search attribute, and the entry of the memo."""
HEADER: Final = "tenantry-context"

_FAILED_UNNAMED: Final = "Failed"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the essential steps an activity is; of other steps there is none."""

    index: int
    count: int


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a workflow returns."""

    essential: list[Payload]
    outcomes: list[Outcome]


class _Told(msgspec.Struct, kw_only=True):
    """What an error carries beside its type and message."""

    is_retryable: bool = True
    retry_after_seconds: float = 0.0


def application_error(
    error: StepFailed, *, is_final: bool = True, pause_seconds: float | None = None
) -> ApplicationError:
    """Return `error` as what an activity or a workflow raises.

    Whether it is the last attempt is said here: those that a worker's end has cut short do not
    count, and only a worker knows the others.
    """
    told = _Told(is_retryable=error.is_retryable, retry_after_seconds=error.retry_after_seconds)
    return ApplicationError(
        error.message,
        msgspec.to_builtins(told),
        type=error.type,
        non_retryable=is_final,
        next_retry_delay=None if pause_seconds is None else timedelta(seconds=pause_seconds),
        # The library would log each attempt with a traceback; ours is told by an event.
        category=ApplicationErrorCategory.BENIGN,
    )


def step_failed(cause: BaseException | None, step: Step | None = None) -> StepFailed:
    """Return what `cause` was before it went through the server."""
    if isinstance(cause, ApplicationError):
        told = msgspec.convert(cause.details[0], _Told) if cause.details else _Told()
        return StepFailed(
            cause.message,
            type=cause.type or _FAILED_UNNAMED,
            is_retryable=told.is_retryable,
            retry_after_seconds=told.retry_after_seconds,
        )
    name = "TimeoutError" if isinstance(cause, exceptions.TimeoutError) else _FAILED_UNNAMED
    what = (step.label or step.name) if step else "the work"
    return StepFailed(f"{what}: {name}", type=name, is_retryable=True)

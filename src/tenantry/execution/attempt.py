"""One attempt of a step: what is bound around it, and what becomes of what it raises."""

import asyncio

import msgspec

from tenantry.execution.port import Outcome, Payload, Step, StepContext, StepFailed, StepFunction
from tenantry.telemetry import bind, emit, span

OUTCOMES = "outcomes"
"""Where the closing step finds, in its payload, how the background steps have ended."""


async def carry_out(
    function: StepFunction, step: Step, context: StepContext, *, tenant_id: str
) -> Payload:
    """Call `function` once, for as long as the step may take.

    Whatever it raises, but for a cancellation, is a `StepFailed`.

    An error that the step has not named itself may pass, so it is tried again. Its text is kept
    out of histories, since it may quote what it stumbled upon.
    """
    with (
        bind(correlation_id=context.correlation_id, tenant_id=tenant_id),
        span(
            "tenantry.execution.step",
            step=step.name,
            label=step.label,
            attempt=context.attempt,
        ),
    ):
        try:
            async with asyncio.timeout(step.timeout_seconds):
                return await function(context, step.payload)
        except StepFailed as error:
            _tell(step, context, error, error.message)
            raise
        except Exception as error:  # whatever a step raises is told, and ends one attempt
            failed = unnamed_failure(step, type(error).__name__)
            _tell(step, context, failed, repr(error))
            raise failed from error


def unnamed_failure(step: Step, error_type: str) -> StepFailed:
    """Return the failure of a step by an error that it has not named itself, a time-out say."""
    return StepFailed(
        f"{step.label or step.name}: {error_type}", type=error_type, is_retryable=True
    )


def is_final(step: Step, attempt: int, error: StepFailed) -> bool:
    """Whether no attempt follows."""
    return not error.is_retryable or attempt >= step.attempts


def failed_outcome(step: Step, error: StepFailed) -> Outcome:
    """Return how a background step has ended that failed for good."""
    return Outcome(label=step.label, error_type=error.type, message=error.message)


def with_outcomes(step: Step, outcomes: list[Outcome]) -> Step:
    """Return the closing step with `outcomes` in its payload."""
    told = {**step.payload, OUTCOMES: msgspec.to_builtins(outcomes)}
    return msgspec.structs.replace(step, payload=told)


def _tell(step: Step, context: StepContext, error: StepFailed, message: str) -> None:
    emit(
        "tenantry.execution.step_failed",
        step=step.name,
        label=step.label,
        attempt=context.attempt,
        attempts=step.attempts,
        error_type=error.type,
        message=message,
        is_final=is_final(step, context.attempt, error),
    )

"""Whatever went wrong, as one of the six types, with what one needs to follow it up."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tenantry.base.errors import Invalid, Unavailable
from tenantry.execution import StepFailed
from tenantry.reliability import BreakerOpen, DeadlineExceeded
from tenantry.scheduling import LeaseLost
from tenantry.sync.errors import (
    ERRORS,
    DatabaseError,
    ErrorType,
    LeftAlone,
    NetworkError,
    SyncError,
    SyncTimeout,
    UnknownError,
    ValidationError,
)
from tenantry.telemetry import get_logger

SUPERSEDED: Final = "SUPERSEDED"
"""The type of a step that another run has taken the lease from: no error of the six."""

LOGIN_PATIENCE_SECONDS: Final = 30.0
"""A source that asks for more time is not waited for: whoever waits here is told to come again."""
BACKGROUND_PATIENCE_SECONDS: Final = 300.0
"""The same for what nobody waits for; it fails then, and is due again later."""

_RETRY_LATER_SECONDS: Final = 30.0
_RETRY_SOON_SECONDS: Final = 2.0
_LOGGER: Final = get_logger("tenantry.sync")

# The first that fits.
_KINDS: Final[tuple[tuple[tuple[type[BaseException], ...], Callable[[Any], SyncError]], ...]] = (
    (
        (TimeoutError, DeadlineExceeded),
        lambda error: SyncTimeout(str(error) or "it took longer than it may"),
    ),
    (
        (BreakerOpen,),
        lambda error: NetworkError(error.message, retry_after_seconds=error.retry_after_seconds),
    ),
    ((Invalid,), lambda error: ValidationError(error.message)),
    (
        (Unavailable,),
        lambda error: DatabaseError(error.message, retry_after_seconds=error.retry_after_seconds),
    ),
    (
        (OSError,),
        lambda error: NetworkError(f"{type(error).__name__}: {error.strerror or error}"),
    ),
)


def error_of(error: BaseException) -> SyncError:
    """Return what was raised as one of the six types."""
    if isinstance(error, SyncError):
        return error
    if isinstance(error, StepFailed):
        kind = ERRORS[type_of(error.type)]
        return kind(error.message, retry_after_seconds=error.retry_after_seconds)
    for kinds, become in _KINDS:
        if isinstance(error, kinds):
            return become(error)
    # What it says may quote anything, a row for one; its type and where it was do not.
    _LOGGER.error(
        "A sync failed by an error that is none of ours",
        error_class=type(error).__name__,
        at=[
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ],
    )
    return UnknownError(f"{type(error).__name__}: the log has more")


def type_of(name: str) -> ErrorType:
    """Return the type of an error that a step has ended by: its executor's own are none of ours."""
    if name in ERRORS:
        return ERRORS[name].type
    return SyncTimeout.type if name == TimeoutError.__name__ else UnknownError.type


def step_failure(error: BaseException, *, patience_seconds: float) -> StepFailed:
    """Return what was raised as whoever carries steps out wants to have it.

    Where the source asks for more than `patience_seconds`, no attempt follows.
    """
    if isinstance(error, StepFailed):
        return error
    if isinstance(error, LeaseLost):
        return StepFailed(error.message, type=SUPERSEDED, is_retryable=False)
    known = error_of(error)
    return StepFailed(
        known.message,
        type=known.type,
        # Attempts would come too early, or keep a login waiting for what is known.
        is_retryable=known.is_retryable
        and not isinstance(known, LeftAlone)
        and _asked_for(known) <= patience_seconds,
        retry_after_seconds=_asked_for(known),
    )


def told(error: SyncError, *, tenant_id: str, correlation_id: str, duration_ms: float) -> SyncError:
    """Return the error as a caller gets it: with tenant, duration, and a way to follow it up."""
    details: dict[str, Any] = {
        **(error.details or {}),
        "tenantId": tenant_id,
        "correlationId": correlation_id,
        "duration": round(duration_ms, 3),
    }
    soon = _RETRY_SOON_SECONDS if error.is_retryable else _RETRY_LATER_SECONDS
    return type(error)(
        f"{_advised(error)} [{correlation_id}]",
        retry_after_seconds=max(_asked_for(error), soon),
        details=details,
    )


def _asked_for(error: SyncError) -> float:
    return error.retry_after_seconds


_ADVICE: Final = {
    "AUTH_ERROR": "check the token that sync:source names",
    "VALIDATION_ERROR": "check what the source answers, or its declaration in sync:source",
    "NETWORK_ERROR": "check that the source is up and reachable",
    "DATABASE_ERROR": "check the database, `tenantry doctor` says how it is",
    "TIMEOUT_ERROR": "look at the timeline of the run for what took so long",
    "UNKNOWN_ERROR": "look at the log",
}


def _advised(error: SyncError) -> str:
    return f"sync failed, {error.type}: {error.message}; {_ADVICE[error.type]}"

"""What can go wrong with a sync: the six types of the requirement, and no others."""

from typing import Any, ClassVar, Literal

from tenantry.base.errors import NotFound, Unavailable

ErrorType = Literal[
    "AUTH_ERROR",
    "VALIDATION_ERROR",
    "NETWORK_ERROR",
    "DATABASE_ERROR",
    "TIMEOUT_ERROR",
    "UNKNOWN_ERROR",
]


class NoSource(NotFound):
    """The tenant has no source: there is nothing to fetch its data from."""

    default_code = "no_source"

    def __init__(self, tenant_id: str) -> None:
        super().__init__(
            f"tenant {tenant_id} has no source: store one as the setting sync:source",
            details={"tenantId": tenant_id},
        )


class SyncError(Unavailable):
    """A sync has failed; `type` says why, and `is_retryable` whether another try may help.

    `retry_after_seconds` is what the source has asked for, 0 where it has not; `context` adds the
    correlation id, the tenant and the duration once they are known.
    """

    type: ClassVar[ErrorType] = "UNKNOWN_ERROR"
    is_retryable: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float = 0.0,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            message,
            retry_after_seconds=retry_after_seconds,
            code=f"SYNC_{self.type}",
            details={"errorType": self.type, "retryable": self.is_retryable, **(details or {})},
        )


class AuthError(SyncError):
    """The source refuses our token, also a fresh one; or a tenant that it does not know."""

    type: ClassVar[ErrorType] = "AUTH_ERROR"
    is_retryable = False


class ValidationError(SyncError):
    """What the source says cannot be right: no JSON, a key missing, a total that does not match."""

    type: ClassVar[ErrorType] = "VALIDATION_ERROR"
    is_retryable = False


class NetworkError(SyncError):
    """The source was not reached, or answered 429 or 5xx."""

    type: ClassVar[ErrorType] = "NETWORK_ERROR"


class LeftAlone(NetworkError):
    """The source was not asked, as it has failed again and again: no attempt helps this run."""


class DatabaseError(SyncError):
    """Our own database, or a source that is one, could not be used."""

    type: ClassVar[ErrorType] = "DATABASE_ERROR"


class SyncTimeout(SyncError):
    """It took longer than it may."""

    type: ClassVar[ErrorType] = "TIMEOUT_ERROR"


class UnknownError(SyncError):
    """None of the above: what was raised is in the log."""


ERRORS: dict[str, type[SyncError]] = {
    kind.type: kind
    for kind in (
        AuthError,
        ValidationError,
        NetworkError,
        DatabaseError,
        SyncTimeout,
        UnknownError,
    )
}
"""The class of each type."""

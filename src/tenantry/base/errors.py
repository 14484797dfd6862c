"""The few kinds of error a caller can meet.

A feature subclasses these in its own `errors.py`; `tenantry.web` alone maps a kind to an HTTP
status, and the CLI maps it to an exit code. The message carries the numbers and is safe to show.
"""

from typing import Any, ClassVar


class TenantryError(Exception):
    """The root of every error this package raises on purpose.

    `message` is for people, `code` for programs (snake_case, the class's own by default),
    `details` is a JSON-able mapping with the values the message names.
    """

    default_code: ClassVar[str] = "error"

    def __init__(
        self, message: str, *, code: str | None = None, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = details


class Invalid(TenantryError):
    """The input is wrong, and will be wrong again until it is changed.

    `field` names what was wrong, `got` what arrived and `wants` what would be accepted; together
    they are the message where none is given.
    """

    default_code = "invalid"

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        got: object = None,
        wants: str | None = None,
        code: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            message or f"{field}: got {got!r}, wants {wants}",
            code=code,
            details=details if details is not None else _named(field=field, got=got, wants=wants),
        )


class TooLarge(Invalid):
    """The input is beyond a size limit that the message states."""

    default_code = "too_large"


class UnsupportedMediaType(Invalid):
    """The body is of a media type that is not read here; the message names those that are."""

    default_code = "unsupported_media_type"


class Unprocessable(Invalid):
    """The input is well formed but contradicts a rule or an earlier request."""

    default_code = "unprocessable"


class NotFound(TenantryError):
    """What was asked for does not exist, or not for this tenant."""

    default_code = "not_found"


class Gone(NotFound):
    """What was asked for existed and has been deleted."""

    default_code = "gone"


class Conflict(TenantryError):
    """The request was decided on a state that is no longer the present one."""

    default_code = "conflict"


class PreconditionFailed(Conflict):
    """A condition that the caller stated (`If-Match`, an expected version) does not hold."""

    default_code = "precondition_failed"


class Denied(TenantryError):
    """The principal is known and may not do this."""

    default_code = "denied"


class Unauthenticated(Denied):
    """The request names no principal, or one that cannot be proven."""

    default_code = "unauthenticated"


class Unavailable(TenantryError):
    """The server cannot do this now; the same request may succeed after `retry_after_seconds`."""

    default_code = "unavailable"

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float = 1.0,
        code: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, details=details)
        self.retry_after_seconds = retry_after_seconds


def _named(**parts: object) -> dict[str, Any] | None:
    named = {name: _plain(value) for name, value in parts.items() if value is not None}
    return named or None


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) else repr(value)

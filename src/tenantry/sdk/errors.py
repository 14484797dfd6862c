"""What can go wrong with a request: the kinds of `tenantry.base.errors`, with what HTTP adds.

Whoever catches a kind of `tenantry.base.errors` catches the one of the same name here too.
"""

from typing import Any, Final

from tenantry.base import errors
from tenantry.base.errors import TenantryError

SYNC_PREFIX: Final = "SYNC_"
"""What the code of a sync's failure begins with; the rest is its type."""


class RequestFailed(TenantryError):
    """A request had no success, and this is the root of all the reasons.

    `status` is that of the answer, None where there was none; `retry_after` is how many seconds
    the server asked to wait, None where it did not say.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        details: dict[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, details=details)
        self.status = status
        self.retry_after = retry_after


class Invalid(RequestFailed, errors.Invalid):
    """The request is wrong, and will be wrong again until it is changed."""


class TooLarge(Invalid, errors.TooLarge):
    """What was sent is beyond a limit that the message states."""


class Unprocessable(Invalid, errors.Unprocessable):
    """The request is well formed but contradicts a rule, a schema or an earlier request."""


class NotFound(RequestFailed, errors.NotFound):
    """There is no such setting, tenant, user or key, or there was none at that moment."""


class Gone(NotFound, errors.Gone):
    """There was such a setting, and it is deleted."""


class Conflict(RequestFailed, errors.Conflict):
    """The request was decided on a state that is no longer the present one."""


class PreconditionFailed(Conflict, errors.PreconditionFailed):
    """The version that the caller named is not the present one, which `details` has."""


class Denied(RequestFailed, errors.Denied):
    """Whoever asks may not do this."""


class Unauthenticated(Denied, errors.Unauthenticated):
    """The server wants a token, or another one."""


class Unavailable(RequestFailed, errors.Unavailable):
    """The server cannot do this now; the same request may succeed later."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        details: dict[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message, status=status, code=code, details=details, retry_after=retry_after
        )
        if retry_after is not None:
            self.retry_after_seconds = retry_after


class SyncFailed(Unavailable):
    """A tenant's data could not be brought up to date, and there are no older ones to go on with.

    `type` is one of the six of sync, as `NETWORK_ERROR`; `is_retryable` says whether another try
    may help, `retry_after` when, and `correlation_id` names the run, whose timeline has the rest.
    """

    @property
    def type(self) -> str:
        """What kind of failure it is."""
        return str(self._told("errorType", (self.code or "").removeprefix(SYNC_PREFIX)))

    @property
    def is_retryable(self) -> bool:
        """Whether another try may help."""
        return self._told("retryable", other=False) is True

    @property
    def correlation_id(self) -> str | None:
        """The name of the run; None where it did not come to one."""
        found = self._told("correlationId", None)
        return found if isinstance(found, str) else None

    def _told(self, name: str, other: Any) -> Any:
        return (self.details or {}).get(name, other)


class Unreachable(Unavailable):
    """No answer came, or none that could be read.

    Whether the request was carried out is open, unless `is_unsent`: then nothing of it was sent.
    """

    default_code = "unreachable"

    def __init__(self, message: str, *, is_unsent: bool = False) -> None:
        super().__init__(message)
        self.is_unsent = is_unsent

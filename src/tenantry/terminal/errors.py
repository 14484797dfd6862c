"""What can go wrong between a command and what answers it, and what to try then."""

from typing import Any

from tenantry.base.errors import TenantryError, Unavailable

_HINTS = {
    "unauthenticated": "pass the server's token with --token, or set TENANTRY_TOKEN",
    "unreachable": "is a server running there? `tenantry serve` starts one",
    "database_in_use": "stop that process, or address its server with --server",
    "database_unavailable": "see what the server's log says, or try `tenantry db status`",
    "precondition_failed": "somebody else has changed it: look with `config get NAME -o json`",
    "schema_newer": "install a newer tenantry",
}

_SERVER_ERRORS = 500
_UNAVAILABLE = 503


class Refused(TenantryError):
    """The server answered that it will not or cannot do this; `status` is that of the answer."""

    default_code = "refused"

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        details: dict[str, Any] | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, code=code, details=details)
        self.status = status
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_certain(self) -> bool:
        """Whether the request has surely changed nothing."""
        return self.status < _SERVER_ERRORS or self.status == _UNAVAILABLE


class Unreachable(Unavailable):
    """No answer came, or none that could be read; whether the request was carried out is open."""

    default_code = "unreachable"


def hint_for(error: TenantryError) -> str | None:
    """Return what somebody who meets `error` on a terminal might try."""
    return _HINTS.get(error.code)

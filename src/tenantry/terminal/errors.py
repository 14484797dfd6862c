"""What can go wrong between a command and what answers it, and what to try then."""

from collections.abc import Iterator
from typing import Any

import msgspec

from tenantry.base.errors import TenantryError, Unavailable
from tenantry.terminal.table import one_line

_WHERE_TO_SAY = "pass another token with --token or TENANTRY_TOKEN; `tenantry login` prints one"

_HINTS = {
    "unauthenticated": _WHERE_TO_SAY,
    "token_expired": _WHERE_TO_SAY,
    "unreachable": "is a server running there? `tenantry serve` starts one",
    "database_in_use": "stop that process, or address its server with --server",
    "database_unavailable": "see what the server's log says, or try `tenantry db status`",
    "precondition_failed": "somebody else has changed it: look with `config get NAME -o json`",
    "exposed_history": "--force makes it a secret all the same; its history stays as it is",
    "schema_newer": "install a newer tenantry",
    "tenant_required": "name one of them with --tenant",
    "no_session": "give the token that `tenantry login` has printed, as TENANTRY_TOKEN or --token",
    "not_owner": "they change it themselves, or root does; --no-password adds whoever is there",
}

# A message may quote a value; a name is never cut.
_SHOWN_CHARACTERS = 2_000
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


class _Schema(msgspec.Struct):
    layer: str
    name: str | None = None
    prefix: str | None = None

    def __str__(self) -> str:
        return f"{self.layer} schema of {f'{self.prefix}*' if self.name is None else self.name}"


class _Violation(msgspec.Struct):
    name: str
    pointer: str
    message: str
    schema: _Schema

    def __str__(self) -> str:
        where = f"{self.name} at {self.pointer}" if self.pointer else self.name
        return f"{where}: {self.message} ({self.schema})"


class _Stale(msgspec.Struct):
    name: str
    version: int | str
    expected_version: int | None = None

    def __str__(self) -> str:
        present = f"is at version {self.version}" if self.version else "is not there"
        expected = self.expected_version
        return f"{self.name} {present}" + ("" if expected is None else f", not at {expected}")


class _Details(msgspec.Struct):
    violations: list[_Violation] = []
    stale: list[_Stale] = []
    changed: list[str] = []
    tenants: list[str] = []


def lines_of(error: TenantryError) -> Iterator[str]:
    """Yield what `error` is about one by one: each violation, each name that has changed."""
    try:
        details = msgspec.convert(error.details or {}, _Details)
    except msgspec.ValidationError:
        # Of another server, or another version of it: the message has to do.
        return
    for item in (*details.violations, *details.stale, *details.changed, *details.tenants):
        yield one_line(str(item), width=_SHOWN_CHARACTERS)

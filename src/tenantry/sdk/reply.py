"""A whole answer of the server as a value, and what it says: data, or what went wrong."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import msgspec

from tenantry.sdk.errors import (
    SYNC_PREFIX,
    Conflict,
    Denied,
    Gone,
    Invalid,
    NotFound,
    PreconditionFailed,
    RequestFailed,
    SyncFailed,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    Unreachable,
)

T = TypeVar("T")

_KINDS: Final[dict[int, type[RequestFailed]]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Denied,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: PreconditionFailed,
    413: TooLarge,
    422: Unprocessable,
    # A limit of requests, and what a proxy says of a server behind it, pass as a 503 does.
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
_SHOWN_BODY: Final = 200


class Reply(msgspec.Struct, frozen=True):
    """Status, headers with lower-case names, and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of statuses


class _Error(msgspec.Struct):
    code: str | None = None
    message: str = ""
    details: dict[str, Any] | None = None


class _Envelope(msgspec.Struct):
    error: _Error


class _Success(msgspec.Struct):
    data: msgspec.Raw


def decode(body: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Return the JSON of `body` as `kind`; raises `Unreachable` where it is something else."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreachable(f"the answer is not a Tenantry server's: {error}") from error


def data_of(reply: Reply, kind: type[T]) -> T:
    """Return what is in the envelope of a success as `kind`; raises `Unreachable` as `decode`."""
    return decode(decode(reply.body, _Success).data, kind)


def position_of(reply: Reply) -> int:
    """Return the `X-Position` of an answer; raises `Unreachable` where it has none."""
    given = reply.headers.get("x-position", "")
    if not given.isdecimal():
        raise Unreachable("the answer is not a Tenantry server's: it has no X-Position")
    return int(given)


def error_of(reply: Reply) -> RequestFailed:
    """Return what an answer that is no success says, as an error of its kind."""
    try:
        error = msgspec.json.decode(reply.body, type=_Envelope).error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        error = _Error(message=reply.body.decode("utf-8", "replace").strip()[:_SHOWN_BODY])

    return _kind_of(reply.status, error.code)(
        error.message or f"the server answered with status {reply.status}",
        status=reply.status,
        code=error.code,
        details=error.details,
        retry_after=_retry_after(reply.headers),
    )


def _kind_of(status: int, code: str | None) -> type[RequestFailed]:
    kind = _KINDS.get(status, RequestFailed)
    is_of_sync = kind is Unavailable and (code or "").startswith(SYNC_PREFIX)
    return SyncFailed if is_of_sync else kind


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After`: seconds, or a date, which counts from the answer's own."""
    given = headers.get("retry-after", "")
    if given.isdecimal():
        return float(given)
    try:
        wait = parsedate_to_datetime(given) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())

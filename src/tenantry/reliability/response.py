"""One shape for every answer of an API: a success with its data, or what went wrong.

    response = ApiResponse.not_found("User")
    send(response.status, response.encode())

Its JSON is `{"success", "data" or "error": {"code", "message", "details"}, "meta"}`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Generic, Never, TypedDict, TypeVar, Unpack

import msgspec
from msgspec import UNSET, UnsetType

from tenantry.base import Clock, SystemClock
from tenantry.base.codec import encode_json
from tenantry.base.instant import format_millisecond
from tenantry.reliability.limiter import Decision
from tenantry.telemetry import current

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_SYSTEM_CLOCK = SystemClock()
# The codes whose names are not those of an HTTP status.
_STATUS_OF_CODE: Final[Mapping[str, HTTPStatus]] = {
    "VALIDATION_ERROR": HTTPStatus.UNPROCESSABLE_ENTITY,
    "SERVER_ERROR": HTTPStatus.INTERNAL_SERVER_ERROR,
    "RATE_LIMITED": HTTPStatus.TOO_MANY_REQUESTS,
}


class ApiMeta(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """When, to which request and by which version of the program this was answered."""

    timestamp: str
    request_id: str | None = None
    version: str | None = None


class ApiError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong: `code` for programs, `message` for people, `details` the values in it."""

    code: str
    message: str
    details: Any = None


class About(TypedDict, total=False):
    """What `meta` tells, and the clock for it.

    The request is the one under way in `tenantry.telemetry`, unless `request_id` says another.
    """

    request_id: str | None
    version: str | None
    clock: Clock


class ApiResponse(msgspec.Struct, Generic[T_co], frozen=True, kw_only=True):
    """An answer: `data` of a success, `failure` of an error; made by the functions here."""

    is_success: bool = msgspec.field(name="success")
    data: T_co | UnsetType = UNSET
    failure: ApiError | UnsetType = msgspec.field(name="error", default=UNSET)
    meta: ApiMeta

    @property
    def status(self) -> int:
        """The HTTP status: 200, or that of the error's code.

        A code that is the name of a status, such as `CONFLICT`, has that one; one that says nothing
        to HTTP has 400.
        """
        if isinstance(self.failure, UnsetType):
            return HTTPStatus.OK.value
        code = self.failure.code
        status = _STATUS_OF_CODE.get(code) or HTTPStatus.__members__.get(code)
        # Not one that would tell of a success.
        is_error = status is not None and status >= HTTPStatus.BAD_REQUEST
        return status.value if status and is_error else HTTPStatus.BAD_REQUEST.value

    def encode(self) -> bytes:
        """Return it as JSON."""
        return encode_json(self)

    @staticmethod
    def success(data: T, **about: Unpack[About]) -> "ApiResponse[T]":
        """Answer with `data`."""
        return ApiResponse(is_success=True, data=data, meta=_meta(about))

    @staticmethod
    def error(
        code: str, message: str, *, details: Any = None, **about: Unpack[About]
    ) -> "ApiResponse[Never]":
        """Answer that something went wrong; `message` is shown to whoever asked."""
        failure = ApiError(code=code, message=message, details=details)
        return ApiResponse(is_success=False, failure=failure, meta=_meta(about))

    @staticmethod
    def validation_error(
        message: str = "The input is wrong", *, details: Any = None, **about: Unpack[About]
    ) -> "ApiResponse[Never]":
        """Answer that what was sent contradicts a rule: 422."""
        return ApiResponse.error("VALIDATION_ERROR", message, details=details, **about)

    @staticmethod
    def not_found(resource: str, **about: Unpack[About]) -> "ApiResponse[Never]":
        """Answer that there is no such `resource`, a noun such as `User`: 404."""
        return ApiResponse.error("NOT_FOUND", f"{resource} not found", **about)

    @staticmethod
    def unauthorized(
        message: str = "Not authenticated", **about: Unpack[About]
    ) -> "ApiResponse[Never]":
        """Answer that nobody may who has not proven who it is: 401."""
        return ApiResponse.error("UNAUTHORIZED", message, **about)

    @staticmethod
    def server_error(
        message: str = "Internal server error", **about: Unpack[About]
    ) -> "ApiResponse[Never]":
        """Answer that the mistake is ours: 500. What went wrong belongs in the log, not in here."""
        return ApiResponse.error("SERVER_ERROR", message, **about)

    @staticmethod
    def rate_limited(
        decision: Decision | None = None,
        *,
        message: str = "Too many requests",
        **about: Unpack[About],
    ) -> "ApiResponse[Never]":
        """Answer that it was too often: 429; with the limiter's `decision` also when to come again.

        `resetTime` is in milliseconds since 1970, `retryAfter` in seconds, also for the header.
        """
        details = decision and {
            "resetTime": decision.reset_time,
            "retryAfter": decision.retry_after,
        }
        return ApiResponse.error("RATE_LIMITED", message, details=details, **about)

    @staticmethod
    def bad_request(
        message: str = "Bad request", *, details: Any = None, **about: Unpack[About]
    ) -> "ApiResponse[Never]":
        """Answer that the request cannot be understood: 400."""
        return ApiResponse.error("BAD_REQUEST", message, details=details, **about)


def _meta(about: About) -> ApiMeta:
    clock = about.get("clock", _SYSTEM_CLOCK)
    return ApiMeta(
        timestamp=format_millisecond(clock.now_us()),
        request_id=about.get("request_id") or current().correlation_id,
        version=about.get("version"),
    )

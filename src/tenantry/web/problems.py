"""From an error to its answer: the one place where a kind of error becomes an HTTP status."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from litestar.exceptions import HTTPException

from tenantry.base import Clock
from tenantry.base.codec import encode_json
from tenantry.base.errors import (
    Conflict,
    Denied,
    Gone,
    Invalid,
    NotFound,
    PreconditionFailed,
    TenantryError,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    UnsupportedMediaType,
)
from tenantry.reliability import RateLimited
from tenantry.telemetry import current, get_logger
from tenantry.web.answer import Answer, Header
from tenantry.web.envelope import ErrorBody, ErrorEnvelope, present_meta
from tenantry.web.flow import flow_headers
from tenantry.web.headers import headers_of
from tenantry.web.negotiation import Form, default_form, negotiate

_STATUSES: dict[type, HTTPStatus] = {
    Invalid: HTTPStatus.BAD_REQUEST,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Unprocessable: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Gone: HTTPStatus.GONE,
    Conflict: HTTPStatus.CONFLICT,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    Denied: HTTPStatus.FORBIDDEN,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_FRAMEWORK_CODES = {400: "invalid", 401: "unauthenticated", 403: "denied", 413: "too_large"}
_CONTENT_TYPES: dict[Form, bytes] = {
    "plain": b"text/plain; charset=utf-8",
    "envelope": b"application/json",
    "problem": b"application/problem+json",
}
# Registered by the draft "RateLimit header fields for HTTP", revision 10, section 7.
_PROBLEM_TYPES = {429: "https://iana.org/assignments/http-problem-types#quota-exceeded"}
_LOGGER = get_logger("tenantry.web")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error as HTTP sees it, in no form yet."""

    status: int
    code: str
    message: str
    details: dict[str, Any] | None = None
    headers: tuple[Header, ...] = ()


def answer_error(error: Exception, scope: Mapping[str, Any], *, clock: Clock) -> Answer:
    """Return the answer to the request of `scope` that ended in `error`.

    An error that is none of ours is logged with its traceback and told to nobody.
    """
    problem = problem_of(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOGGER.error("Unhandled error", path=scope["path"], exc_info=error)

    accept = headers_of(scope).get(b"accept")
    form = negotiate(accept, default=default_form(scope["path"]))
    return render_problem(problem, form=form, clock=clock)


def problem_of(error: Exception) -> Problem:
    """Return `error` as HTTP sees it; the text of an unknown one is left out."""
    if isinstance(error, TenantryError):
        return Problem(
            status=status_of(error),
            code=error.code,
            message=error.message,
            details=error.details,
            headers=(*_headers_for(error), *flow_headers(error.details)),
        )
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _from_framework(error)
    return Problem(
        status=HTTPStatus.INTERNAL_SERVER_ERROR, code="internal", message="Internal Server Error"
    )


def status_of(error: TenantryError) -> int:
    """Return the status of the error's kind."""
    return status_of_kind(type(error))


def status_of_kind(kind: type[TenantryError]) -> int:
    """Return the status of a kind of error, or of the nearest kind above it that has one."""
    for base in kind.__mro__:
        if base in _STATUSES:
            return _STATUSES[base].value
    return HTTPStatus.INTERNAL_SERVER_ERROR.value


def render_problem(problem: Problem, *, form: Form, clock: Clock) -> Answer:
    """Write `problem` in one of the three forms."""
    return Answer(
        status=problem.status,
        headers=[(b"content-type", _CONTENT_TYPES[form]), *problem.headers],
        body=_body(problem, form=form, clock=clock),
    )


def _body(problem: Problem, *, form: Form, clock: Clock) -> bytes:
    if form == "plain":
        return problem.message.encode("utf-8", "backslashreplace")
    if form == "envelope":
        error = ErrorBody(code=problem.code, message=problem.message, details=problem.details)
        return encode_json(ErrorEnvelope(error=error, meta=present_meta(clock)))

    # RFC 9457: the default type says no more than the status, and the rest are extensions.
    members = {
        "type": _PROBLEM_TYPES.get(problem.status, "about:blank"),
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.message,
        "code": problem.code,
        "requestId": current().correlation_id or "",
    }
    if problem.details is not None:
        members["details"] = problem.details
    return encode_json(members)


def _headers_for(error: TenantryError) -> tuple[Header, ...]:
    if isinstance(error, Unavailable):
        seconds = max(1, math.ceil(error.retry_after_seconds))
        return ((b"retry-after", b"%d" % seconds),)
    if isinstance(error, Unauthenticated):
        return ((b"www-authenticate", b"Bearer"),)
    return ()


def _from_framework(error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    extra = getattr(error, "extra", None)
    is_routing = status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
    return Problem(
        status=status.value,
        code=_FRAMEWORK_CODES.get(status.value, status.name.lower()),
        message=status.phrase if is_routing else error.detail or status.phrase,
        details={"errors": extra} if extra else None,
        headers=_allow(error),
    )


def _allow(error: HTTPException) -> tuple[Header, ...]:
    allowed = (error.headers or {}).get("allow")
    if allowed is None:
        return ()
    methods = {"OPTIONS", *allowed.split(", ")}
    if "GET" in methods:
        # The frame answers HEAD wherever there is a GET.
        methods.add("HEAD")
    return ((b"allow", ", ".join(sorted(methods)).encode("ascii")),)

"""Errors in the form that OFREP has for them, whatever `Accept` asks for."""

from collections.abc import Callable
from typing import Any, Final

from litestar import Request, Response

from tenantry.base import Clock
from tenantry.base.codec import encode_json
from tenantry.base.errors import Invalid
from tenantry.flags.api.ofrep import FailedJson, key_in
from tenantry.flags.errors import FlagContextInvalid
from tenantry.web import answer_error, problem_of

AnyRequest = Request[Any, Any, Any]
Answer = Callable[[AnyRequest, Exception], Response[bytes]]

_JSON: Final = "application/json"


def failure_answer(*, clock: Clock) -> Answer:
    """Return what answers an error of a route of OFREP."""

    def answer(request: AnyRequest, error: Exception) -> Response[bytes]:
        scope: Any = request.scope
        # Status and headers are those of any route, and so is the line in the log.
        usual = answer_error(error, scope, clock=clock)
        problem = problem_of(error)
        failed = FailedJson(
            _code_of(error),
            problem.message,
            key_in(scope["path"]),
            {"code": problem.code, **_simple(problem.details or {})},
        )
        return Response(
            encode_json(failed),
            status_code=usual.status,
            media_type=_JSON,
            headers={
                name.decode(): value.decode("latin-1")
                for name, value in usual.headers
                if name != b"content-type"
            },
        )

    return answer


def _code_of(error: Exception) -> str:
    if isinstance(error, FlagContextInvalid):
        return "INVALID_CONTEXT"
    return "PARSE_ERROR" if isinstance(error, Invalid) else "GENERAL"


def _simple(details: dict[str, Any]) -> dict[str, Any]:
    """Return the part of `details` that can be metadata, which is flat."""
    return {name: got for name, got in details.items() if isinstance(got, str | int | float | bool)}

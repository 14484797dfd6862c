"""What the framework's handlers of settings share: their request, their name, their answer."""

from typing import Any, TypeAlias

from litestar import Request, Response
from litestar.di import NamedDependency

from tenantry.base import Principal
from tenantry.configs.api.one import Caller
from tenantry.configs.api.reply import accepts_json
from tenantry.web import Answer, headers_of

AnyRequest = Request[Any, Any, Any]

SettingName: TypeAlias = NamedDependency[str]
"""The type of a handler's parameter `setting`: the name in the path, by its router."""


def caller_of(request: AnyRequest, principal: Principal, tenant_id: str) -> Caller:
    """Return who asks, with the headers of the request."""
    return Caller(principal, tenant_id, headers_of(request.scope))


def wants_json(request: AnyRequest) -> bool:
    """Whether the JSON form is asked for."""
    return accepts_json(headers_of(request.scope).get(b"accept"))


def response_of(answer: Answer) -> Response[bytes]:
    """Return `answer` as the framework sends it."""
    return Response(
        content=answer.body,
        status_code=answer.status,
        headers={name.decode(): value.decode("latin-1") for name, value in answer.headers},
    )

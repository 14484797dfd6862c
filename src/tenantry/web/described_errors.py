"""The errors of a route as the OpenAPI document has them: by status, with each kind named."""

import inspect
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from tenantry.base.errors import (
    Denied,
    Invalid,
    TenantryError,
    TooLarge,
    Unauthenticated,
    UnsupportedMediaType,
)
from tenantry.reliability import RateLimited
from tenantry.web.declaration import Declaration, Schema
from tenantry.web.envelope import ErrorEnvelope
from tenantry.web.negotiation import default_form
from tenantry.web.problems import status_of_kind

ERROR_SHAPES: Final = (ErrorEnvelope,)

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457.",
    "required": ["type", "title", "status", "detail", "code", "requestId"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "details": {"type": "object"},
        "requestId": {"type": "string"},
    },
}

_CONTENT: Final = {
    "application/json": {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}},
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    "text/plain": {"schema": {"type": "string"}},
}
_REQUEST_ID: Final = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "Seconds.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
}
_HEADERS: Final[dict[int, dict[str, Any]]] = {
    HTTPStatus.UNAUTHORIZED: {
        "WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}},
    },
    HTTPStatus.SERVICE_UNAVAILABLE: _RETRY_AFTER,
    HTTPStatus.TOO_MANY_REQUESTS: {
        **_RETRY_AFTER,
        "RateLimit-Policy": {"description": "How many in how long.", "schema": {"type": "string"}},
        "RateLimit": {"description": "What is left, and until when.", "schema": {"type": "string"}},
        "X-RateLimit-Remaining": {"description": "What is left.", "schema": {"type": "integer"}},
        "X-RateLimit-Reset": {
            "description": "When to come again: milliseconds since 1970.",
            "schema": {"type": "integer"},
        },
    },
}
_OF_ALL: Final = (Invalid, TooLarge)
_OF_THE_ASKED_WHO: Final = (Unauthenticated, Denied, RateLimited)


class ErrorResponses:
    """Writes the errors of routes as references to `components`, which they share."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def of(self, declaration: Declaration, *, path: str, is_public: bool) -> dict[str, Any]:
        """Return the error responses of a route, by status."""
        of_every: tuple[type[TenantryError], ...] = _OF_ALL
        if not is_public:
            of_every += _OF_THE_ASKED_WHO
        if declaration.body and default_form(path) == "envelope":
            of_every += (UnsupportedMediaType,)
        by_status: dict[int, list[type[TenantryError]]] = {}
        for kind in dict.fromkeys((*of_every, *declaration.errors)):
            by_status.setdefault(status_of_kind(kind), []).append(kind)

        return {
            str(status): self._shared(status, by_status[status], declaration.error_shape)
            for status in sorted(by_status)
        }

    def _shared(
        self, status: int, kinds: list[type[TenantryError]], shape: Schema | None
    ) -> dict[str, str]:
        name = "-".join(kind.__name__ for kind in kinds)
        content: dict[str, Any] = dict(_CONTENT)
        if shape is not None:
            title = shape["title"]
            name = f"{title}-{name}"
            # What stands before the routes answers in the forms of all.
            either = {"anyOf": [shape, _CONTENT["application/json"]["schema"]]}
            content["application/json"] = {"schema": either}
        self.components[name] = {
            "description": _meaning(kinds),
            "headers": {**_HEADERS.get(status, {}), **_REQUEST_ID},
            "content": content,
        }
        return {"$ref": f"#/components/responses/{name}"}


def _meaning(kinds: Iterable[type[TenantryError]]) -> str:
    return "\n".join(f"- `{kind.default_code}`: {_first_sentence(kind)}" for kind in kinds)


def _first_sentence(kind: type[TenantryError]) -> str:
    first, _, _ = (inspect.getdoc(kind) or "").partition("\n\n")
    return first.replace("\n", " ")

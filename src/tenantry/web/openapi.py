"""The OpenAPI 3.1 document: what the framework knows of the routes, and the errors as we send them.

It never serves a page that draws the document: all of those load their scripts from elsewhere.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.types.internal_types import PathParameterDefinition

from tenantry import __version__
from tenantry.web.envelope import ErrorEnvelope

DOCUMENT_PATH: Final = "/openapi.json"
DOCUMENT_TYPE: Final = "application/vnd.oai.openapi+json;version=3.1"

Document: TypeAlias = dict[str, Any]

_PROBLEM: Final[Document] = {
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
_ERROR: Final[Document] = {
    "description": "An error, in the form that Accept asks for.",
    "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}},
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        "text/plain": {"schema": {"type": "string"}},
    },
}


def openapi_config(tags: Mapping[str, str]) -> OpenAPIConfig:
    """Return what the framework needs to know to describe the routes."""
    return OpenAPIConfig(
        title="Tenantry",
        version=__version__,
        summary="The control plane of a multi-tenant SaaS product.",
        tags=[Tag(name=name, description=meaning) for name, meaning in tags.items()],
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}
        ),
        security=[{"bearer": []}],
    )


def with_our_errors(document: Document) -> Document:
    """Put our errors in the place of those the framework would send."""
    for operation in _operations(document):
        responses: Document = operation["responses"]
        for status in [status for status in responses if status[0] in "45"]:
            del responses[status]
        responses["default"] = {"$ref": "#/components/responses/Error"}

    components = document["components"]
    _, schemas = msgspec.json.schema_components(
        [ErrorEnvelope], ref_template="#/components/schemas/{name}"
    )
    components.setdefault("schemas", {}).update({**schemas, "Problem": _PROBLEM})
    components["responses"] = {"Error": _ERROR}
    return document


def _operations(document: Document) -> Iterable[Document]:
    for item in document["paths"].values():
        yield from (operation for operation in item.values() if "responses" in operation)


def _operation_id(
    _: HTTPRouteHandler, method: str, components: list[str | PathParameterDefinition]
) -> str:
    """Name an operation by its method and path: one handler may serve several paths."""
    parts = [c.name if isinstance(c, PathParameterDefinition) else c for c in components]
    return "_".join([method.lower(), *parts]).replace("-", "_").replace(".", "_")

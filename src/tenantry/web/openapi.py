"""The OpenAPI 3.1 document: what the framework knows of the routes, and the errors as we send them.

It never serves a page that draws the document: all of those load their scripts from elsewhere.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import HTTPRoute
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


def describe(app: Litestar) -> Document:
    """Return the document of every route of `app`, with our errors and with who may ask what."""
    document = app.openapi_schema.to_schema()
    for handler, operation in _operations(app, document):
        # In the place of what the framework itself would answer to invalid input.
        operation["responses"].pop("400", None)
        operation["responses"]["default"] = {"$ref": "#/components/responses/Error"}
        if handler.opt.get("is_public"):
            operation["security"] = []

    components = document["components"]
    _, schemas = msgspec.json.schema_components(
        [ErrorEnvelope], ref_template="#/components/schemas/{name}"
    )
    components.setdefault("schemas", {}).update({**schemas, "Problem": _PROBLEM})
    components["responses"] = {"Error": _ERROR}
    return document


def _operations(app: Litestar, document: Document) -> Iterator[tuple[HTTPRouteHandler, Document]]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        described = document["paths"].get(route.path_format, {})
        for method, (handler, _) in route.route_handler_map.items():
            if method.lower() in described:
                yield handler, described[method.lower()]


def _operation_id(
    _: HTTPRouteHandler, method: str, components: list[str | PathParameterDefinition]
) -> str:
    """Name an operation by its method and path: one handler may serve several paths."""
    parts = [c.name if isinstance(c, PathParameterDefinition) else c for c in components]
    return "_".join([method.lower(), *parts]).replace("-", "_").replace(".", "_")

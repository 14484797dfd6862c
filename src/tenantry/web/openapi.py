"""The OpenAPI 3.1 document: the framework's list of routes, and what is declared of each.

It never serves a page that draws the document: all of those load their scripts from elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import HTTPRoute
from litestar.types.internal_types import PathParameterDefinition

from tenantry import __version__
from tenantry.web.declaration import Declaration, Declarations, HeaderField, Reply, Shape
from tenantry.web.described_errors import ERROR_SHAPES, PROBLEM, ErrorResponses
from tenantry.web.tenancy import TENANT_ID_PATTERN

DOCUMENT_PATH: Final = "/openapi.json"
DOCUMENT_TYPE: Final = "application/vnd.oai.openapi+json;version=3.1"

Document: TypeAlias = dict[str, Any]
Schemas: TypeAlias = Mapping[Any, Document]

REQUEST_ID: Final = HeaderField(
    name="X-Request-ID",
    meaning="The name of the request in log lines and events; one that is not 1 to 128 visible "
    "ASCII characters is replaced.",
)
_TENANT_ID: Final = "X-Tenant-ID"


def openapi_config(tags: Mapping[str, str]) -> OpenAPIConfig:
    """Return what the framework needs to know to list the routes."""
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


def describe(app: Litestar, declarations: Declarations) -> Document:
    """Return the document of every route of `app`; raises `LookupError` for one not declared."""
    document = app.openapi_schema.to_schema()
    listed = {f"{method} {path}": found for method, path, found in _listed(app, document)}
    declared = {route: _declared(declarations, route) for route in listed}

    schemas, components = _schemas(declared.values())
    errors = ErrorResponses()
    for route, (handler, operation) in listed.items():
        is_public = bool(handler.opt.get("is_public"))
        _complete(operation, declared[route], schemas=schemas)
        operation["responses"] |= errors.of(
            declared[route], path=route.partition(" ")[2], is_public=is_public
        )
        if is_public:
            operation["security"] = []

    document["components"] |= {
        "schemas": {**components, "Problem": PROBLEM},
        "responses": errors.components,
        "headers": {REQUEST_ID.name: _header(REQUEST_ID)},
        "parameters": {REQUEST_ID.name: _header_parameter(REQUEST_ID)},
    }
    return document


def _listed(
    app: Litestar, document: Document
) -> Iterator[tuple[str, str, tuple[HTTPRouteHandler, Document]]]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        described = document["paths"].get(route.path_format, {})
        for method, (handler, _) in route.route_handler_map.items():
            if method.lower() in described:
                yield method, route.path_format, (handler, described[method.lower()])


def _declared(declarations: Declarations, route: str) -> Declaration:
    if route not in declarations:
        raise LookupError(f"{route} is not declared: say what it takes and answers")
    return declarations[route]


def _schemas(declared: Iterable[Declaration]) -> tuple[Schemas, Document]:
    """Return what stands for each type in the document, and the components it refers to."""
    shapes = [shape for declaration in declared for shape in _shapes(declaration)]
    types = list(dict.fromkeys([*ERROR_SHAPES, *(s for s in shapes if not isinstance(s, Mapping))]))
    references, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    return dict(zip(types, references, strict=True)), components


def _shapes(declaration: Declaration) -> Iterator[Shape]:
    yield from declaration.body.values()
    for reply in declaration.replies.values():
        yield from reply.content.values()


def _complete(operation: Document, declaration: Declaration, *, schemas: Schemas) -> None:
    """Put what is declared in the place of what the framework made of the handler's types."""
    summary, _, description = operation.pop("description", "").partition("\n\n")
    operation["summary"] = summary.replace("\n", " ").rstrip(".")
    if description:
        operation["description"] = description

    operation["parameters"] = [
        *(_parameter(given, declaration) for given in operation.get("parameters", ())),
        *(_header_parameter(field) for field in declaration.headers),
        {"$ref": f"#/components/parameters/{REQUEST_ID.name}"},
    ]
    operation.pop("requestBody", None)
    if declaration.body:
        operation["requestBody"] = {
            "required": declaration.is_body_required,
            "content": _content(declaration.body, schemas),
        }
    operation["responses"] = {
        str(status): _response(reply, schemas) for status, reply in declaration.replies.items()
    }
    operation.pop("deprecated", None)


def _parameter(given: Document, declaration: Declaration) -> Document:
    kept: Document = {
        key: given[key] for key in ("name", "in", "required", "description") if key in given
    }
    if given["name"] == _TENANT_ID:
        return {**kept, "schema": {"type": "string", "pattern": TENANT_ID_PATTERN}}
    return {**kept, "schema": declaration.parameters.get(given["name"]) or _own_schema(given)}


def _own_schema(given: Document) -> Document:
    # A parameter is there or not, and never null.
    kinds = given["schema"].get("oneOf", [given["schema"]])
    schema = next(kind for kind in kinds if kind != {"type": "null"})
    return {key: value for key, value in schema.items() if key != "description"}


def _response(reply: Reply, schemas: Schemas) -> Document:
    response: Document = {
        "description": reply.meaning,
        "headers": {field.name: _header(field) for field in reply.headers}
        | {REQUEST_ID.name: {"$ref": f"#/components/headers/{REQUEST_ID.name}"}},
    }
    if reply.content:
        response["content"] = _content(reply.content, schemas)
    if reply.links:
        response["links"] = {_id_of(route): _link(route) for route in reply.links}
    return response


def _content(shapes: Mapping[str, Shape], schemas: Schemas) -> Document:
    return {
        media_type: {"schema": shape if isinstance(shape, Mapping) else schemas[shape]}
        for media_type, shape in shapes.items()
    }


def _header(field: HeaderField) -> Document:
    header: Document = {"description": field.meaning, "schema": field.schema}
    return {**header, "required": True} if field.is_always_sent else header


def _header_parameter(field: HeaderField) -> Document:
    return {"name": field.name, "in": "header", **_header(field)}


def _link(route: str) -> Document:
    names = [part[1:-1] for part in route.split("/") if part.startswith("{")]
    parameters = {name: f"$request.path.{name}" for name in names}
    return {
        "operationId": _id_of(route),
        "parameters": {**parameters, _TENANT_ID: f"$request.header.{_TENANT_ID}"},
    }


def _operation_id(
    _: HTTPRouteHandler, method: str, components: list[str | PathParameterDefinition]
) -> str:
    parts = [c.name if isinstance(c, PathParameterDefinition) else c for c in components]
    return _id_of(f"{method.upper()} /{'/'.join(parts)}")


def _id_of(route: str) -> str:
    """Name an operation by its method and path: one handler may serve several paths."""
    method, _, path = route.partition(" ")
    parts = [part.strip("{}") for part in path.split("/") if part]
    return "_".join([method.lower(), *parts]).replace("-", "_").replace(".", "_")

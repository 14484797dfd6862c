from typing import Annotated, Any

import httpx
import msgspec
import pytest
from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody, Parameter

from tenantry.base.errors import NotFound, Unavailable
from tenantry.telemetry import Metrics
from tenantry.testing import FakeClock
from tenantry.web import (
    PUBLIC,
    Accounts,
    ActingPrincipal,
    ActingTenant,
    Declaration,
    Envelope,
    Frame,
    HeaderField,
    Reply,
    Tenancy,
    TokenAuthenticator,
    WebApp,
    enveloped,
)
from tests.support.web import client_of

CLOCK = FakeClock()
ROOT = {"Authorization": "Bearer t0ken"}


class Parcel(msgspec.Struct):
    """What the made-up feature of this test ships."""

    id: int
    to: str


class ParcelLost(NotFound):
    """Nobody knows where it is.

    They looked.
    """


class ParcelStolen(NotFound):
    """Somebody knows."""

    default_code = "stolen"


@get("/api/parcels/{parcel_id:int}", tags=["parcels"])
async def read_parcel(
    principal: ActingPrincipal, tenant_id: ActingTenant, parcel_id: FromPath[int]
) -> Envelope[Parcel]:
    """Return one parcel."""
    principal.authorise(tenant_id, "parcels:read")
    if parcel_id == 404:
        raise NotFound("no such parcel")
    if parcel_id == 500:
        raise RuntimeError("a secret detail")
    return enveloped(Parcel(id=parcel_id, to=tenant_id), clock=CLOCK)


@post("/api/parcels", tags=["parcels"])
async def send_parcel(data: JSONBody[Parcel]) -> Envelope[Parcel]:
    """Send a parcel."""
    raise Unavailable(f"no van to {data.to}", retry_after_seconds=7)


@delete("/api/parcels/{parcel_id:int}", tags=["parcels"], status_code=200)
async def burn_parcel(parcel_id: FromPath[int]) -> Envelope[Parcel]:
    """Burn a parcel."""
    return enveloped(Parcel(id=parcel_id, to="ashes"), clock=CLOCK)


@get("/ping", opt=PUBLIC, tags=["parcels"])
async def ping() -> str:
    """Answer anybody."""
    return "pong"


Depth = Annotated[int, Parameter(description="How deep.", ge=1)]


@get(["/shelf", "/v1/shelf"], tags=["parcels"])
async def shelf(depth: Depth = 1) -> str:
    """Look at the shelf."""
    return "x" * depth


TEXT = Reply(meaning="Text.", content={"text/plain": str})
PARCEL = Reply(
    meaning="The parcel.",
    content={"application/json": Envelope[Parcel]},
    headers=(HeaderField(name="ETag", meaning="Its state.", is_always_sent=True),),
    links=("DELETE /api/parcels/{parcel_id}",),
)
DECLARATIONS = {
    "GET /api/parcels/{parcel_id}": Declaration(
        replies={200: PARCEL},
        errors=(ParcelLost, ParcelStolen),
        parameters={"parcel_id": {"type": "integer", "minimum": 1}},
    ),
    "POST /api/parcels": Declaration(
        replies={201: PARCEL},
        errors=(Unavailable,),
        headers=(HeaderField(name="Idempotency-Key", meaning="To send it once."),),
        body={"application/json": Parcel, "text/plain": {"type": "string"}},
        is_body_required=False,
    ),
    "DELETE /api/parcels/{parcel_id}": Declaration(replies={200: PARCEL}),
    "GET /ping": Declaration(replies={200: TEXT}),
    "GET /shelf": Declaration(replies={200: TEXT}),
    "GET /v1/shelf": Declaration(replies={200: TEXT}),
}
APP = WebApp(
    handlers=[
        read_parcel,
        send_parcel,
        burn_parcel,
        ping,
        Router(path="/", route_handlers=[shelf]),
    ],
    authenticator=TokenAuthenticator(token="t0ken"),
    clock=CLOCK,
    tenancy=Tenancy(default_tenant="default"),
    tags={"parcels": "What is shipped."},
    declarations=DECLARATIONS,
)


async def ask(method: str, path: str, **options: Any) -> httpx.Response:
    headers = {**ROOT, **options.pop("headers", {})}
    async with client_of(Frame(APP, accounts=Accounts(metrics=Metrics()), clock=CLOCK)) as http:
        return await http.request(method, path, headers=headers, **options)


async def test_a_success_is_the_envelope() -> None:
    answer = await ask("GET", "/api/parcels/7", headers={"X-Request-ID": "r1"})

    assert answer.json() == {
        "success": True,
        "data": {"id": 7, "to": "default"},
        "meta": {
            "timestamp": "2024-01-15T10:30:00.000000Z",
            "requestId": "r1",
            "version": "0.1.0",
        },
    }


async def test_a_handler_is_told_the_tenant() -> None:
    answer = await ask("GET", "/api/parcels/7", headers={"X-Tenant-ID": "acme"})

    assert answer.json()["data"]["to"] == "acme"


async def test_without_credentials_a_handler_is_not_reached() -> None:
    answer = await ask("GET", "/api/parcels/404", headers={"Authorization": ""})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "unauthenticated"


async def test_a_public_handler_asks_nobody() -> None:
    assert (await ask("GET", "/ping", headers={"Authorization": ""})).text == "pong"


async def test_errors_of_a_handler_are_answered_by_their_kind() -> None:
    missing = await ask("GET", "/api/parcels/404")
    broken = await ask("GET", "/api/parcels/500")
    busy = await ask("POST", "/api/parcels", json={"id": 1, "to": "x"})

    assert (missing.status_code, missing.json()["error"]["message"]) == (404, "no such parcel")
    assert (broken.status_code, "secret" in broken.text) == (500, False)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "7")


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/api/parcels/x", "/schema", "/docs"])
async def test_an_unknown_path_is_not_found(path: str) -> None:
    answer = await ask("GET", path)

    assert answer.status_code == 404
    assert "Not Found" in answer.text


async def test_a_known_path_says_what_it_allows() -> None:
    refused = await ask("PATCH", "/api/parcels/7")
    asked = await ask("OPTIONS", "/api/parcels/7")

    assert refused.status_code == 405
    assert refused.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
    assert refused.json()["error"]["code"] == "method_not_allowed"
    assert (asked.status_code, asked.headers["allow"]) == (204, refused.headers["allow"])


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"id": "x", "to": 1}', b'{"id": 1}', b"[]"])
async def test_a_body_of_the_wrong_shape_is_invalid(body: bytes) -> None:
    answer = await ask("POST", "/api/parcels", content=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"


async def test_a_body_of_another_type_is_refused_by_name() -> None:
    headers = {"Content-Type": "application/xml"}
    answer = await ask("POST", "/api/parcels", content=b"<parcel/>", headers=headers)

    assert answer.status_code == 415
    error = answer.json()["error"]
    assert error["code"] == "unsupported_media_type"
    assert "wants application/json or text/plain" in error["message"]


async def test_a_parameter_of_the_wrong_kind_is_invalid() -> None:
    assert (await ask("GET", "/shelf?depth=deep")).status_code == 400
    assert (await ask("GET", "/shelf?depth=0")).status_code == 400
    assert (await ask("GET", "/v1/shelf?depth=2")).text == "xx"


async def test_the_openapi_document_names_every_route_once() -> None:
    document = (await ask("GET", "/openapi.json", headers={"Authorization": ""})).json()

    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        "/api/parcels",
        "/api/parcels/{parcel_id}",
        "/ping",
        "/shelf",
        "/v1/shelf",
    }
    operations = [op for item in document["paths"].values() for op in item.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids) == 6
    assert document["tags"] == [{"name": "parcels", "description": "What is shipped."}]
    assert {tag for operation in operations for tag in operation["tags"]} == {"parcels"}


async def test_the_openapi_document_has_what_is_declared_and_nothing_of_the_framework() -> None:
    operation = APP.openapi["paths"]["/api/parcels"]["post"]
    reply = operation["responses"]["201"]

    assert set(operation["responses"]) == {"201", "400", "401", "403", "413", "415", "429", "503"}
    assert set(operation["requestBody"]["content"]) == {"application/json", "text/plain"}
    assert operation["requestBody"]["required"] is False
    assert [field.get("name") for field in operation["parameters"]] == ["Idempotency-Key", None]
    assert reply["content"]["application/json"]["schema"]["$ref"].endswith("/Envelope_Parcel_")
    assert set(reply["headers"]) == {"ETag", "X-Request-ID"}
    assert reply["links"]["delete_api_parcels_parcel_id"]["parameters"] == {
        "parcel_id": "$request.path.parcel_id",
        "X-Tenant-ID": "$request.header.X-Tenant-ID",
    }


async def test_the_openapi_document_has_what_is_declared_of_a_parameter() -> None:
    named, tenant, _ = APP.openapi["paths"]["/api/parcels/{parcel_id}"]["get"]["parameters"]

    if named["name"] != "parcel_id":
        named, tenant = tenant, named
    assert named["schema"] == {"type": "integer", "minimum": 1}
    assert set(tenant["schema"]) == {"type", "pattern"}


async def test_the_openapi_document_names_each_kind_of_error_in_its_form() -> None:
    document = APP.openapi
    responses = document["paths"]["/api/parcels/{parcel_id}"]["get"]["responses"]
    lost = document["components"]["responses"]["ParcelLost-ParcelStolen"]

    assert responses["404"] == {"$ref": "#/components/responses/ParcelLost-ParcelStolen"}
    assert lost["description"] == (
        "- `not_found`: Nobody knows where it is.\n- `stolen`: Somebody knows."
    )
    assert set(lost["content"]) == {
        "application/json",
        "application/problem+json",
        "text/plain",
    }
    assert document["components"]["responses"]["Unavailable"]["headers"]["Retry-After"]["required"]


async def test_a_route_that_is_not_declared_has_no_document() -> None:
    app = WebApp(
        handlers=[ping],
        authenticator=TokenAuthenticator(token="t0ken"),
        clock=CLOCK,
        tenancy=Tenancy(default_tenant="default"),
        tags={},
        declarations={},
    )

    with pytest.raises(LookupError, match="GET /ping is not declared"):
        app.openapi  # noqa: B018 - it is built when it is asked for


async def test_the_openapi_document_says_who_needs_no_credentials() -> None:
    paths = APP.openapi["paths"]

    assert APP.openapi["security"] == [{"bearer": []}]
    assert paths["/ping"]["get"]["security"] == []
    assert "security" not in paths["/shelf"]["get"]


async def test_every_reference_in_the_openapi_document_leads_somewhere() -> None:
    document = APP.openapi

    missing = [reference for reference in _references(document) if not _found(document, reference)]
    assert missing == []


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []


def _found(document: dict[str, Any], reference: str) -> bool:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    return node is not None

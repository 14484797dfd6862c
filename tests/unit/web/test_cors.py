"""A page may do here what its tenant may, once its origin is one of that tenant's."""

from typing import Any

import httpx
import pytest
from litestar import Request, get, post
from litestar.params import FromQuery

from tenantry.base import Principal, root_principal
from tenantry.base.errors import NotFound, Unauthenticated
from tenantry.reliability import RateLimiter
from tenantry.telemetry import Metrics
from tenantry.testing import FakeClock
from tenantry.web import (
    NO_ORIGINS,
    PUBLIC,
    Accounts,
    ActingTenant,
    Cors,
    DevelopmentAuthenticator,
    Frame,
    Headers,
    LoopbackOrigins,
    Origins,
    RequestLimit,
    RequestLimits,
    Tenancy,
    TrustedProxies,
    WebApp,
    admit_origin,
)
from tests.support.web import client_of

ACME = "https://shop.acme.example"
NORTHWIND = "https://northwind.example:8443"
STRANGER = "https://evil.example"
OF_ACME = {"Origin": ACME, "Authorization": "acme"}
PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "if-match"}
CLOCK = FakeClock()


class Listed:
    """The origins of two tenants, and `null`, which a list might have by mistake."""

    def __init__(self) -> None:
        self._owners = {ACME: "acme", NORTHWIND: "northwind", "null": "acme"}

    def is_known(self, origin: str) -> bool:
        return origin in self._owners

    def is_of(self, origin: str, tenant_id: str) -> bool:
        return self._owners.get(origin) == tenant_id


class ByTenant:
    """Whoever shows the name of a tenant belongs to it."""

    def recognise(self, headers: Headers, client_address: str) -> Principal:
        tenant_id = headers.get(b"authorization", b"").decode()
        if not tenant_id:
            raise Unauthenticated("who?")
        if tenant_id == "root":
            return root_principal(source=client_address)
        return Principal(
            id="ada", tenant_id=tenant_id, permissions=frozenset(), source=client_address
        )

    async def authenticate(self, headers: Headers, client_address: str) -> Principal:
        return self.recognise(headers, client_address)


@get("/api/work", sync_to_thread=False)
def work(tenant_id: ActingTenant) -> str:
    return tenant_id


@get("/api/missing", sync_to_thread=False)
def missing() -> str:
    raise NotFound("nothing here")


@get("/public", opt=PUBLIC, sync_to_thread=False)
def public() -> str:
    return "anybody"


@post("/login", opt=PUBLIC, sync_to_thread=False)
def log_in(request: Request[Any, Any, Any], tenant: FromQuery[str]) -> str:
    scope: Any = request.scope
    admit_origin(scope, tenant)
    return "welcome"


def client(
    origins: Origins | None = None,
    *,
    limit: int = 100,
    proxies: TrustedProxies | None = None,
    is_dev: bool = False,
) -> httpx.AsyncClient:
    limiter = RateLimiter("api", limit=limit, clock=CLOCK)
    app = WebApp(
        handlers=[work, missing, public, log_in],
        authenticator=DevelopmentAuthenticator() if is_dev else ByTenant(),
        clock=CLOCK,
        tenancy=Tenancy(default_tenant="default"),
        limits=RequestLimits([RequestLimit(paths=["/api"], limiter=limiter)], clock=CLOCK),
        tags={},
        declarations={},
    )
    frame = Frame(
        app,
        accounts=Accounts(metrics=Metrics()),
        clock=CLOCK,
        proxies=proxies,
        cors=Cors(origins=origins or Listed()),
        max_body_bytes=100,
    )
    return client_of(frame)


def cors_headers(answer: httpx.Response) -> dict[str, str]:
    return {
        name.removeprefix("access-control-"): value
        for name, value in answer.headers.items()
        if name.startswith("access-control-")
    }


@pytest.mark.parametrize("origin", [ACME, NORTHWIND])
async def test_a_preflight_of_an_origin_that_any_tenant_has_allows_it_all(origin: str) -> None:
    answer = await client().options("/api/work", headers={"Origin": origin, **PREFLIGHT})

    assert (answer.status_code, answer.content) == (204, b"")
    allowed = cors_headers(answer)
    assert allowed.pop("allow-origin") == origin
    assert "PUT" in allowed.pop("allow-methods").split(", ")
    assert {"Authorization", "If-Match"} <= set(allowed.pop("allow-headers").split(", "))
    assert allowed == {"max-age": "600"}
    assert answer.headers["vary"] == (
        "origin, access-control-request-method, access-control-request-headers"
    )
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize(
    "origin", [STRANGER, "null", "", "https://shop.acme.example.evil.example", f"{ACME}/", "*"]
)
async def test_a_preflight_of_any_other_origin_allows_nothing(origin: str) -> None:
    answer = await client().options("/api/work", headers={"Origin": origin, **PREFLIGHT})

    assert answer.status_code == 204
    assert cors_headers(answer) == {}
    assert answer.headers["vary"].startswith("origin, ")


@pytest.mark.parametrize("path", ["/nowhere", "/public", "/api/a%2Fb"])
async def test_a_preflight_says_nothing_of_what_is_there(path: str) -> None:
    there = await client().options("/api/work", headers={"Origin": ACME, **PREFLIGHT})
    answer = await client().options(path, headers={"Origin": ACME, **PREFLIGHT})

    assert (answer.status_code, cors_headers(answer)) == (204, cors_headers(there))


@pytest.mark.parametrize("headers", [{}, {"Origin": ACME}, PREFLIGHT])
async def test_options_that_is_no_preflight_says_what_is_allowed(headers: dict[str, str]) -> None:
    answer = await client().options("/api/work", headers=headers)

    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert "access-control-allow-methods" not in answer.headers


async def _unreachable(*_: Any) -> None:
    raise AssertionError("a preflight was passed on")


async def test_preflights_are_counted_as_what_they_are() -> None:
    metrics = Metrics()
    frame = Frame(
        _unreachable,
        accounts=Accounts(metrics=metrics),
        clock=CLOCK,
        cors=Cors(origins=Listed()),
    )
    async with client_of(frame) as http:
        await http.options("/x", headers={"Origin": ACME, **PREFLIGHT})

    shown = metrics.render().decode()
    assert 'requests_total{method="OPTIONS",route="preflight",status="204"} 1.0' in shown


async def test_a_page_of_the_tenant_reads_the_answer_and_its_headers() -> None:
    answer = await client().get("/api/work", headers=OF_ACME)

    assert (answer.status_code, answer.text) == (200, "acme")
    shown = cors_headers(answer)
    assert shown.pop("allow-origin") == ACME
    assert {"ETag", "RateLimit", "X-Request-ID"} <= set(shown.pop("expose-headers").split(", "))
    assert shown == {}
    assert answer.headers["vary"] == "origin"


async def test_head_is_answered_to_a_page_as_get_is() -> None:
    http = client()

    shown = await http.head("/api/work", headers=OF_ACME)
    refused = await http.head("/api/work", headers={**OF_ACME, "Origin": NORTHWIND})

    assert (shown.status_code, cors_headers(shown)["allow-origin"]) == (200, ACME)
    assert refused.status_code == 403


@pytest.mark.parametrize(
    "method, path, headers, status",
    [
        ("GET", "/api/missing", OF_ACME, 404),
        ("GET", "/nowhere", OF_ACME, 404),
        ("DELETE", "/api/work", OF_ACME, 405),
        ("GET", "/api/work", {"Origin": ACME}, 401),
        ("GET", "/api/work", {**OF_ACME, "X-Tenant-ID": "northwind"}, 403),
        ("GET", "/api/work", {**OF_ACME, "X-Tenant-ID": "No Such"}, 400),
        ("GET", "/api/work", {**OF_ACME, "Authorization": "northwind"}, 403),
        ("POST", "/api/work", {**OF_ACME, "Content-Length": "101"}, 413),
        ("GET", "/api/a%2Fb", OF_ACME, 400),
    ],
)
async def test_a_page_reads_why_it_is_refused(
    method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await client().request(method, path, headers=headers)

    assert answer.status_code == status
    assert cors_headers(answer)["allow-origin"] == ACME
    assert answer.headers["vary"] == "origin"


@pytest.mark.parametrize("origin", [NORTHWIND, STRANGER, "null", "", f"{ACME}.", ACME + "x" * 500])
async def test_a_page_of_another_origin_than_the_tenant_s_is_refused(origin: str) -> None:
    answer = await client().get("/api/work", headers={**OF_ACME, "Origin": origin})

    assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["code"] == "origin_denied"
    assert error["details"] == {"origin": origin[:128], "tenant": "acme"}
    assert ("access-control-allow-origin" in answer.headers) == (origin == NORTHWIND)


async def test_the_tenant_that_counts_is_the_one_that_is_acted_on() -> None:
    http = client()

    async def status(**headers: str) -> int:
        return (await http.get("/api/work", headers={"Origin": ACME, **headers})).status_code

    assert await status(Authorization="root", **{"X-Tenant-ID": "acme"}) == 200
    assert await status(Authorization="root", **{"X-Tenant-ID": "northwind"}) == 403
    assert await status(Authorization="root") == 403
    assert await status(Authorization="root", **{"X-Tenant-ID": "*"}) == 400


async def test_a_refused_page_uses_up_nobody_s_limit() -> None:
    http = client(limit=1)

    for _ in range(3):
        refused = await http.get("/api/work", headers={**OF_ACME, "Origin": STRANGER})
        assert (refused.status_code, "ratelimit" in refused.headers) == (403, False)
    assert (await http.get("/api/work", headers=OF_ACME)).status_code == 200


async def test_who_shows_no_credentials_is_asked_for_them_first() -> None:
    answer = await client().get("/api/work", headers={"Origin": STRANGER})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "host, origin",
    [
        ("api.example", "http://api.example"),
        ("API.example", "http://api.example"),
        ("api.example:80", "http://api.example"),
        ("api.example:8080", "http://api.example:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
    ],
)
async def test_a_page_of_the_server_s_own_is_no_page_from_elsewhere(host: str, origin: str) -> None:
    headers = {"Host": host, "Origin": origin, "Authorization": "acme"}

    answer = await client(NO_ORIGINS).get("/api/work", headers=headers)

    assert answer.status_code == 200
    assert cors_headers(answer) == {}
    assert "vary" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://api.example", "http://api.example:8080", "http://www.api.example"]
)
async def test_another_scheme_port_or_name_is_another_origin(origin: str) -> None:
    headers = {"Host": "api.example", "Origin": origin, "Authorization": "acme"}

    assert (await client(NO_ORIGINS).get("/api/work", headers=headers)).status_code == 403


async def test_behind_a_proxy_that_ends_tls_the_own_scheme_is_what_the_proxy_says() -> None:
    headers = {
        "Host": "api.example:443",
        "Origin": "https://api.example",
        "Authorization": "acme",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
    }
    behind_it = client(NO_ORIGINS, proxies=TrustedProxies(["127.0.0.1"]))

    assert (await behind_it.get("/api/work", headers=headers)).status_code == 200
    assert (await client(NO_ORIGINS).get("/api/work", headers=headers)).status_code == 403


async def test_public_routes_are_for_pages_of_any_origin() -> None:
    http = client()

    known = await http.get("/public", headers={"Origin": NORTHWIND})
    stranger = await http.get("/public", headers={"Origin": STRANGER})

    assert (known.text, cors_headers(known)["allow-origin"]) == ("anybody", NORTHWIND)
    assert (stranger.text, cors_headers(stranger)) == ("anybody", {})


async def test_a_public_route_may_ask_itself_whose_page_it_is() -> None:
    http = client()

    async def status(tenant: str, **headers: str) -> int:
        return (await http.post("/login", params={"tenant": tenant}, headers=headers)).status_code

    assert await status("acme", Origin=ACME) == 201
    assert await status("acme", Origin=NORTHWIND) == 403
    assert await status("acme", Origin="http://127.0.0.1") == 201
    assert await status("acme") == 201


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://[::1]:3000"])
async def test_in_development_a_page_of_this_machine_may_do_it_all(origin: str) -> None:
    http = client(LoopbackOrigins(), is_dev=True)

    preflight = await http.options("/api/work", headers={"Origin": origin, **PREFLIGHT})
    answer = await http.get("/api/work", headers={"Origin": origin, "X-Tenant-ID": "acme"})

    assert cors_headers(preflight)["allow-origin"] == origin
    assert (answer.text, cors_headers(answer)["allow-origin"]) == ("acme", origin)


@pytest.mark.parametrize("origin", [STRANGER, "http://localhost.evil.example", "http://ü", "null"])
async def test_in_development_no_other_page_may_do_anything(origin: str) -> None:
    http = client(LoopbackOrigins(), is_dev=True)
    headers = {b"Origin": origin.encode("latin-1")}

    preflight = await http.options(
        "/api/work", headers={**headers, b"Access-Control-Request-Method": b"GET"}
    )
    answer = await http.get("/api/work", headers=headers)

    assert cors_headers(preflight) == cors_headers(answer) == {}
    assert answer.json()["error"]["code"] == "foreign_request"


async def test_without_an_origin_nothing_is_said_of_any() -> None:
    answer = await client().get("/api/work", headers={"Authorization": "acme"})

    assert cors_headers(answer) == {}
    assert "vary" not in answer.headers

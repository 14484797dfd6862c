"""What browsers let pages of other origins do here, by the CORS protocol of the Fetch standard.

A preflight carries no credentials, so nobody knows for which tenant it is: it allows an origin that
any tenant has. The request behind it is refused unless its origin is of the tenant that it acts on.
Credentials are tokens that a page holds itself; a browser's own, such as cookies, are not allowed.
"""

from http import HTTPStatus
from typing import Final, NamedTuple

from tenantry.base.errors import Denied
from tenantry.web.answer import Answer, AsgiScope, Header
from tenantry.web.headers import Headers
from tenantry.web.origins import Origins

ALLOWED_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

ALLOWED_HEADERS: Final = (
    "Accept",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "X-API-Key",
    "X-Correlation-ID",
    "X-Position",
    "X-Request-ID",
    "X-Tenant-ID",
)
"""Every header that a route reads."""

EXPOSED_HEADERS: Final = (
    "Allow",
    "Content-Disposition",
    "ETag",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Correlation-ID",
    "X-Position",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-ID",
)
"""Every header of an answer that is of use to a script and hidden from it unless named."""

_MAX_AGE_SECONDS: Final = 600
_LONGEST_SHOWN: Final = 128
_PAGE: Final = "tenantry.page"
# A page in a sandbox, or in a file: any at all, so nobody's.
_OPAQUE: Final = "null"
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}

_VARY: Final = (b"vary", b"origin")
_PREFLIGHT_VARY: Final = (
    b"vary",
    b"origin, access-control-request-method, access-control-request-headers",
)
_EXPOSED: Final = (b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode())
_ALLOWED: Final = [
    (b"access-control-allow-methods", ", ".join(ALLOWED_METHODS).encode()),
    (b"access-control-allow-headers", ", ".join(ALLOWED_HEADERS).encode()),
    (b"access-control-max-age", b"%d" % _MAX_AGE_SECONDS),
]


class _Page(NamedTuple):
    origin: str
    origins: Origins

    @property
    def is_known(self) -> bool:
        return self.origin != _OPAQUE and self.origins.is_known(self.origin)

    def is_of(self, tenant_id: str) -> bool:
        return self.origin != _OPAQUE and self.origins.is_of(self.origin, tenant_id)


class Cors:
    """Tells browsers what pages of `origins` may do."""

    def __init__(self, *, origins: Origins) -> None:
        self._origins = origins

    def meet(
        self, scope: AsgiScope, headers: Headers, answer_headers: list[Header]
    ) -> Answer | None:
        """Return the answer to a preflight, None for any other request.

        Of a page of another origin, `answer_headers` then say what its browser may show it, and
        `admit_origin` knows by `scope` that there is one.
        """
        origin = headers.get(b"origin")
        if origin is None:
            return None

        page = _Page(origin.decode("latin-1"), self._origins)
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            return _answer_preflight(page)
        if page.origin.lower() != _own_origin(scope, headers):
            scope[_PAGE] = page
            answer_headers.append(_VARY)
            if page.is_known:
                answer_headers += (_allow(page), _EXPOSED)
        return None


def is_of_a_page(scope: AsgiScope) -> bool:
    """Whether the request of `scope` comes from a page of another origin than the server's own."""
    return _PAGE in scope


def admit_origin(scope: AsgiScope, tenant_id: str) -> None:
    """Raise `Denied` where a page asks whose origin is not of the tenant that is acted on.

    To be called once it is known who asks, by every door, and by a public route that finds that out
    itself.
    """
    page: _Page | None = scope.get(_PAGE)
    if page is None or page.is_of(tenant_id):
        return
    shown = page.origin[:_LONGEST_SHOWN]
    raise Denied(
        f"{shown!r} is no origin of tenant {tenant_id}",
        code="origin_denied",
        details={"origin": shown, "tenant": tenant_id},
    )


def _answer_preflight(page: _Page) -> Answer:
    """Allow a known origin everything; another one nothing, in an answer that is otherwise alike.

    The browser refuses either way. A 403 would count as a request refused, in the metrics and the
    log, for whatever page in the world tries: what it says is of no use to anybody here.
    """
    allowed = [_allow(page), *_ALLOWED] if page.is_known else []
    return Answer(HTTPStatus.NO_CONTENT, [*allowed, _PREFLIGHT_VARY], b"")


def _allow(page: _Page) -> Header:
    return b"access-control-allow-origin", page.origin.encode("latin-1")


def _own_origin(scope: AsgiScope, headers: Headers) -> str:
    scheme = scope.get("scheme", "http")
    host = headers.get(b"host", b"").decode("latin-1").lower()
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS.get(scheme, ''))}"

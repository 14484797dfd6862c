"""The upstream itself: a server on loopback with the default shape of pages."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

from aiohttp import web

from tenantry.base import Service
from tenantry.base.codec import encode_json
from tenantry.testing.upstream.faults import Fault, Held, Script
from tenantry.testing.upstream.guard import Guard
from tenantry.testing.upstream.instead import answer_instead
from tenantry.testing.upstream.pages import Asked, asked_by, encoded, page_of, single
from tenantry.testing.upstream.requests import Request
from tenantry.testing.upstream.rows import Row
from tenantry.testing.upstream.shelf import Shelf

F = TypeVar("F", bound=Fault)

_TENANTS: Final = "tenants"


class FakeUpstream(Service):
    """Answers `GET /tenants/{id}` and `GET /tenants/{id}/{collection}?page=&limit=`.

    `tenants` are the rows of each tenant by collection, as `seeded` makes them. It listens from
    `start` to `stop`, on a port of its own choice where none is given; `async with` does both.
    """

    def __init__(
        self,
        tenants: Mapping[str, Mapping[str, Sequence[Row]]],
        *,
        keys: Mapping[str, str] | None = None,
        bearer: str | None = None,
        clients: Mapping[str, str] | None = None,
        token_uses: int | None = None,
        paging: Literal["page", "cursor"] = "page",
        etag: Literal["page", "collection"] | None = "page",
        since: str | None = None,
        max_limit: int = 1000,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__()
        self.guard = Guard(bearer=bearer, clients=clients, token_uses=token_uses)
        self.requests: list[Request] = []
        self._shelves = {name: Shelf(rows, keys=keys) for name, rows in tenants.items()}
        self._script = Script[Fault]()
        self._paging = paging
        self._etag = etag
        self._since = since
        self._max_limit = max_limit
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self._bodies: dict[tuple[Any, ...], tuple[bytes, str]] = {}

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self._port}"

    @property
    def token_url(self) -> str:
        """Where service tokens are fetched."""
        return f"{self.base_url}/oauth/token"

    def shelf(self, tenant_id: str | None = None) -> Shelf:
        """Return the rows of a tenant, of the only one where none is named."""
        return self._shelves[tenant_id or next(iter(self._shelves))]

    def fail(
        self,
        collection: str,
        fault: F,
        *,
        page: int | None = None,
        times: int | None = 1,
        tenant: str | None = None,
    ) -> F:
        """Have `fault` happen to the next `times` requests for a collection, or a page of it.

        `*` is every collection, and `times` None is always. Returns the fault, to `release` it.
        """
        self._script.add(fault, collection=collection, page=page, times=times, tenant=tenant)
        return fault

    def mend(self) -> None:
        """Forget the faults that have not happened yet."""
        self._script.clear()

    def asked(self, collection: str | None = None, *, status: int | None = None) -> list[Request]:
        """Return the requests that have come, for a collection and with a status where given."""
        return [
            request
            for request in self.requests
            if collection in (None, request.collection) and status in (None, request.status)
        ]

    def pages(self, collection: str) -> list[int]:
        """Return the pages of a collection that were asked for, in order."""
        return [request.page for request in self.asked(collection)]

    def forget(self) -> None:
        """Empty the log of requests."""
        self.requests.clear()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _on_start(self) -> None:
        app = web.Application(client_max_size=1024 * 1024)
        app.router.add_post("/oauth/token", self._issue)
        app.router.add_get("/tenants/{tenant}", self._answer)
        app.router.add_get("/tenants/{tenant}/{segment}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        # A second start is where the first was, as a server that comes back is.
        self._port = self._runner.addresses[0][1]

    async def _on_stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _issue(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        faults = self._script.take(collection="oauth", page=1, tenant="")
        token = self.guard.issue(str(form.get("client_id")), str(form.get("client_secret")))
        response: web.StreamResponse = web.json_response({"error": "invalid_client"}, status=401)
        if token is not None:
            response = web.json_response({"access_token": token, "token_type": "Bearer"})
        response = await answer_instead(request, faults, b"") or response
        self._log(request, collection="oauth", page=1, status=response.status)
        return response

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        tenant_id = request.match_info["tenant"]
        shelf = self._shelves.get(tenant_id)
        segment = request.match_info.get("segment")
        name = _TENANTS if segment is None else shelf and shelf.collection_at(segment)
        asked = asked_by(
            request.query, paging=self._paging, max_limit=self._max_limit, since=self._since
        )
        collection = name or segment or ""

        faults = self._script.take(collection=collection, page=asked.page, tenant=tenant_id)
        status = 0
        try:
            for fault in faults:
                if isinstance(fault, Held):
                    await fault.wait()
            response = await self._respond(request, shelf, collection, asked, faults)
            status = response.status
            return response
        finally:
            self._log(
                request,
                tenant_id=tenant_id,
                collection=collection,
                page=asked.page,
                status=status,
            )

    async def _respond(
        self,
        request: web.Request,
        shelf: Shelf | None,
        collection: str,
        asked: Asked,
        faults: Sequence[Fault],
    ) -> web.StreamResponse:
        if not self.guard.admits(request.headers.get("Authorization")):
            return _refusal(401, "who are you?")
        if shelf is None or not shelf.has(collection):
            return _refusal(404, "there is no such thing")

        body, etag = self._body(shelf, collection, asked, faults)
        if (instead := await answer_instead(request, faults, body)) is not None:
            return instead

        headers = {"ETag": etag} if self._etag is not None else {}
        if headers and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type="application/json", headers=headers)

    def _body(
        self, shelf: Shelf, collection: str, asked: Asked, faults: Sequence[Fault]
    ) -> tuple[bytes, str]:
        rows = shelf.rows(collection)
        if faults:
            is_single = collection == _TENANTS
            return encoded(single(rows, faults) if is_single else page_of(rows, asked, faults))

        version = shelf.version(collection)
        # Encoding is what costs here, and would be measured as if it were the reader's.
        key = (id(shelf), collection, version, *encode_json(asked))
        if key not in self._bodies:
            body, etag = encoded(
                single(rows, ()) if collection == _TENANTS else page_of(rows, asked, ())
            )
            if self._etag == "collection":
                etag = f'"{collection}-{version}"'
            self._bodies[key] = body, etag
        return self._bodies[key]

    def _log(
        self,
        request: web.Request,
        *,
        collection: str,
        page: int,
        status: int,
        tenant_id: str | None = None,
    ) -> None:
        self.requests.append(
            Request(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                headers={name.lower(): value for name, value in request.headers.items()},
                tenant_id=tenant_id,
                collection=collection,
                page=page,
                status=status,
            )
        )


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"success": False, "message": message}, status=status)

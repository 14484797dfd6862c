"""The AppView itself: a server on loopback."""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar

import msgspec
from aiohttp import web

from tenantry.base import Clock, Service, SystemClock
from tenantry.testing.appview.graph import SmallGraph, SocialGraph
from tenantry.testing.appview.limits import Limits
from tenantry.testing.appview.methods import Methods, Query, Refused
from tenantry.testing.appview.pages import AppViewFault, with_faults
from tenantry.testing.upstream import Held, Script, Status, answer_instead

F = TypeVar("F", bound=AppViewFault)
Search = Literal["open", "forbidden", "first-page"]

_SYSTEM_CLOCK: Final = SystemClock()
_SEARCH: Final = "app.bsky.feed.searchPosts"
_TOO_MANY: Final = 429
# What a cache in front of the real service answers.
_FORBIDDEN: Final = "<html><head><title>403 Forbidden</title></head><body></body></html>"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request, by the last part of its method; `status` 0 is one that got no answer."""

    method: str
    query: Mapping[str, Sequence[str]]
    status: int
    at: float


class FakeAppView(Service):
    """Answers the methods of the AT Protocol that strategies use, from a generated network.

    It allows `limit` requests in `window_seconds` and tells so in `ratelimit-*` headers. With
    `async with` it fails at the end where anybody has ever asked more than that, or sooner than it
    was told to, or, where `most_per_second` is given, faster than that.

    `search` is how public services treat searches: `forbidden`, or only the `first-page`. Answers
    take `delay_seconds` of real time.
    """

    def __init__(
        self,
        graph: SocialGraph | None = None,
        *,
        limit: int = 3_000,
        window_seconds: float = 300.0,
        most_per_second: int | None = None,
        search: Search = "open",
        tells_limits: bool = True,
        retry_after: bool = True,
        delay_seconds: float = 0.0,
        clock: Clock = _SYSTEM_CLOCK,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__()
        self.graph: SocialGraph = SmallGraph() if graph is None else graph
        self.limits = Limits(limit=limit, window_seconds=window_seconds, clock=clock)
        self.methods = Methods(self.graph)
        self.search: Search = search
        self.requests: list[Asked] = []
        self._most_per_second = most_per_second
        self._tells_limits = tells_limits
        self._retry_after = retry_after
        self._delay_seconds = delay_seconds
        self._clock = clock
        self._script = Script[AppViewFault]()
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._host}:{self._port}"

    def fail(self, method: str, fault: F, *, times: int | None = 1) -> F:
        """Have `fault` happen to the next `times` requests of a method, by its last part.

        `*` is every method, and `times` None is always. Returns the fault, to `release` it.
        """
        self._script.add(fault, collection=method, page=None, times=times, tenant=None)
        return fault

    def mend(self) -> None:
        """Forget the faults that have not happened yet."""
        self._script.clear()

    def asked(self, method: str | None = None, *, status: int | None = None) -> list[Asked]:
        """Return the requests that have come, of a method and with a status where given."""
        return [
            one
            for one in self.requests
            if method in (None, one.method) and status in (None, one.status)
        ]

    def forget(self) -> None:
        """Empty the log of requests."""
        self.requests.clear()

    def check(self) -> None:
        """Raise `AssertionError` where anybody has asked more, or sooner, than they may."""
        most = self.limits.most_in(1.0)
        if self._most_per_second is not None and most > self._most_per_second:
            raise AssertionError(f"{most} requests came within a second")
        if self.limits.violations:
            raise AssertionError(f"limits were not kept: {self.limits.violations}")

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
        if error is None:
            self.check()

    async def _on_start(self) -> None:
        app = web.Application()
        app.router.add_get("/xrpc/{method}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        # A second start is where the first was, as a server that comes back is.
        self._port = self._runner.addresses[0][1]

    async def _on_stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        at = self._clock.monotonic()
        is_admitted = self.limits.admit()
        # What was left when it was counted, however long the answer takes.
        told = self._told(is_admitted=is_admitted)
        method = request.match_info["method"]
        name = method.rpartition(".")[2]
        query = {key: request.query.getall(key) for key in request.query}
        status = 0
        try:
            if self._delay_seconds:
                await asyncio.sleep(self._delay_seconds)
            response = await self._respond(request, method, query, is_admitted=is_admitted)
            if not response.prepared:
                for header, value in told.items():
                    response.headers.setdefault(header, value)
            status = response.status
            return response
        finally:
            self.requests.append(Asked(method=name, query=query, status=status, at=at))

    async def _respond(
        self,
        request: web.Request,
        method: str,
        query: Mapping[str, Sequence[str]],
        *,
        is_admitted: bool,
    ) -> web.StreamResponse:
        if not is_admitted:
            return _error(_TOO_MANY, "RateLimitExceeded", "Rate Limit Exceeded")
        name = method.rpartition(".")[2]
        faults = self._script.take(collection=name, page=1, tenant="")
        for fault in faults:
            if isinstance(fault, Held):
                await fault.wait()
            if isinstance(fault, Status) and isinstance(fault.retry_after, int | float):
                self.limits.say_wait(fault.retry_after)
        if (instead := await answer_instead(request, faults, b"{}" * 500)) is not None:
            return instead
        return self._document(method, query, faults)

    def _document(
        self, method: str, query: Mapping[str, Sequence[str]], faults: Sequence[AppViewFault]
    ) -> web.Response:
        if method == "_health":
            return web.json_response({"version": "0.0.0-fake"})
        if not self.methods.has(method):
            return _error(501, "MethodNotImplemented", "Method Not Implemented")
        cursor = next(iter(query.get("cursor", ())), None)
        if method == _SEARCH and (refusal := self._refuse_search(cursor)) is not None:
            return refusal
        try:
            document = self.methods.answer(method, Query(query))
        except Refused as error:
            return _error(400, error.error, error.message)
        return web.json_response(with_faults(document, faults, cursor=cursor))

    def _refuse_search(self, cursor: str | None) -> web.Response | None:
        if self.search == "open" or (self.search == "first-page" and cursor is None):
            return None
        return web.Response(status=403, text=_FORBIDDEN, content_type="text/html")

    def _told(self, *, is_admitted: bool) -> dict[str, str]:
        headers = self.limits.headers(retry_after=self._retry_after and not is_admitted)
        if not self._tells_limits:
            return {name: headers[name] for name in ("Date", "Retry-After") if name in headers}
        return headers


def _error(status: int, error: str, message: str) -> web.Response:
    document: dict[str, Any] = {"error": error, "message": message}
    return web.json_response(document, status=status)

"""httpx on one side, an ASGI application in this process on the other, and nothing in between."""

import asyncio
from collections.abc import Coroutine, Iterator, MutableMapping
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

import httpx

from tenantry.terminal.served import AsgiApp

T = TypeVar("T")
Message = MutableMapping[str, Any]

# Chunks that wait for their reader: the application is held up, not the memory filled.
_WAITING_CHUNKS = 4
_CLIENT = ("cli", 0)


class InProcessTransport(httpx.BaseTransport):
    """Calls `app` on `loop`, which runs in another thread; bodies arrive chunk by chunk."""

    def __init__(self, *, app: AsgiApp, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`, and return as soon as the head of the answer is there."""
        exchange = _Exchange(scope=_scope_of(request), body=request.read())
        try:
            start = self.wait_for(exchange.begin(self._app))
        except KeyboardInterrupt:
            # An answer that may be a minute away, and nobody waits for it any more.
            self.wait_for(exchange.close())
            raise
        return httpx.Response(
            start["status"],
            headers=list(start.get("headers", ())),
            stream=_Body(self, exchange),
        )

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the loop, and wait for it here."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class _Exchange:
    """One request and its answer, on the event loop."""

    def __init__(self, *, scope: Message, body: bytes) -> None:
        self._scope = scope
        self._unread: bytes | None = body
        self._sent: asyncio.Queue[Message | None] = asyncio.Queue(_WAITING_CHUNKS)
        self._is_closed = asyncio.Event()
        self._is_complete = False
        self._task: asyncio.Task[None] | None = None

    async def begin(self, app: AsgiApp) -> Message:
        self._task = asyncio.create_task(self._run(app))

        start = await self._next()
        if start["type"] != "http.response.start":
            raise httpx.RemoteProtocolError("the application answered without a status")
        return start

    async def next_chunk(self) -> bytes | None:
        """Return the next part of the body, None behind the last."""
        if self._is_complete:
            return None

        message = await self._next()
        self._is_complete = not message.get("more_body", False)
        return bytes(message.get("body", b""))

    async def close(self) -> None:
        """Wait until the application is done; where nobody wants the rest, tell it so."""
        self._is_closed.set()
        if self._task is None:
            return
        if not self._is_complete:
            self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self, app: AsgiApp) -> None:
        try:
            await app(self._scope, self._receive, self._send)
        finally:
            # Behind everything it has sent: whoever reads on learns that there is no more.
            if not self._is_closed.is_set():
                await self._sent.put(None)

    async def _receive(self) -> Message:
        if self._unread is not None:
            body, self._unread = self._unread, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._is_closed.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self._sent.put(message)

    async def _next(self) -> Message:
        message = await self._sent.get()
        if message is not None:
            return message

        assert self._task is not None  # noqa: S101 - it has just said that it is over
        await asyncio.wait([self._task])
        raise httpx.RemoteProtocolError(
            "the application stopped in the middle of its answer"
        ) from self._task.exception()


class _Body(httpx.SyncByteStream):
    """The body of an answer, for a reader in any thread."""

    def __init__(self, transport: InProcessTransport, exchange: _Exchange) -> None:
        self._transport = transport
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        while (chunk := self._transport.wait_for(self._exchange.next_chunk())) is not None:
            if chunk:
                yield chunk

    def close(self) -> None:
        self._transport.wait_for(self._exchange.close())


def _scope_of(request: httpx.Request) -> Message:
    raw_path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": _CLIENT,
        "server": (request.url.host, request.url.port),
        "state": {},
    }

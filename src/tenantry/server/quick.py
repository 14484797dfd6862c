"""The quick door: hot requests answered below ASGI, and answers that leave in one write.

A task, a scope and a cycle for each request, and a system call each for head and body, cost as
much here as all of our own work on a hot one; `docs/decisions/0007-the-quick-door.md` has the
figures. Whatever is not plainly a hot request takes uvicorn's own way to the ASGI application.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from tenantry.server.protocol import BoundedProtocol

RawHeaders = list[tuple[bytes, bytes]]
MAX_QUICK_BODY_BYTES: Final = 64 * 1024
"""A longer body takes the ordinary way, where it is read with back-pressure."""

# Whoever sends one of these wants more than a plain request.
_UNUSUAL: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade"})


class QuickDoor(Protocol):
    """What answers hot requests: whole answers, head and body, without `connection: close`.

    Both are given raw URL, headers with lower-case names and the client's address, return None
    where the request must take the ordinary way, and must not raise or wait.
    """

    def get(self, url: bytes, headers: RawHeaders, client_address: str) -> bytes | None:
        """Answer a GET at once."""
        ...

    def put(
        self, url: bytes, headers: RawHeaders, client_address: str
    ) -> Callable[[bytes], Awaitable[bytes]] | None:
        """Return what answers a PUT once its body is there; that must not raise either."""
        ...


class QuickProtocol(BoundedProtocol):
    """One connection, with a quick door beside the ASGI application."""

    def __init__(self, *arguments: Any, quick: QuickDoor | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._quick = quick
        self._respond: Callable[[bytes], Awaitable[bytes]] | None = None
        self._body = b""
        self._address = "local"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base class has it
        """Begin, with a transport that gathers what is written together."""
        super().connection_made(transport)
        self._address = str(self.client[0]) if self.client else "local"
        self._gathering = _Gathering(transport, self.loop)
        self.transport = self._gathering  # type: ignore[assignment]  # all that is used of one

    def on_headers_complete(self) -> None:
        """Answer a hot GET, wait for the body of a hot PUT, or go the ordinary way."""
        if self._quick is not None and self._is_usual():
            method = self.parser.get_method()
            if method == b"GET" and self._answer_get(self._quick):
                return
            if method == b"PUT" and self._await_put(self._quick):
                return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep the body of a hot PUT."""
        if self._respond is None:
            super().on_body(body)
            return
        self._body += body

    def on_message_complete(self) -> None:
        """Start answering a hot PUT; a hot GET on a fresh connection has no cycle to tell."""
        if self._respond is not None:
            self._is_arriving = False
            self._forget_deadline()
            respond, self._respond = self._respond, None
            task = self.loop.create_task(self._answer_put(respond, self._body, self.cycle))
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)
            return

        if self._has_cycle():
            super().on_message_complete()
        else:
            self._is_arriving = False
            self._forget_deadline()

    def _is_usual(self) -> bool:
        """Whether nothing about the request or the connection asks for the ordinary way."""
        if self._has_cycle() and not self.cycle.response_complete:
            return False
        if self.flow.write_paused or not self.parser.should_keep_alive():
            return False
        if self.parser.get_http_version() != "1.1":
            return False
        return not any(name in _UNUSUAL for name, _ in self.headers)

    def _has_cycle(self) -> bool:
        # The base class calls it never None, and it is so until the first ordinary request.
        return bool(self.cycle)

    def _answer_get(self, quick: QuickDoor) -> bool:
        if self._body_length() != 0:
            return False
        answer = quick.get(self.url, self.headers, self._address)
        if answer is None:
            return False
        self._is_in_head = False
        self._gathering.write_now(answer)
        self.on_response_complete()
        return True

    def _await_put(self, quick: QuickDoor) -> bool:
        if self._body_length() > MAX_QUICK_BODY_BYTES:
            return False
        self._respond = quick.put(self.url, self.headers, self._address)
        if self._respond is None:
            return False
        self._is_in_head = False
        self._body = b""
        # Requests that follow on the connection meanwhile are queued behind this one.
        self.cycle = _QuickCycle()  # type: ignore[assignment]  # all that the base class uses of one
        return True

    async def _answer_put(
        self,
        respond: Callable[[bytes], Awaitable[bytes]],
        body: bytes,
        cycle: Any,
    ) -> None:
        answer = await respond(body)
        cycle.response_complete = True
        if cycle.disconnected:
            return
        self._gathering.write_now(answer)
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _body_length(self) -> int:
        """Return the announced length; one that is no number counts as too long."""
        for name, value in self.headers:
            if name == b"content-length":
                return int(value) if value.isdigit() else MAX_QUICK_BODY_BYTES + 1
        return 0


class _QuickCycle:
    """Stands where uvicorn keeps the exchange under way."""

    __slots__ = ("body", "disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self) -> None:
        self.body = bytearray()
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False
        self.message_event = self

    def set(self) -> None:
        """Nobody waits for messages here."""


class _Gathering:
    """A transport whose writes of one turn of the loop leave together.

    uvicorn writes the head and the body of an answer apart, and each write is a system call.
    """

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Keep `data` until the turn ends."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def write_now(self, data: bytes) -> None:
        """Send what is kept and `data`: a whole answer need not wait for the turn to end."""
        self._parts.append(data)
        self._flush()

    def close(self) -> None:
        """Send what is kept, then close."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts = self._parts, []
            self._transport.write(b"".join(parts))

"""uvicorn's HTTP protocol with the two bounds it lacks: on a request's head, and on its arrival."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES: Final = 64 * 1024
"""Request line and headers together, give or take what one read of the socket brings."""

ARRIVAL_SECONDS: Final = 60.0
"""From the first byte of a request to its last."""

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 31\r\nconnection: close\r\n\r\n"
    b"Request Header Fields Too Large"
)


class BoundedProtocol(HttpToolsProtocol):
    """One connection: a head beyond `MAX_HEAD_BYTES` gets a 431, a request that trickles is cut."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._is_in_head = False
        self._is_arriving = False
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base class has it
        """Give the first request its time from here."""
        super().connection_made(transport)
        self._expect_end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timer."""
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, then look whether a request is left unfinished."""
        super().data_received(data)

        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE)
                self.transport.close()
        if self._is_arriving and self._deadline is None:
            self._expect_end()

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        self._is_in_head = self._is_arriving = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the head is over."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the whole request is here."""
        self._is_arriving = False
        self._forget_deadline()
        super().on_message_complete()

    def _expect_end(self) -> None:
        self._deadline = self.loop.call_later(ARRIVAL_SECONDS, self.transport.close)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

"""uvicorn's HTTP protocol with the bounds it lacks.

On a request's head, on its arrival, and on how long a reader may take nothing of its answer.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tenantry.telemetry import emit

MAX_HEAD_BYTES: Final = 64 * 1024
"""Request line and headers together, give or take what one read of the socket brings."""

ARRIVAL_SECONDS: Final = 60.0
"""From the first byte of a request to its last."""

STALL_SECONDS: Final = 10.0
"""How long a reader may take nothing of what waits for it."""

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 31\r\nconnection: close\r\n\r\n"
    b"Request Header Fields Too Large"
)


class BoundedProtocol(HttpToolsProtocol):
    """One connection: a head beyond `MAX_HEAD_BYTES` gets a 431, a request that trickles is cut.

    So is a reader that takes nothing for `stall_seconds`: what waits for it is held in memory.
    """

    def __init__(self, *arguments: Any, stall_seconds: float = STALL_SECONDS, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._stall_seconds = stall_seconds
        self._stall: asyncio.TimerHandle | None = None
        self._is_in_head = False
        self._is_arriving = False
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base class has it
        """Give the first request its time from here."""
        super().connection_made(transport)
        self._expect_end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the timers."""
        self._forget_deadline()
        self._forget_stall()
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

    def pause_writing(self) -> None:
        """Give the reader its time to take something."""
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        """Note that the reader has caught up."""
        self._forget_stall()
        super().resume_writing()

    def _watch_reader(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(self._stall_seconds, self._judge_reader, unsent)

    def _judge_reader(self, unsent_before: int) -> None:
        if self.transport.get_write_buffer_size() < unsent_before:
            self._watch_reader()
            return
        emit("tenantry.http.reader_cut", unsent_bytes=unsent_before)
        self.transport.abort()

    def _forget_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _expect_end(self) -> None:
        self._deadline = self.loop.call_later(ARRIVAL_SECONDS, self.transport.close)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

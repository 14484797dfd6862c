"""One open stream of frames."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, TypeAlias

import aiohttp

from tenantry.base.errors import Invalid
from tenantry.collector.errors import FrameTooLong, StreamBroken, StreamError, StreamSilent
from tenantry.collector.model import DeadLetter, Wire
from tenantry.collector.remote.jetstream.compression import Decompressor, oversized
from tenantry.collector.remote.jetstream.request import StreamRequest, options_update

MOST_FRAME_BYTES: Final = 5 * 1024 * 1024
"""A larger frame is no event; the stream goes on behind it."""
MOST_MESSAGE_BYTES: Final = 4 * MOST_FRAME_BYTES
"""A still larger one is not read at all, and ends the connection: see `FrameTooLong`."""
CHUNK: Final = 1_000
"""So many frames are handed on at most at a time, so that nothing else has to wait long."""
_CHUNK_BYTES: Final = 4 * 1024 * 1024
_CLOSE_SECONDS: Final = 1.0
_TEXT: Final = aiohttp.WSMsgType.TEXT
_BINARY: Final = aiohttp.WSMsgType.BINARY

Chunk: TypeAlias = "list[bytes | DeadLetter]"
"""Frames as they are to be read; of one that is too long, what is kept of it."""
_Message: TypeAlias = tuple[aiohttp.WSMsgType, Any, str | None]


class Stream:
    """Frames from a host, in chunks, decompressed.

    A task of its own takes what the library has read, which costs no turn of the loop while there
    is anything; so hundreds of frames come for one turn. Whoever does not take them holds them up:
    where 1,000 frames or 4 MB wait here, the library's own buffer (512 KiB) fills, it stops reading
    from the socket, and then the host's buffer fills; nothing is dropped. The host's pings wait
    then too, as everything does behind frames. Nothing is sent but pongs, unless options change.
    """

    def __init__(
        self,
        socket: "aiohttp.ClientWebSocketResponse[bool]",
        *,
        session: aiohttp.ClientSession,
        host: str,
        wire: Wire,
        decompressor: Decompressor | None,
        idle_seconds: float,
        most_frame_bytes: int = MOST_FRAME_BYTES,
    ) -> None:
        self.host = host
        self.wire = wire
        self.idle_seconds = idle_seconds
        """How long the host may be silent, pings left aside; may be changed at any time."""
        self._socket = socket
        self._session = session
        self._decompressor = decompressor
        self._most = most_frame_bytes
        self._waiting: list[_Message] = []
        self._has_news = asyncio.Event()
        self._has_room = asyncio.Event()
        self._end: StreamError | None = None
        self._reading = asyncio.create_task(self._read())

    @property
    def is_compressed(self) -> bool:
        """Whether the host compresses what it sends."""
        return self._decompressor is not None

    @property
    def waiting_count(self) -> int:
        """How many frames wait to be taken, besides those in the library's own buffer."""
        return len(self._waiting)

    async def chunks(self) -> AsyncIterator[Chunk]:
        """Yield what has come, until the stream ends, which is always an error.

        It is raised behind everything that came before: `StreamSilent`; `StreamBroken` at the first
        frame that cannot be decompressed, since all that came behind it can be had plain;
        `FrameTooLong`; `StreamError` where the host, or the way to it, has ended the connection.
        """
        while True:
            if self._waiting:
                messages, self._waiting = self._waiting, []
                self._has_room.set()
                for chunk in self._frames(messages):
                    yield chunk
            elif self._end is not None:
                if isinstance(self._end, FrameTooLong):
                    yield [oversized(b"", MOST_MESSAGE_BYTES)]
                raise self._end
            else:
                await self._news()

    async def update_options(self, request: StreamRequest) -> None:
        """Have the host filter by the collections, DIDs and size of `request` from now on (v1).

        Its cursor says nothing here: that of a connection is fixed. v2 ends at any frame of a
        client, so there it raises `Invalid`: connect anew.
        """
        if self.wire != "v1":
            raise Invalid(field="wire", got=self.wire, wants="v1: v2 takes no frame from a client")
        try:
            await self._socket.send_str(options_update(request))
        except (aiohttp.ClientError, OSError) as error:
            raise StreamError(f"{self.host} has gone", retry_after_seconds=0.0) from error

    async def close(self) -> None:
        """Close the connection, within a second whatever the host does; a no-op where it is."""
        self._reading.cancel()
        try:
            await asyncio.wait((self._reading,))
            # A host that sends on and on would hold up the library's own closing for as long.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._socket.close()
        finally:
            self._waiting = []
            await self._session.close()

    async def _news(self) -> None:
        self._has_news.clear()
        seconds = self.idle_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._has_news.wait()
        except TimeoutError:
            told = f"{self.host} was silent for {seconds:g} s"
            raise StreamSilent(told, retry_after_seconds=0.0) from None

    async def _read(self) -> None:
        try:
            while await self._fill():
                self._has_room.clear()
                await self._has_room.wait()
        except (aiohttp.ClientError, OSError) as error:
            # The answer to a ping did not get through.
            self._end = self._lost(type(error).__name__)
        finally:
            self._end = self._end or self._lost("closed")
            self._has_news.set()

    async def _fill(self) -> bool:
        """Take messages until enough are waiting; False behind the last one."""
        receive, tell = self._socket.receive, self._has_news.set
        size = 0
        while True:
            message = await receive()
            kind, data, _ = message
            if kind is not _TEXT and kind is not _BINARY:
                self._end = self._ended(message)
                return False
            waiting = self._waiting
            if not waiting:
                size = 0
                tell()
            waiting.append(message)
            size += len(data)
            if len(waiting) >= CHUNK or size >= _CHUNK_BYTES:
                return True

    def _frames(self, messages: list[_Message]) -> Iterator[Chunk]:
        most, decompressor = self._most, self._decompressor
        if decompressor is None:
            yield [
                data if len(data) <= most else oversized(data, len(data)) for _, data, _ in messages
            ]
            return

        chunk: Chunk = []
        size = 0
        for kind, data, _ in messages:
            frame: bytes | DeadLetter = data
            if kind is _BINARY:
                try:
                    frame = decompressor.decompress(data, most=most)
                except ValueError as error:
                    if data.startswith(b"{"):
                        # Not compressed at all: what a host says of itself, perhaps.
                        chunk.append(data if len(data) <= most else oversized(data, len(data)))
                        continue
                    if chunk:
                        yield chunk
                    told = f"{self.host} sends what cannot be decompressed"
                    raise StreamBroken(told, retry_after_seconds=0.0) from error
            elif len(data) > most:
                frame = oversized(data, len(data))
            chunk.append(frame)
            # What is small on the wire may be large here.
            size += len(frame) if type(frame) is bytes else 0
            if size >= _CHUNK_BYTES:
                yield chunk
                chunk, size = [], 0
        if chunk:
            yield chunk

    def _ended(self, message: _Message) -> StreamError:
        kind, error, _ = message
        if kind is not aiohttp.WSMsgType.ERROR:
            return self._lost(str(self._socket.close_code or "no close code"))
        if getattr(error, "code", None) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
            return FrameTooLong(f"{self.host} sends a frame of over {MOST_MESSAGE_BYTES} bytes")
        # Its own text may quote what was sent.
        return StreamError(f"{self.host} sent what is no WebSocket ({type(error).__name__})")

    def _lost(self, why: str) -> StreamError:
        told = f"{self.host} has ended the connection ({why})"
        return StreamError(told, retry_after_seconds=0.0)

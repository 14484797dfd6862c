"""One connection: frames sent as fast as they are taken, until the mood says otherwise."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import msgspec
from aiohttp import web

from tenantry.testing.jetstream.program import Asked, Program

_AT_ONCE: Final = 200
_FIN: Final = 0x80
_TEXT: Final = 0x1
_BINARY: Final = 0x2
_SHORT: Final = 126
_MIDDLE: Final = 65_536
_LATE_SECONDS: Final = 0.5
_MALFORMED: Final = (b'{"did":"did:plc:', b"[]", b'{"kind":"riddle"}', b"\xff\xfe", b"null")


class Sending:
    """Sends from `place` on; `asked` may be changed meanwhile, and `cut` ends it at once."""

    def __init__(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        *,
        program: Program,
        asked: Asked,
        place: int,
    ) -> None:
        self.asked = asked
        self.said_hello = asyncio.Event()
        self._request = request
        self._socket = socket
        self._program = program
        self._mood = program.mood
        self._place = place
        self._sent = 0
        self._is_cut = asyncio.Event()

    def cut(self) -> None:
        """End the connection without a word."""
        self._is_cut.set()
        if self._request.transport is not None:
            self._request.transport.abort()

    async def send_all(
        self, published: Callable[[], int], news: Callable[[], asyncio.Event]
    ) -> None:
        """Send what there is, and what comes, until the connection ends."""
        if self._mood.tells_outdated and self.asked.wire == "v2":
            await self._socket.send_bytes(_told("info", "OutdatedCursor"))
        began_at = asyncio.get_running_loop().time()
        try:
            while not self._is_cut.is_set():
                until = min(published(), self._place + _AT_ONCE)
                if self._place >= until:
                    await self._either(news().wait())
                    continue
                is_over = await self._send(self._place, until)
                self._place = until
                if is_over:
                    return
                await self._pace(began_at)
        except (ConnectionError, asyncio.CancelledError, RuntimeError):
            # Whoever listened has gone.
            return

    async def _send(self, start: int, until: int) -> bool:
        """Send the frames of some places; returns whether that was the end."""
        most = self._most()
        buffer = bytearray()
        for frame, is_binary in self._frames(start, until):
            if most is not None and self._sent >= most:
                await self._flush(buffer)
                await self._end()
                return True
            buffer += _header(len(frame), is_binary=is_binary)
            buffer += frame
            self._sent += 1
        await self._flush(buffer)
        return False

    def _frames(self, start: int, until: int) -> Iterator[tuple[bytes, bool]]:
        program, mood, asked = self._program, self._mood, self.asked
        is_binary = asked.is_compressed
        for index in range(start, until):
            event = program.event(index)
            if not asked.wants(event) or getattr(event, "collection", None) in mood.blind_to:
                continue
            frame = program.frame(index, asked.wire, is_compressed=is_binary)
            if frame is None:
                continue
            if is_binary and mood.garbles:
                frame = frame[:4] + bytes(len(frame) - 4)
            yield frame, is_binary
            if program.is_repeated(index):
                yield frame, is_binary
            if mood.malformed_every and index % mood.malformed_every == 0:
                yield _MALFORMED[index // mood.malformed_every % len(_MALFORMED)], True
            if mood.oversized_every and index % mood.oversized_every == 0:
                yield b'{"x":"' + b"x" * mood.oversized_bytes + b'"}', False

    def _most(self) -> int | None:
        mood = self._mood
        counts = (mood.close_after, mood.silent_after, mood.too_slow_after)
        return min((count for count in counts if count is not None), default=None)

    async def _flush(self, buffer: bytearray) -> None:
        """Write many frames at once; the library's own way is one system call for each."""
        transport = self._request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError
        if buffer:
            transport.write(bytes(buffer))
        # An empty pong says nothing, and waits until what was written is nearly taken.
        await self._socket.pong()

    async def _end(self) -> None:
        mood = self._mood
        if mood.silent_after is not None and self._sent >= mood.silent_after:
            await self._is_cut.wait()
        elif mood.too_slow_after is not None and self._sent >= mood.too_slow_after:
            await self._socket.send_bytes(_told("error", "ConsumerTooSlow"))
            await self._socket.close()
        elif mood.close_with == "reset":
            # What was written is to arrive before the connection goes.
            if self._request.transport is not None:
                self._request.transport.close()
        else:
            if mood.close_with == "late":
                await self._either(asyncio.sleep(_LATE_SECONDS))
            await self._socket.close()

    async def _pace(self, began_at: float) -> None:
        if self._mood.rate is None:
            await asyncio.sleep(0)
            return
        due = began_at + self._sent / self._mood.rate
        wait = due - asyncio.get_running_loop().time()
        await self._either(asyncio.sleep(max(wait, 0)))

    async def _either(self, waiting: Awaitable[object]) -> None:
        """Wait for something, or for the end."""
        tasks = [asyncio.ensure_future(waiting), asyncio.ensure_future(self._is_cut.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _header(size: int, *, is_binary: bool) -> bytes:
    """Return what comes before the payload of a frame: RFC 6455, section 5.2, unmasked."""
    first = _FIN | (_BINARY if is_binary else _TEXT)
    if size < _SHORT:
        return bytes((first, size))
    if size < _MIDDLE:
        return bytes((first, _SHORT)) + size.to_bytes(2, "big")
    return bytes((first, _SHORT + 1)) + size.to_bytes(8, "big")


def _told(kind: str, name: str) -> bytes:
    if kind == "error":
        return msgspec.json.encode({"$type": "error", "error": name, "message": "as asked"})
    payload = {
        "$type": f"network.bsky.jetstream.subscribeEvents#{kind}",
        "name": name,
        "message": "as asked",
    }
    return msgspec.json.encode({"$type": "message", "payload": payload})

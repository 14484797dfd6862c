"""A Jetstream host of which every byte is the test's own: for what no well-made server does."""

import asyncio
import base64
import hashlib
import random
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import zstandard

_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


class Talk:
    """One connection, after the request's head: what was asked, and the ways to answer."""

    def __init__(
        self, target: str, key: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        parts = urlsplit(target)
        self.path = parts.path
        self.query = parse_qs(parts.query)
        self._key = key
        self._reader = reader
        self.writer = writer

    async def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer as HTTP does."""
        lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self.writer.drain()

    async def upgrade(self) -> None:
        """Become a WebSocket."""
        accept = base64.b64encode(hashlib.sha1((self._key + _KEY).encode()).digest()).decode()  # noqa: S324 - RFC 6455
        self.writer.write(
            b"HTTP/1.1 101 -\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
        )
        await self.writer.drain()

    async def send(self, *payloads: bytes, opcode: int = TEXT) -> None:
        """Send frames, and wait until they are nearly taken."""
        self.writer.write(b"".join(frame(payload, opcode) for payload in payloads))
        await self.writer.drain()

    async def heard(self) -> tuple[int, bytes]:
        """Return the next frame of the client: its opcode and payload."""
        first, second = await self._reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            size = int.from_bytes(await self._reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self._reader.readexactly(8), "big")
        mask = await self._reader.readexactly(4)
        masked = await self._reader.readexactly(size)
        return first & 0xF, bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked))


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return a whole frame: RFC 6455, section 5.2, unmasked."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, size))
    elif size < 65_536:
        head = bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big")
    return head + payload


Script = Callable[[Talk], Awaitable[None]]


class ScriptedHost:
    """Has `script` talk to every client, on a port of its own; `async with` serves and ends it."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.talks: list[Talk] = []
        """Every request, in order."""
        self.name = ""

    @property
    def url(self) -> str:
        """Where it is, without a wire's path."""
        return f"ws://{self.name}"

    @property
    def v1(self) -> str:
        """The endpoint of the first wire."""
        return f"{self.url}/subscribe"

    @property
    def v2(self) -> str:
        """The endpoint of the second wire."""
        return f"{self.url}/xrpc/network.bsky.jetstream.subscribeEvents"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.name = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            fields = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            raw = dict(line.split(": ", 1) for line in head[1:] if line)
            key = next((raw[name] for name in raw if name.lower() == "sec-websocket-key"), "")
            assert "permessage-deflate" not in fields.get("sec-websocket-extensions", "")
            talk = Talk(head[0].split(" ")[1], key, reader, writer)
            self.talks.append(talk)
            await self._script(talk)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has gone, or the test has
        finally:
            writer.close()


def dictionary(seed: int = 1) -> bytes:
    """Return a trained dictionary, with an id of its own for each seed."""
    chance = random.Random(seed)
    samples: list[bytes | bytearray | memoryview] = [
        b'{"did":"did:plc:%d","rkey":"%d"}' % (chance.getrandbits(60), chance.getrandbits(60))
        for _ in range(2_000)
    ]
    return zstandard.train_dictionary(4_096, samples, dict_id=1_000 + seed).as_bytes()


def packed(payload: bytes, words: bytes, *, tells_size: bool = True) -> bytes:
    """Return `payload` as a host packs it with a dictionary."""
    return zstandard.ZstdCompressor(
        dict_data=zstandard.ZstdCompressionDict(words), write_content_size=tells_size
    ).compress(payload)

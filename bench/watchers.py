"""Thousands of watchers in one process, as light as they come: what arrived, and when."""

import asyncio
import re
import resource
import time
from functools import partial
from typing import Final, cast

_IDS: Final = re.compile(rb"^id: (\d+)$", re.MULTILINE)
_OPENING_SECONDS: Final = 30
_HEAD: Final = (
    b"GET /config/watch HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n%s\r\n"
)
_END: Final = b"\n\n"


class Audience:
    """`count` watchers of the server on `port`; `arrivals` has their chunks, and when they came.

    They show `token`, where there is one.
    """

    def __init__(self, port: int, count: int, *, token: str = "") -> None:
        self._port = port
        self._count = count
        self._request = _HEAD % (f"Authorization: Bearer {token}\r\n".encode() if token else b"")
        self.watchers: list[Watcher] = []

    async def open(self, *, at_once: int = 50) -> None:
        """Connect all of them, and return when each has been told that it watches."""
        raise_file_limit(2 * self._count)
        loop = asyncio.get_running_loop()
        for first in range(0, self._count, at_once):
            opening = [
                loop.create_connection(partial(Watcher, self._request), "127.0.0.1", self._port)
                for _ in range(min(at_once, self._count - first))
            ]
            fresh = [protocol for _, protocol in await asyncio.gather(*opening)]
            async with asyncio.timeout(_OPENING_SECONDS):
                await asyncio.gather(*(watcher.is_watching for watcher in fresh))
            self.watchers += fresh

    async def complete(self, last: int, *, timeout: float) -> None:  # noqa: ASYNC109 - a deadline, told when missed
        """Wait until every watcher has seen the position `last`."""
        until = time.monotonic() + timeout
        marker = b"id: %d\n" % last
        while not all(watcher.has(marker) for watcher in self.watchers):
            assert time.monotonic() < until, f"not everybody saw position {last} in {timeout} s"
            await asyncio.sleep(0.05)

    def close(self) -> None:
        """Disconnect all."""
        for watcher in self.watchers:
            watcher.close()


class Watcher(asyncio.Protocol):
    """One connection; it only keeps what comes: looking into it would take the time of others.

    Equal chunks are kept once: all watchers are sent the same.
    """

    _known: Final[dict[bytes, bytes]] = {}

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.arrivals: list[tuple[float, bytes]] = []
        self.is_watching: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to watch."""
        # uvloop's are none by inheritance.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Keep what came, and when."""
        if not self.is_watching.done():
            if b"event: start" in data:
                self.is_watching.set_result(None)
            return
        self.arrivals.append((time.perf_counter(), self._known.setdefault(data, data)))

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the opening where it is not over."""
        if not self.is_watching.done():
            self.is_watching.set_exception(error or ConnectionError("closed"))

    def has(self, marker: bytes) -> bool:
        """Whether `marker` was in one of the last chunks."""
        return marker in b"".join(chunk for _, chunk in self.arrivals[-2:])

    def seen(self) -> list[tuple[int, float]]:
        """Return every position that came, in the order it did, and when its frame was whole."""
        found: list[tuple[int, float]] = []
        rest = b""
        for at, chunk in self.arrivals:
            text = rest + chunk
            whole = text.rfind(_END) + len(_END) if _END in text else 0
            found += [(int(position), at) for position in _IDS.findall(text[:whole])]
            rest = text[whole:]
        return found

    def close(self) -> None:
        """Disconnect."""
        if self._transport is not None:
            self._transport.abort()


def raise_file_limit(wanted: int) -> None:
    """Let this process, and those it starts, open `wanted` files and some more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, wanted + 512), hard), hard))

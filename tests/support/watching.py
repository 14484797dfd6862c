"""Watching settings in this process: a stream that is read while it is being sent."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec

from tests.support.waiting import eventually

LAST_SECONDS = 10.0


class Event(msgspec.Struct, frozen=True):
    """One server-sent event; `id` is None where it has none."""

    id: int | None
    event: str
    data: Any

    @property
    def position(self) -> int:
        """The position in its data."""
        return int(self.data["position"])


class Watch:
    """One watch: what was answered, and what has come so far."""

    def __init__(self, on_chunk: Callable[[bytes], None] | None = None) -> None:
        self._on_chunk = on_chunk
        self.status = 0
        self.headers: dict[str, str] = {}
        self.received = b""
        self.chunks: list[bytes] = []
        self.is_over = False

    @property
    def events(self) -> list[Event]:
        """Every event that is whole."""
        return events_in(self.received)

    @property
    def changes(self) -> list[Event]:
        """The events that are changes or entries."""
        return [event for event in self.events if event.event in ("set", "delete")]

    @property
    def positions(self) -> list[int]:
        """The positions of all changes, in the order they came."""
        return [event.position for event in self.changes]

    @property
    def heartbeats(self) -> int:
        """How many comments have come."""
        return self.received.count(b":\nid: ")

    async def until(self, count: int) -> list[Event]:
        """Wait for so many changes and return them."""
        await eventually(lambda: len(self.changes) >= count)
        return self.changes

    async def begun(self) -> "Watch":
        """Wait for the first byte."""
        await eventually(lambda: self.received or self.is_over)
        return self

    async def take(self, message: Any) -> None:
        """Take one message of the application."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            pairs = message.get("headers", ())
            self.headers = {name.decode(): value.decode() for name, value in pairs}
            return
        if message.get("body"):
            self.chunks.append(message["body"])
            self.received += message["body"]
            if self._on_chunk is not None:
                self._on_chunk(message["body"])
        self.is_over = not message.get("more_body", False)


@asynccontextmanager
async def watching(
    app: Any,
    *,
    tenant_id: str = "default",
    path: str = "/config/watch",
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    on_chunk: Callable[[bytes], None] | None = None,
    **query: object,
) -> AsyncIterator[Watch]:
    """Watch on the ASGI application `app` until the block ends; a query `from_` is `from`.

    `on_chunk` is called with every chunk while it is being sent.
    """
    watch, gone = Watch(on_chunk), asyncio.Event()
    sent = {"host": "127.0.0.1", "x-tenant-id": tenant_id, **(headers or {})}
    params = {name.rstrip("_"): str(value) for name, value in query.items()}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(params).encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        if (message := next(messages, None)) is not None:
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    answering = asyncio.create_task(app(scope, receive, watch.take))
    try:
        yield await watch.begun()
    finally:
        gone.set()
        await asyncio.wait_for(answering, LAST_SECONDS)


def events_in(text: bytes) -> list[Event]:
    """Parse server-sent events; comments and `retry` are left out, and what is not whole."""
    found = []
    *blocks, _ = text.split(b"\n\n")
    for block in blocks:
        fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
        if b"event" not in fields:
            continue
        id_ = int(fields[b"id"]) if b"id" in fields else None
        data = msgspec.json.decode(fields[b"data"])
        found.append(Event(id_, fields[b"event"].decode(), data))
    return found

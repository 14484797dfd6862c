"""The listener in this process: what its protocol allows, and how it drains."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tenantry.server import protocol
from tenantry.server.listener import Listener, address_of, bind
from tenantry.settings import load_settings
from tenantry.web import Answer, AsgiScope, Receive, Send, send_answer

GET = b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def hello(_scope: AsgiScope, receive: Receive, send: Send) -> None:
    """Read the request to its end and greet."""
    while (await receive()).get("more_body"):
        pass
    await send_answer(send, Answer(200, [], b"hello"))


@asynccontextmanager
async def listening(
    folder: Path, app: Any = hello, *, drain_seconds: float = 5.0
) -> AsyncIterator[tuple[Listener, str, int]]:
    settings = load_settings({}, cwd=folder, overrides={"API_PORT": 0, "DEV": True})
    bound = bind(settings)
    host, _, port = address_of(bound).removeprefix("http://").rpartition(":")
    listener = Listener(app, quick=None, bound=bound, drain_seconds=drain_seconds)
    await listener.start()
    try:
        yield listener, host, int(port)
    finally:
        await listener.stop()


async def exchange(host: str, port: int, *parts: bytes) -> bytes:
    """Send the parts and return all that comes until the connection is closed."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 10)
    except (ConnectionResetError, BrokenPipeError):
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /x HT",
        b"PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhal",
        GET + b"GET /y HT",
    ],
)
async def test_a_request_that_never_ends_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(protocol, "ARRIVAL_SECONDS", 0.05)
    async with listening(tmp_path) as (_, host, port):
        answer = await exchange(host, port, begun)

    assert answer.count(b"hello") == begun.count(GET)


async def test_a_connection_between_two_requests_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "ARRIVAL_SECONDS", 0.05)
    async with listening(tmp_path) as (_, host, port):
        reader, writer = await asyncio.open_connection(host, port)
        for _ in range(2):
            writer.write(GET)
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.1)
        writer.close()


@pytest.mark.parametrize("length, status", [(60_000, b"200"), (2_000_000, b"431")])
async def test_a_head_is_bounded(tmp_path: Path, length: int, status: bytes) -> None:
    head = GET[:-2] + b"Connection: close\r\nX-Long: "
    parts = [b"x" * 10_000] * (length // 10_000)
    async with listening(tmp_path) as (_, host, port):
        answer = await exchange(host, port, head, *parts, b"\r\n\r\n")

    # A reset may overtake the answer of a refusal.
    assert answer.startswith(b"HTTP/1.1 " + status) or (answer == b"" and status == b"431")


async def test_a_stop_waits_for_what_is_under_way(tmp_path: Path) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(scope: AsgiScope, receive: Receive, send: Send) -> None:
        entered.set()
        await leave.wait()
        await hello(scope, receive, send)

    async with listening(tmp_path, slow) as (listener, host, port):
        answer = asyncio.create_task(exchange(host, port, GET))
        await entered.wait()
        stop = asyncio.create_task(listener.stop())
        await _until_refused(host, port)
        assert not stop.done()
        leave.set()
        await stop

    assert (await answer).endswith(b"hello")


async def test_a_stop_does_not_wait_longer_than_it_was_told(tmp_path: Path) -> None:
    async def never(_scope: AsgiScope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    async with listening(tmp_path, never, drain_seconds=0.05) as (listener, host, port):
        answer = asyncio.create_task(exchange(host, port, GET))
        await asyncio.wait_for(listener.stop(), 10)

    assert b"hello" not in await answer


async def _until_refused(host: str, port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, port)
            except ConnectionRefusedError:
                return
            except ConnectionResetError:
                continue  # it stood in line while the listener closed; the next is refused
            writer.close()
            await asyncio.sleep(0.01)

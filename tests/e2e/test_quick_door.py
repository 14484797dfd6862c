"""The quick door against the ordinary way, over real connections to a listening server."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tenantry.app import Application, build_application
from tenantry.base import Clock, SystemClock, root_principal
from tenantry.server.listener import Listener, address_of, bind
from tenantry.settings import load_settings
from tenantry.testing import FakeClock
from tests.support.waiting import eventually

VARYING = frozenset({"date", "x-request-id", "connection", "x-position", "transfer-encoding"})


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Server:
    """A listening application, and a client that asks it either way."""

    def __init__(self, app: Application, listener: Listener, port: int) -> None:
        self.app = app
        self.listener = listener
        self.port = port

    async def ask(self, method: str, path: str, *, is_quick: bool, **options: Any) -> Answer:
        # uvicorn's own way is taken for a connection that is to be closed.
        headers = {"X-Request-ID": "same", **options.pop("headers", {})}
        if not is_quick:
            headers["Connection"] = "close"
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as http:
            found = await http.request(method, path, headers=headers, **options)
        kept = {name: value for name, value in found.headers.items() if name not in VARYING}
        return Answer(found.status_code, kept, found.content)

    async def exchange(self, sent: bytes) -> bytes:
        """Send raw bytes, the last request of which closes the connection; return all answers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        answered = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answered


@asynccontextmanager
async def serving(
    folder: Path, *, clock: Clock | None = None, **named: object
) -> AsyncIterator[Server]:
    overrides = {"DEV": True, "API_PORT": 0, "DATA_DIR": folder, **named}
    settings = load_settings({}, cwd=folder.parent, overrides=overrides, is_terminal=False)
    await asyncio.to_thread(folder.mkdir)
    app = build_application(settings, clock=clock or SystemClock())
    bound = bind(settings)
    port = int(address_of(bound).rsplit(":", 1)[1])
    listener = Listener(app.asgi, quick=app.quick, bound=bound, drain_seconds=5)
    await listener.start()
    await app.start()
    try:
        yield Server(app, listener, port)
    finally:
        await listener.stop()
        await app.stop()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path / "one") as one:
        yield one


TEXT = '{"value": "grüß \\u2603 \\"q\\""}'.encode()
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "/config/a", {"content": b'{"value": "one"}'}),
    ("GET", "/config/a", {}),
    ("GET", "/v1/config/a", {}),
    ("GET", "/config/a", {"headers": {"Accept": "application/json"}}),
    ("GET", "/config/a", {"headers": {"If-None-Match": '"1"'}}),
    ("GET", "/config/a", {"headers": {"If-None-Match": '"7"'}}),
    ("GET", "/config/a", {"headers": {"If-None-Match": "*"}}),
    ("GET", "/config/a", {"headers": {"X-Position": "1"}}),
    ("GET", "/config/a", {"headers": {"X-Position": "x"}}),
    ("GET", "/config/a", {"headers": {"X-Tenant-ID": "other"}}),
    ("GET", "/config/a", {"headers": {"X-Tenant-ID": "NO GOOD"}}),
    ("GET", "/config/a", {"headers": {"Origin": "https://elsewhere.example"}}),
    ("GET", "/config/a", {"headers": {"Host": "elsewhere.example"}}),
    ("GET", "/config/nothing", {}),
    ("GET", "/config/nothing", {"headers": {"Accept": "application/problem+json"}}),
    ("GET", "/config/watch?from=x", {}),
    ("GET", "/config/a%2Fb", {}),
    ("GET", "/config/%F0%9F%9A%80", {}),
    ("GET", "/config/", {}),
    ("HEAD", "/config/a", {}),
    ("PUT", "/config/b", {"content": TEXT}),
    ("GET", "/config/b", {}),
    ("PUT", "/config/c", {"content": b'{"value": {"n": 1.10, "big": 12345678901234567890}}'}),
    ("GET", "/config/c", {}),
    ("PUT", "/config/c", {"content": b'{"value": 1}', "headers": {"If-Match": '"99"'}}),
    ("PUT", "/config/c", {"content": b'{"value": 1}', "headers": {"If-Match": "3"}}),
    ("PUT", "/config/c", {"content": b'{"value": 1}', "headers": {"If-None-Match": "*"}}),
    ("PUT", "/config/d", {"content": b'{"value": 1}', "headers": {"Accept": "application/json"}}),
    ("PUT", "/config/d", {"content": b"{"}),
    ("PUT", "/config/d", {"content": b""}),
    ("PUT", "/config/d", {"content": b'{"other": 1}'}),
    ("PUT", "/config/d", {"content": b'{"value": 1, "secret": true}'}),
    ("PUT", "/config/d", {"content": b'{"value": "\xff"}'}),
    ("PUT", "/config/schema", {"content": b'{"value": 1}'}),
    ("PUT", "/config/" + "n" * 513, {"content": b'{"value": 1}'}),
    ("PUT", "/config/e", {"data": {"value": "from a form"}}),
    ("GET", "/config/e", {}),
    ("PUT", "/config/e", {"content": b'{"value": 1}', "headers": {"Idempotency-Key": "a b"}}),
    ("PUT", "/config/f", {"content": b'{"value": "' + b"x" * 100_000 + b'"}'}),
    ("GET", "/config/f", {}),
    ("PUT", "/config/g?x=1", {"content": b'{"value": 1}'}),
    ("DELETE", "/config/a", {}),
    ("GET", "/config/a", {}),
    ("PUT", "/config/a", {"content": b'{"value": null}'}),
    ("GET", "/config/a", {}),
    ("POST", "/config/a", {}),
    ("GET", "/config", {}),
]


async def test_both_ways_give_the_same_answers(tmp_path: Path) -> None:
    async with serving(tmp_path / "quick") as quick, serving(tmp_path / "ordinary") as ordinary:
        for method, path, options in CASES:
            one = await quick.ask(method, path, is_quick=True, **options)
            other = await ordinary.ask(method, path, is_quick=False, **options)

            # Time stands in one of the forms.
            if "updated_at" not in other.body.decode("latin-1"):
                assert one.body == other.body, (method, path, options)
            assert one.status == other.status, (method, path, options)
            assert one.headers == other.headers, (method, path, options)


async def test_both_ways_count_each_request_once_and_say_the_same_of_it(tmp_path: Path) -> None:
    # While the clock stands still, no token comes back.
    limited: dict[str, Any] = {"CONFIG_RATE_LIMIT": 1_000, "clock": FakeClock()}
    left: list[int] = []
    async with (
        serving(tmp_path / "quick", **limited) as quick,
        serving(tmp_path / "ordinary", **limited) as ordinary,
    ):
        for method, path, options in CASES:
            one = await quick.ask(method, path, is_quick=True, **options)
            other = await ordinary.ask(method, path, is_quick=False, **options)

            assert one == other, (method, path, options)
            if "x-ratelimit-remaining" in one.headers:
                left.append(int(one.headers["x-ratelimit-remaining"]))

    assert left == list(range(999, 999 - len(left), -1))
    assert len(left) > len(CASES) - 10


async def test_of_all_requests_on_a_connection_as_many_are_admitted_as_the_limit_says(
    tmp_path: Path,
) -> None:
    head = b"%s HTTP/1.1\r\nHost: localhost\r\n"
    put = head % b"PUT /config/p" + b"Content-Length: %d\r\n\r\n%s"
    several = [
        put % (11, b'{"value":1}'),
        head % b"GET /config/p" + b"\r\n",
        put % (1, b"{"),
        head % b"GET /config/nobody" + b"\r\n",
        head % b"GET /config/p/history" + b"\r\n",
        head % b"GET /v1/config/p" + b"\r\n",
        head % b"DELETE /config/nobody" + b"\r\n",
    ]
    last = head % b"GET /config/p" + b"Connection: close\r\n\r\n"
    async with serving(tmp_path / "one", clock=FakeClock(), CONFIG_RATE_LIMIT=18) as server:
        answered = await server.exchange(b"".join(several) * 3 + last)

    statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answered)]
    assert statuses == [200, 200, 400, 404, 200, 200, 404] * 2 + [200, 200, 400, 404] + [429] * 4


@pytest.mark.parametrize("way", [b"", b"Connection: close\r\n"])
async def test_a_write_whose_body_never_comes_costs_one_as_well(tmp_path: Path, way: bytes) -> None:
    async with serving(tmp_path / "one", clock=FakeClock(), CONFIG_RATE_LIMIT=10) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"PUT /config/p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n" + way)
        writer.write(b"\r\n")
        await eventually(lambda: _left(server) < 10)
        writer.close()
        await writer.wait_closed()

        answer = await server.ask("GET", "/config/p", is_quick=True)

        assert answer.headers["x-ratelimit-remaining"] == "8"


def _left(server: Server) -> int:
    """Return how many requests to the settings are left."""
    standings = server.app.limits.standings(
        root_principal(source="test"), server.app.settings.default_tenant
    )
    (left,) = (each.remaining for each in standings if each.limiter == "config")
    return left


async def test_a_request_id_is_given_back_and_stands_in_the_history(server: Server) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
        found = await http.put(
            "/config/a", content=b'{"value":1}', headers={"X-Request-ID": "mine-1"}
        )
        read = await http.get("/config/a", headers={"X-Request-ID": "mine-2"})
        history = (await http.get("/config/a/history")).json()

    assert found.headers["x-request-id"] == "mine-1"
    assert read.headers["x-request-id"] == "mine-2"
    assert history[0]["metadata"]["correlation_id"] == "mine-1"
    assert history[0]["metadata"]["source"] == "127.0.0.1"


async def test_requests_sent_at_once_are_answered_in_their_order(server: Server) -> None:
    put = b'PUT /config/p HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n{"value":%d}'
    get = b"GET /config/p HTTP/1.1\r\nHost: localhost\r\n\r\n"
    history = b"GET /config/p/history HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /config/p HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    answered = await server.exchange(put % 1 + get + history + put % 2 + get + get + put % 3 + last)

    heads = [line for line in answered.split(b"\r\n") if b"HTTP/1.1 " in line]
    assert len(heads) == 8
    assert all(b" 200 OK" in head for head in heads)
    bodies = [part.partition(b"\r\n\r\n")[2] for part in answered.split(b"HTTP/1.1 ")[1:]]
    assert [bodies[1], bodies[4], bodies[5], bodies[7]] == [b"1", b"2", b"2", b"3"]


async def test_a_body_may_come_in_pieces(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = b"PUT /config/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n\r\n"
    for piece in (head[:20], head[20:], b'{"value"', b':"slow"', b"}"):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)

    assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    writer.close()


async def test_a_chunked_body_takes_the_ordinary_way(server: Server) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"value":'
        yield b'"chunked"}'

    found = await server.ask("PUT", "/config/chunked", is_quick=True, content=pieces())

    assert found.status == 200
    assert (await server.ask("GET", "/config/chunked", is_quick=True)).body == b"chunked"


async def test_a_client_that_leaves_while_its_write_is_under_way_harms_nobody(
    server: Server,
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        b'PUT /config/left HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n{"value":"x"}'
    )
    await writer.drain()
    writer.close()

    await eventually(lambda: server.app.config_runner.position == 1)
    assert (await server.ask("GET", "/config/left", is_quick=True)).body == b"x"


async def test_a_stop_waits_for_the_write_under_way(tmp_path: Path) -> None:
    async with serving(tmp_path / "stopping") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b'PUT /config/z HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n{"value":"z"}'
        )
        await writer.drain()
        answering = asyncio.create_task(reader.read())
        await eventually(lambda: server.app.config_store is not None)
        await server.listener.stop()

        answered = await asyncio.wait_for(answering, 10)
        # Either it was not taken in at all, or it was answered.
        assert answered == b"" or b"200 OK" in answered
        writer.close()


async def test_quick_requests_are_counted_like_others(server: Server) -> None:
    await server.ask("PUT", "/config/m", is_quick=True, content=b'{"value":1}')
    await server.ask("GET", "/config/m", is_quick=True)
    await server.ask("GET", "/config/m", is_quick=False)

    shown = server.app.metrics.render().decode()

    assert (
        'tenantry_http_requests_total{method="GET",route="/config/{name}",status="200"} 2.0'
        in shown
    )
    assert (
        'tenantry_http_requests_total{method="PUT",route="/config/{name}",status="200"} 1.0'
        in shown
    )

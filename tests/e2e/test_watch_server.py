"""Watching real servers: two nodes, a stop with open streams, and a reader that takes nothing."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tenantry.app import Application, build_application
from tenantry.server.listener import Listener, address_of, bind
from tenantry.settings import load_settings
from tests.support.server import ServerProcess
from tests.support.waiting import eventually, wait_until
from tests.support.watching import Event, events_in

DRAIN_SECONDS = 3.0
GRACE_SECONDS = 3.0
_LISTENERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND query ILIKE 'LISTEN%'
"""


class Stream:
    """An open watch of a server process, read when it is looked at."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
        self.received = b""
        self.is_over = False

    @property
    def events(self) -> list[Event]:
        """Everything that has come, without the sizes of the chunks."""
        self.read()
        lines = self.received.split(b"\r\n")
        return events_in(b"".join(line for line in lines if b"\n" in line))

    def read(self) -> None:
        """Take what is there."""
        while True:
            try:
                part = self._connection.recv(65_536)
            except BlockingIOError:
                return
            except ConnectionError:
                part = b""
            self.received += part
            if not part:
                self.is_over = True
                return


@contextmanager
def stream_of(server: ServerProcess, query: str = "") -> Iterator[Stream]:
    with server.connection() as connection:
        connection.sendall(
            b"GET /config/watch%b HTTP/1.1\r\nHost: localhost\r\n\r\n" % query.encode()
        )
        stream = Stream(connection)
        wait_until(lambda: [event.event for event in stream.events][:1] == ["start"])
        yield stream


def _put(server: ServerProcess, value: int) -> float:
    with server.client() as http:
        assert http.put("/config/a", json={"value": value}).status_code == 200
    return time.monotonic()


@pytest.mark.postgres
def test_what_one_node_stores_is_watched_on_the_other_within_a_second(
    tmp_path: Path, postgres_url: str
) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with (
        _node(folders[0], postgres_url) as one,
        _node(folders[1], postgres_url) as two,
        psycopg.connect(postgres_url, autocommit=True) as admin,
        stream_of(two) as watch,
    ):
        waited = []
        for value in range(6):
            if value == 3:
                assert admin.execute(_LISTENERS).fetchall()
            stored_at = _put(one, value)
            wait_until(lambda: len(watch.events) == value + 2)  # noqa: B023 - called at once
            waited.append(time.monotonic() - stored_at)

        # The machine may be busy; a node that looked now and then only would never be this quick.
        assert min(waited[:3]) < 1.0
        assert min(waited[3:]) < 1.0
        assert [event.data.get("value") for event in watch.events[1:]] == list(range(6))
        assert [event.position for event in watch.events[1:]] == list(range(1, 7))


def test_a_stop_with_open_streams_keeps_to_its_time(tmp_path: Path) -> None:
    node = ServerProcess(tmp_path, "--dev", DRAIN_SECONDS=str(DRAIN_SECONDS))
    with node as server, ExitStack() as open_streams:
        server.wait_until_ready()
        streams = [open_streams.enter_context(stream_of(server)) for _ in range(20)]
        with httpx.Client(base_url=server.record.address) as http:
            http.put("/config/a", json={"value": 1})
        wait_until(lambda: all(len(stream.events) == 2 for stream in streams))

        started_at = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started_at < DRAIN_SECONDS
        for stream in streams:
            stream.read()
        # Each ended as a whole answer does, and was not torn off.
        assert all(stream.received.endswith(b"0\r\n\r\n") for stream in streams)
    assert "Traceback" not in server.said()


def test_a_long_poll_holds_up_no_stop(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev") as server, server.connection() as connection:
        server.wait_until_ready()
        connection.sendall(b"GET /config/a?wait=60s&version=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with server.client() as http:
            wait_until(lambda: "tenantry_config_watchers 1.0" in http.get("/metrics").text)

        started_at = time.monotonic()
        server.signal()
        assert connection.recv(65_536).startswith(b"HTTP/1.1 404")
        assert server.wait() == 0
        assert time.monotonic() - started_at < DRAIN_SECONDS + GRACE_SECONDS


async def test_a_reader_that_takes_nothing_is_cut(tmp_path: Path) -> None:
    async with _serving(tmp_path, stall_seconds=0.2) as (app, port), _connected(port) as reader:
        await _watch_without_reading(reader)
        await eventually(lambda: app.config_feed.watcher_count == 1)
        await _fill(port, count=12)
        await eventually(lambda: app.config_feed.watcher_count == 0)
        assert "tenantry_http_readers_cut_total 1.0" in app.metrics.render().decode()


async def test_a_reader_that_takes_its_time_is_not_cut(tmp_path: Path) -> None:
    async with _serving(tmp_path, stall_seconds=1.5) as (app, port), _connected(port) as reader:
        await _watch_without_reading(reader)
        await _fill(port, count=12)
        loop, received, started_at = asyncio.get_running_loop(), 0, time.monotonic()
        while received < 12 * 900_000:
            part = await asyncio.wait_for(loop.sock_recv(reader, 100_000), 10)
            assert part, "cut while it was reading"
            received += len(part)
            await asyncio.sleep(0.025)
        assert time.monotonic() - started_at > 1.5, "it read too fast to show anything"
        assert "tenantry_http_readers_cut_total 0.0" in app.metrics.render().decode()


@contextmanager
def _node(folder: Path, url: str) -> Iterator[ServerProcess]:
    with ServerProcess(folder, "--dev", DATABASE_URL=url) as server:
        server.wait_until_ready()
        yield server


@asynccontextmanager
async def _serving(folder: Path, *, stall_seconds: float) -> AsyncIterator[tuple[Application, int]]:
    overrides = {"DEV": True, "API_PORT": 0, "DATA_DIR": folder / "data"}
    settings = load_settings({}, cwd=folder, overrides=overrides, is_terminal=False)
    await asyncio.to_thread((folder / "data").mkdir)
    app = build_application(settings)
    bound = bind(settings)
    port = int(address_of(bound).rsplit(":", 1)[1])
    listener = Listener(
        app.asgi, quick=app.quick, bound=bound, drain_seconds=2, stall_seconds=stall_seconds
    )
    await listener.start()
    await app.start()
    try:
        yield app, port
    finally:
        app.drain()
        await listener.stop()
        await app.stop()


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[socket.socket]:
    with socket.socket() as connection:
        # What the system keeps for a reader is not what is measured here.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.setblocking(False)  # noqa: FBT003 - as above
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
        yield connection


async def _watch_without_reading(connection: socket.socket) -> None:
    asked = b"GET /config/watch HTTP/1.1\r\nHost: localhost\r\n\r\n"
    await asyncio.get_running_loop().sock_sendall(connection, asked)


async def _fill(port: int, *, count: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        for n in range(count):
            answer = await http.put(f"/config/n{n}", json={"value": "x" * 900_000})
            assert answer.status_code == 200

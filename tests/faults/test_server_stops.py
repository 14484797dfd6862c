"""A server that is told to stop while it is loaded, kept waiting, or waits for its database."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.faults.http_load import Answer, Connection, Load, assert_serves
from tests.faults.own_postgres import OwnPostgres
from tests.support.server import ServerProcess
from tests.support.waiting import eventually

APPEND_LOCK = 8257538
CLIENTS = 8
DRAIN_SECONDS = 1.0
GRACE_SECONDS = 5.0
"""What a stop may take beyond the time to drain, on a machine that is busy."""
CLOSING_SECONDS = 5.0
"""How long it waits for a database that does not answer."""

_UNFINISHED_HEAD = b"PUT /config/slow HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
_UNFINISHED_BODY = b"PUT /config/slow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 14\r\n\r\n{"
_ESTABLISHED = "01"
_WAITERS = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def test_a_stop_under_load_is_orderly_and_loses_nothing_it_has_answered(
    tmp_path: Path, database_url: str
) -> None:
    load, ready = Load(), list[int]()
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=database_url) as server:
        server.wait_until_ready()
        async with load.on(server.record.address), _watched(server, ready):
            await load.acknowledged(200)
            server.signal()
            started_at = time.monotonic()
            await eventually(lambda: server.process.poll() is not None, timeout=15)

        assert server.wait() == 0
        assert time.monotonic() - started_at < GRACE_SECONDS
        assert "Traceback" not in server.said()
        assert set(load.writes) <= {200, 404, 410, 412}
        # Once not ready it never says otherwise.
        assert ready == sorted(ready)
        assert ready[0] == 200

    with ServerProcess(tmp_path, "--dev", DATABASE_URL=database_url) as again:
        again.wait_until_ready()
        await assert_serves(again.record.address, load)


async def test_from_the_signal_on_a_server_never_says_that_it_is_ready(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev") as server:
        server.wait_until_ready()
        async with _connected(server) as connections:
            server.signal()
            await eventually(lambda: "Asked to stop" in server.said())
            for http in connections:
                with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                    assert (await http.ask("GET", "/readyz")).status == 503
        assert server.wait() == 0


@pytest.mark.postgres
async def test_what_waits_for_the_database_is_answered_before_the_stop(
    tmp_path: Path, postgres_url: str
) -> None:
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=postgres_url) as server:
        server.wait_until_ready()
        async with _connected(server) as connections:
            with _appends_held_up(postgres_url) as admin:
                waiting = await _begin_puts(connections, server, admin)
                server.signal()
                await eventually(lambda: not _accepts(server))
                assert not any(task.done() for task in waiting)

            answers = await asyncio.gather(*waiting)
        assert {answer.status for answer in answers} == {200}
        assert server.wait() == 0

    with ServerProcess(tmp_path, "--dev", DATABASE_URL=postgres_url) as again:
        again.wait_until_ready()
        async with Connection(again.record.address) as http:
            for number in range(CLIENTS):
                assert (await http.ask("GET", f"/config/waiting-{number}")).body == b"x"


@pytest.mark.postgres
async def test_a_database_that_does_not_answer_holds_up_no_stop(
    tmp_path: Path, postgres_url: str
) -> None:
    node = ServerProcess(
        tmp_path, "--dev", DATABASE_URL=postgres_url, DRAIN_SECONDS=str(DRAIN_SECONDS)
    )
    with node as server:
        server.wait_until_ready()
        async with _connected(server) as connections:
            with _appends_held_up(postgres_url) as admin:
                waiting = await _begin_puts(connections, server, admin)
                started_at = time.monotonic()
                assert await asyncio.to_thread(server.stop) == 0
                limit = DRAIN_SECONDS + CLOSING_SECONDS + GRACE_SECONDS
                assert time.monotonic() - started_at < limit
            told = await asyncio.gather(*waiting, return_exceptions=True)
        assert not any(isinstance(answer, Answer) and answer.status == 200 for answer in told)
        assert not (server.data_dir / "server.json").exists()


@pytest.mark.parametrize("is_there_at_start", [True, False])
async def test_a_database_that_is_away_holds_up_no_stop(
    tmp_path: Path, own_postgres: OwnPostgres, own_postgres_url: str, *, is_there_at_start: bool
) -> None:
    if not is_there_at_start:
        await asyncio.to_thread(own_postgres.stop)
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=own_postgres_url) as server:
        if is_there_at_start:
            server.wait_until_ready()
            await asyncio.to_thread(own_postgres.stop)
        else:
            await eventually(lambda: "Not ready, trying again" in server.said(), timeout=30)

        started_at = time.monotonic()
        assert await asyncio.to_thread(server.stop) == 0
        assert time.monotonic() - started_at < CLOSING_SECONDS + GRACE_SECONDS
        assert "Traceback" not in server.said()


@pytest.mark.parametrize("sent", [_UNFINISHED_HEAD, _UNFINISHED_BODY], ids=["head", "body"])
async def test_requests_that_trickle_hold_up_no_stop(tmp_path: Path, sent: bytes) -> None:
    """Whoever else is under way is answered meanwhile."""
    node = ServerProcess(tmp_path, "--dev", DRAIN_SECONDS=str(DRAIN_SECONDS))
    with node as server, ExitStack() as connections:
        server.wait_until_ready()
        for _ in range(20):
            connection = connections.enter_context(server.connection())
            connection.sendall(sent)
        async with Connection(server.record.address) as http:
            assert (await http.ask("PUT", "/config/x", body=b'{"value":1}')).status == 200

        started_at = time.monotonic()
        assert await asyncio.to_thread(server.stop) == 0
        assert time.monotonic() - started_at < DRAIN_SECONDS + GRACE_SECONDS
        assert "Traceback" not in server.said()


@asynccontextmanager
async def _watched(server: ServerProcess, statuses: list[int]) -> AsyncIterator[None]:
    """Note what `/readyz` says, one answer after the other, until the server has gone."""

    async def watch() -> None:
        async with Connection(server.record.address) as http:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    statuses.append((await http.ask("GET", "/readyz")).status)

    watching = asyncio.create_task(watch())
    yield
    await watching


@contextmanager
def _appends_held_up(url: str) -> Iterator["psycopg.Connection[tuple[int]]"]:
    """Hold the lock that every append takes."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", (APPEND_LOCK,))
        yield admin


async def _begin_puts(
    connections: list[Connection], server: ServerProcess, admin: "psycopg.Connection[tuple[int]]"
) -> list["asyncio.Task[Answer]"]:
    """Send several writes; returns when the server has taken all and the database has one."""
    waiting = [
        asyncio.create_task(http.ask("PUT", f"/config/waiting-{number}", body=b'{"value":"x"}'))
        for number, http in enumerate(connections)
    ]
    await eventually(lambda: _unread_bytes(server) == 0)
    async with Connection(server.record.address) as http:
        # What was read before this is answered has been begun.
        assert (await http.ask("GET", "/livez")).status == 200
    await eventually(lambda: admin.execute(_WAITERS).fetchone() == (1,))
    return waiting


def _unread_bytes(server: ServerProcess) -> int:
    """Return how much of what was sent to the server it has yet to read (proc(5), net/tcp)."""
    port = int(server.record.address.rsplit(":", 1)[1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    own = [row for row in rows if row[1].endswith(f":{port:04X}") and row[3] == _ESTABLISHED]
    assert len(own) >= CLIENTS
    return sum(int(row[4].split(":")[1], 16) for row in own)


@asynccontextmanager
async def _connected(server: ServerProcess) -> AsyncIterator[list[Connection]]:
    """Yield connections that are open."""
    async with AsyncExitStack() as stack:
        connections = [
            await stack.enter_async_context(Connection(server.record.address))
            for _ in range(CLIENTS)
        ]
        for http in connections:
            assert (await http.ask("GET", "/readyz")).status == 200
        yield connections


def _accepts(server: ServerProcess) -> bool:
    try:
        with server.connection():
            return True
    except (ConnectionError, AssertionError):
        return False

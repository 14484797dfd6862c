"""One real server process: how it starts, what it says, how it stops."""

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import psycopg
import pytest
from psycopg import sql

from tenantry.base.errors import Invalid
from tenantry.server.listener import bind
from tenantry.settings import Settings, load_settings
from tests.support.postgres import Postgres
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

HALF_A_REQUEST = (
    b"PUT /config/slow HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 14\r\n\r\n"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server in development mode, ready."""
    with ServerProcess(tmp_path, "--dev") as server:
        server.wait_until_ready()
        yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The same, for tests that leave it as it was."""
    with ServerProcess(tmp_path_factory.mktemp("shared"), "--dev") as server:
        server.wait_until_ready()
        yield server


def settings_for(folder: Path, **overrides: object) -> Settings:
    return load_settings({}, cwd=folder, overrides=overrides)


def test_a_first_start_serves_and_says_where(server: ServerProcess) -> None:
    wait_until(lambda: "is ready at" in server.said())
    assert f"Tenantry is ready at {server.record.address}" in server.said()
    assert f"curl {server.record.address}/config" in server.said()

    with httpx.Client(base_url=server.record.address) as http:
        stored = http.put("/config/test_key", json={"value": "test_value"})
        found = http.get("/config/test_key")

    assert (stored.status_code, stored.text) == (200, "OK")
    assert (found.status_code, found.text) == (200, "test_value")


def test_what_it_writes_belongs_to_its_owner_alone(shared: ServerProcess) -> None:
    files = [path for path in shared.data_dir.iterdir() if path.is_file()]

    assert {"server.json", "tenantry.db"} <= {path.name for path in files}
    for path in (shared.data_dir, *files):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_without_dev_only_the_token_opens(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server, server.client() as http:
        server.wait_until_ready()
        assert http.get("/config").status_code == 200

        http.headers.pop("Authorization")
        assert http.get("/config").status_code == 401
        assert http.get("/config/x").status_code == 401
        assert http.get("/livez").status_code == 200
        assert server.record.token not in server.said()


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}], ids=str
)
def test_in_development_requests_from_elsewhere_are_refused(
    shared: ServerProcess, headers: dict[str, str]
) -> None:
    with shared.client() as http:
        for path in ("/config", "/config/x", "/api/backup"):
            assert http.get(path, headers=headers).status_code == 403
        assert http.put("/config/x", json={"value": 1}, headers=headers).status_code == 403


def test_the_demo_is_stored_once(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev", "--demo") as server, server.client() as http:
        wait_until(lambda: "is ready at" in server.said())
        names = [item["name"] for item in http.get("/config").json()]
        assert "theme:colors" in names
        http.delete("/config/theme:colors")
        server.stop()

    with ServerProcess(tmp_path, "--dev", "--demo") as server, server.client() as http:
        wait_until(lambda: "is ready at" in server.said())
        assert http.get("/config/theme:colors").status_code == 404
        assert len(http.get("/config").json()) == len(names) - 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_with_exit_code_0(server: ServerProcess, number: int) -> None:
    server.signal(number)

    assert server.wait() == 0
    assert not (server.data_dir / "server.json").exists()
    assert "Stopped" in server.said()
    assert "Traceback" not in server.said()


def test_what_is_under_way_is_finished_before_it_stops(server: ServerProcess) -> None:
    with server.connection() as under_way:
        under_way.sendall(HALF_A_REQUEST + b'{"value"')
        wait_until(lambda: _is_taken_in(server))

        server.signal()
        wait_until(lambda: not _accepts(server))
        under_way.sendall(b': "x"}')
        answer = _read_to_end(under_way)

    assert server.wait() == 0
    assert answer.startswith(b"HTTP/1.1 200 OK"), answer
    with ServerProcess(server.data_dir.parent, "--dev") as again, again.client() as http:
        again.wait_until_ready()
        assert http.get("/config/slow").text == "x"


def test_what_is_never_finished_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev", DRAIN_SECONDS="0.5") as server:
        server.wait_until_ready()
        with server.connection() as under_way:
            under_way.sendall(HALF_A_REQUEST)
            wait_until(lambda: _is_taken_in(server))
            started_at = time.monotonic()

            assert server.stop() == 0
            assert time.monotonic() - started_at < 10


def test_a_second_signal_stops_it_at_once(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev", DRAIN_SECONDS="600") as server:
        server.wait_until_ready()
        with server.connection() as under_way:
            under_way.sendall(HALF_A_REQUEST)
            wait_until(lambda: _is_taken_in(server))
            server.signal()
            wait_until(lambda: not _accepts(server))

            server.signal()

            assert server.wait() == 128 + signal.SIGTERM


def test_what_was_acknowledged_survives_a_kill(server: ServerProcess) -> None:
    with server.client() as http:
        assert http.put("/config/kept", json={"value": [1, 2]}).status_code == 200
    server.signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL

    with ServerProcess(server.data_dir.parent, "--dev") as again, again.client() as http:
        again.wait_until_ready()
        assert http.get("/config/kept").json() == [1, 2]


def test_a_second_server_on_the_same_data_is_refused(server: ServerProcess) -> None:
    second = ServerProcess(server.data_dir.parent, "--dev")
    second.start(is_expected_to_serve=False)

    assert second.wait() == 1
    assert f"in use by the server with process id {server.record.pid}" in second.said()
    assert "Traceback" not in second.said()
    with server.client() as http:
        assert http.get("/readyz").status_code == 200


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = ServerProcess(tmp_path, "--dev", API_PORT=str(port))
        server.start(is_expected_to_serve=False)

        assert server.wait() == 1
        assert f"cannot listen on 127.0.0.1:{port}" in server.said()


def test_a_schema_newer_than_the_program_is_refused(tmp_path: Path, server: ServerProcess) -> None:
    import apsw  # noqa: PLC0415 - only this test looks into the file

    server.stop()
    connection = apsw.Connection(str(server.data_dir / "tenantry.db"))
    connection.execute("INSERT INTO schema_migrations VALUES (99, 'later', 'x', 0)")
    connection.close()

    again = ServerProcess(tmp_path, "--dev")
    again.start(is_expected_to_serve=False)

    assert again.wait() == 1
    assert "the schema is at migration 99" in again.said()


@pytest.mark.postgres
def test_a_server_without_its_database_is_not_ready_and_recovers(
    tmp_path: Path, postgres: Postgres
) -> None:
    name = f"late_{os.getpid()}"
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=postgres.url(name)) as server:
        with server.client() as http:
            wait_until(lambda: "trying again" in server.said(), timeout=30)
            assert http.get("/livez").status_code == 200
            ready, found = http.get("/readyz"), http.get("/config/x")
            assert ready.status_code == 503
            assert ready.json()["checks"]["started"] == "starting"
            assert found.status_code == 503
            assert int(found.headers["Retry-After"]) >= 1

            _create_database(postgres, name)
            server.wait_until_ready(timeout=60)
            assert http.put("/config/x", json={"value": 1}).status_code == 200
        assert server.stop() == 0


def test_a_head_beyond_every_measure_is_refused(shared: ServerProcess) -> None:
    with shared.connection() as connection:
        connection.sendall(b"GET /config/x HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        refused = b""
        try:
            for _ in range(200):
                connection.sendall(b"x" * 10_000)
            refused = _read_to_end(connection)
        except (BrokenPipeError, ConnectionResetError):
            pass

    # The reset may overtake the answer; either way the connection is gone and the server is not.
    assert refused == b"" or refused.startswith(b"HTTP/1.1 431")
    with shared.client() as http:
        assert http.get("/livez").status_code == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /config/\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"GET /config/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        (
            b"PUT /config/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
    ],
)
def test_what_is_no_request_is_refused_and_harms_nobody(
    shared: ServerProcess, request_bytes: bytes
) -> None:
    with shared.connection() as connection:
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        answer = _read_to_end(connection)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
    assert "Traceback" not in shared.said()
    with shared.client() as http:
        assert http.get("/livez").status_code == 200


def test_a_worker_alone_answers_probes_only(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev", ROLES="worker") as server, server.client() as http:
        server.wait_until_ready()

        assert http.get("/config/x").status_code == 404
        assert http.get("/api/db/status").status_code == 404
        assert http.get("/metrics").status_code == 200


def test_the_record_names_a_free_port_and_the_process(shared: ServerProcess) -> None:
    record = json.loads((shared.data_dir / "server.json").read_bytes())

    assert record["pid"] == shared.process.pid
    assert record["address"].startswith("http://127.0.0.1:")
    assert len(record["token"]) > 40


def test_development_mode_never_listens_beyond_this_machine(tmp_path: Path) -> None:
    settings = msgspec.structs.replace(settings_for(tmp_path, DEV=True), api_host="0.0.0.0")  # noqa: S104 - that is what is refused

    with pytest.raises(Invalid, match="DEV"):
        bind(settings)


def test_a_host_that_is_not_ours_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="API_HOST"):
        bind(settings_for(tmp_path, API_HOST="no-such-host.invalid"))


def _is_taken_in(server: ServerProcess) -> bool:
    """Whether the server has seen what was sent: a later request on it has been answered."""
    with server.client() as http:
        return http.get("/livez").status_code == 200


def _accepts(server: ServerProcess) -> bool:
    try:
        with server.connection():
            return True
    except (ConnectionError, AssertionError):
        return False


def _read_to_end(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def _create_database(postgres: Postgres, name: str) -> None:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

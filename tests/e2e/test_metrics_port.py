"""The port of metrics and probes: what it answers, and how it comes and goes with the other."""

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

ANSWERED = ["/metrics", "/livez", "/readyz", "/health", "/v1/health"]
NOT_ANSWERED = ["/", "/config", "/config/x", "/v1/config/x", "/api/db/status", "/openapi.json"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with two ports, ready; tests leave it as it was."""
    with ServerProcess(tmp_path_factory.mktemp("shared"), METRICS_PORT="0") as server:
        server.wait_until_ready()
        yield server


def metrics_address(server: ServerProcess) -> str:
    """Return where the server says that metrics and probes are."""
    told = re.compile(r"Metrics and probes alone are at (\S+)\.$", re.MULTILINE)
    wait_until(lambda: told.search(server.said()))
    found = told.search(server.said())
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", ANSWERED)
def test_both_ports_answer_metrics_and_probes(shared: ServerProcess, path: str) -> None:
    for address in (shared.record.address, metrics_address(shared)):
        assert httpx.get(address + path).status_code == 200


@pytest.mark.parametrize("path", NOT_ANSWERED)
def test_nothing_else_is_answered_there_whoever_asks(shared: ServerProcess, path: str) -> None:
    token = {"Authorization": f"Bearer {shared.record.token}"}

    for method in ("GET", "PUT", "POST", "DELETE"):
        answer = httpx.request(method, metrics_address(shared) + path, headers=token)
        assert answer.status_code == 404


def test_metrics_behind_a_proxy_want_a_token_there_too(shared: ServerProcess) -> None:
    url, forwarded = metrics_address(shared) + "/metrics", {"X-Forwarded-For": "10.0.0.1"}
    token = {"Authorization": f"Bearer {shared.record.token}"}

    assert httpx.get(url, headers=forwarded).status_code == 401
    assert httpx.get(url, headers={**forwarded, **token}).status_code == 200


def test_the_line_that_says_ready_has_both_addresses(shared: ServerProcess) -> None:
    address = metrics_address(shared)
    wait_until(lambda: "] Ready" in shared.said())
    (line,) = [line for line in shared.said().splitlines() if "] Ready" in line]

    assert f'address="{shared.record.address}"' in line
    assert f'metrics_address="{address}"' in line


def test_without_the_setting_there_is_one_port(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev") as server:
        wait_until(lambda: "] Ready" in server.said())

        assert "metrics_address" not in server.said()
        assert "Metrics and probes alone" not in server.said()


def test_a_taken_port_is_told_with_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = ServerProcess(tmp_path, "--dev", METRICS_PORT=str(port))
        server.start(is_expected_to_serve=False)

        assert server.wait() == 1
        assert f"cannot listen on 127.0.0.1:{port}, which is METRICS_PORT" in server.said()
        assert "Traceback" not in server.said()


def test_it_tells_of_a_stop_before_it_goes_with_the_rest(tmp_path: Path) -> None:
    options = {"METRICS_PORT": "0", "DRAIN_NOTICE_SECONDS": "600"}
    with ServerProcess(tmp_path, "--dev", **options) as server:
        server.wait_until_ready()
        address = metrics_address(server)

        server.signal()
        wait_until(lambda: httpx.get(f"{address}/readyz").status_code == 503)
        assert httpx.get(f"{address}/livez").status_code == 200

        server.signal()
        assert server.wait() == 128 + signal.SIGTERM


def test_a_stop_closes_it(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, "--dev", METRICS_PORT="0") as server:
        server.wait_until_ready()
        with httpx.Client(base_url=metrics_address(server)) as kept_open:
            assert kept_open.get("/livez").status_code == 200

            assert server.stop() == 0
            with pytest.raises(httpx.TransportError):
                kept_open.get("/livez")
        assert "Traceback" not in server.said()

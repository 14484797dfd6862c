"""The servers of the HTTP suites: ours and etcd, each a process with its own data."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from tenantry.terminal import ServerRecord

_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.002
# So many requests a minute that none is refused; it is asked for each.
_PLENTY: Final = 1_000_000_000


class OurServer(msgspec.Struct, frozen=True):
    """A server of ours that is ready: where, and what it wants to be shown."""

    port: int
    token: str
    pid: int = 0

    @property
    def url(self) -> str:
        """Where it is, for clients."""
        return f"http://127.0.0.1:{self.port}"


def has_etcd() -> bool:
    """Whether etcd is installed."""
    return shutil.which("etcd") is not None


@contextmanager
def tenantry_server(data_dir: Path, **extra: str) -> Iterator[OurServer]:
    """Run our server as in production, and yield it when it is ready.

    Who asks is proved, each request is counted by a limit, and lines at info go to a file.
    """
    port = _free_port()
    command = [sys.executable, "-m", "tenantry", "serve", "--port", str(port)]
    environment = {
        **_environment(),
        "DATA_DIR": str(data_dir),
        "CONFIG_RATE_LIMIT": str(_PLENTY),
        "LOG_LEVEL": "info",
        "LOG_FILE": str(data_dir / "tenantry.log"),
        **extra,
    }
    with _running(command, data_dir, environment):
        _wait_for_200(port, "/readyz")
        record = ServerRecord.read(data_dir)
        assert record is not None, f"nothing in {data_dir} says what token the server wants"
        yield OurServer(port, record.token, record.pid)


@contextmanager
def collecting_server(
    data_dir: Path, endpoint: str, database_url: str | None = None
) -> Iterator[OurServer]:
    """Run our server as above, on SQLite where nothing else is said, and have it collect."""
    extra = {
        "ROLES": "web,worker,collector",
        "JETSTREAM_ENDPOINT": endpoint,
        "JETSTREAM_COMPRESS": "false",
    }
    if database_url is not None and not database_url.startswith("sqlite:"):
        extra["DATABASE_URL"] = database_url
    with tenantry_server(data_dir, **extra) as server:
        yield server


@contextmanager
def etcd_server(data_dir: Path) -> Iterator[int]:
    """Run etcd as it comes, one member, and yield the port of its JSON gateway."""
    port, peer_port = _free_port(), _free_port()
    address, peer_address = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer_port}"
    command = [
        "etcd",
        "--name=bench",
        f"--data-dir={data_dir / 'etcd'}",
        f"--listen-client-urls={address}",
        f"--advertise-client-urls={address}",
        f"--listen-peer-urls={peer_address}",
        f"--initial-advertise-peer-urls={peer_address}",
        f"--initial-cluster=bench={peer_address}",
    ]
    with _running(command, data_dir, _environment()):
        _wait_for_200(port, "/health")
        yield port


def metric(port: int, name: str) -> float:
    """Return one value of what the server on `port` tells Prometheus."""
    text = _get(port, "/metrics")[1]
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, flags=re.MULTILINE)
    assert found, f"the server on port {port} has no metric {name}"
    return float(found[1])


@contextmanager
def _running(command: list[str], data_dir: Path, environment: dict[str, str]) -> Iterator[None]:
    output = data_dir / f"{Path(command[0]).name}.out"
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=data_dir, env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield
    except BaseException:
        print(output.read_text(errors="replace")[-2000:], file=sys.stderr)
        raise
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    """Return the variables without those that would change a server."""
    wanted = ("PATH", "PYTHONPATH", "HOME", "TMPDIR", "LANG", "LC_ALL")
    return {name: os.environ[name] for name in wanted if name in os.environ}


def _wait_for_200(port: int, path: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            if _get(port, path)[0] == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(_PAUSE_SECONDS)
    raise TimeoutError(f"nothing on port {port} was ready within {_START_SECONDS} s")


def _get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

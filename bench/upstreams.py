"""What the sync suite reads from and hands its work to: each a process of its own."""

import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench.start_upstream import Shelves

_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.1


@contextmanager
def upstream(shelves: Shelves) -> Iterator[str]:
    """Serve so many rows of each tenant, and yield where."""
    command = [sys.executable, "-m", "bench.start_upstream", msgspec.json.encode(shelves).decode()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            base_url = process.stdout.readline().strip()
            assert base_url, "the upstream has not started"
            yield base_url
        finally:
            process.terminate()


class TemporalServer:
    """A Temporal server for development, in memory, as its wheel brings it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it is, or would be."""
        return f"{_HOST}:{self._port}"

    def start(self) -> None:
        """Start it, and return when it takes calls."""
        command = [_program(), "server", "start-dev", "--headless", "--ip", _HOST]
        command += ["--port", str(self._port), "--log-level", "warn"]
        with (self._folder / "temporal.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            assert time.monotonic() < until, "Temporal has not started"
            time.sleep(_PAUSE_SECONDS)

    def stop(self) -> None:
        """Stop it; a no-op where it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _is_ready(self) -> bool:
        command = [_program(), "operator", "cluster", "health", "--address", self.address]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def has_temporal() -> bool:
    """Whether the server's program is installed."""
    return Path(_program()).exists()


def _program() -> str:
    return str(Path(sysconfig.get_path("scripts")) / "temporal")

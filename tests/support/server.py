"""A real server: its own process, its own port, its own signals."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import msgspec

from tenantry.terminal import ServerRecord
from tests.support.waiting import wait_until

STOP_SECONDS = 20.0
DEFAULT_TENANT = "550e8400-e29b-41d4-a716-446655440000"
"""Whom a request of root is about that names no tenant; the demo's data are of this one too."""

_ANNOUNCEMENTS = ("Tenantry is ready at", "Tenantry listens on")


class ServerProcess:
    """`tenantry serve` on the data directory `folder`/data; killed at the end if it still runs.

    `options` are further arguments; settings come by their variables' names.
    """

    def __init__(self, folder: Path, *options: str, **environ: str) -> None:
        self.data_dir = folder / "data"
        self._folder = folder
        self._options = options
        self._environ = {
            "PATH": os.environ["PATH"],
            # What is tested is what the tests import.
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(folder),
            "DATA_DIR": str(self.data_dir),
            "API_PORT": "0",
            "LOG_FORMAT": "text",
            **environ,
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def process(self) -> "subprocess.Popen[str]":
        """The process, running or ended."""
        assert self._process is not None, "not started"
        return self._process

    @property
    def record(self) -> ServerRecord:
        """What the server says of itself in its data directory."""
        record = self._own_record()
        assert record is not None, self.said()
        return record

    def start(self, *, is_expected_to_serve: bool = True) -> None:
        """Start it; returns when it listens, unless it is expected to fail.

        What a start writes to the log may come later: `wait_until_ready` has waited for that too.
        """
        with self._file("out").open("w") as out, self._file("err").open("w") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tenantry", "serve", *self._options],
                cwd=self._folder,
                env=self._environ,
                stdout=out,
                stderr=err,
                text=True,
            )
        if is_expected_to_serve:
            wait_until(lambda: self._has_ended() or self._listens(), timeout=30)
            assert not self._has_ended(), self.said()

    def wait_until_ready(self, *, timeout: float = 30.0) -> None:
        """Wait until `/readyz` says so, and what a first start stores is there."""
        wait_until(lambda: self._has_ended() or self._has_announced_itself(), timeout=timeout)
        assert not self._has_ended(), self.said()
        with self.client() as http:
            wait_until(lambda: http.get("/readyz").status_code == 200, timeout=timeout)

    def client(self) -> httpx.Client:
        """Return a client that shows the local token."""
        token = f"Bearer {self.record.token}"
        return httpx.Client(base_url=self.record.address, headers={"Authorization": token})

    @contextlib.contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """Open a bare connection to the port."""
        host, _, port = self.record.address.removeprefix("http://").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=STOP_SECONDS) as connection:
            yield connection

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def wait(self, *, timeout: float = STOP_SECONDS) -> int:
        """Wait for the end and return the exit code."""
        return self.process.wait(timeout)

    def stop(self) -> int:
        """Ask it to stop and return the exit code."""
        self.signal()
        return self.wait()

    def said(self) -> str:
        """Return all it has written, on either stream."""
        return self._file("out").read_text() + self._file("err").read_text()

    def _has_ended(self) -> bool:
        return self.process.poll() is not None

    def _listens(self) -> bool:
        # The record is there a moment before.
        if self._own_record() is None:
            return False
        with contextlib.suppress(ConnectionRefusedError), self.connection():
            return True
        return False

    def _has_announced_itself(self) -> bool:
        # It is ready before it has made the first root key, and says so after that.
        return any(words in self.said() for words in _ANNOUNCEMENTS)

    def _own_record(self) -> ServerRecord | None:
        try:
            record = ServerRecord.read(self.data_dir)
        except msgspec.ValidationError:
            return None
        # An earlier process, killed, may have left one.
        return record if record is not None and record.pid == self.process.pid else None

    def _file(self, name: str) -> Path:
        return self._folder / f"serve.{name}"

"""A real Temporal server for tests, from a wheel: nothing has to be installed or running.

Several processes may share one: the first that comes starts it, the last that goes stops it. A test
that stops the server needs one of its own.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from tenantry.base.errors import Unavailable
from tenantry.execution.dev_server import HOST, DevServer

T = TypeVar("T", bound=DevServer)

_START_ATTEMPTS = 3
# Each test has a task queue of its own, and so a deployment; a server takes a hundred by default.
_SETTINGS = ("matching.maxDeployments=100000",)


class _Shared(msgspec.Struct):
    """What the processes that share a server know of it."""

    port: int
    pid: int
    users: set[int]


class SharedTemporal:
    """One server, in memory, which all processes that name the same `directory` share."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file = directory / "server.json"
        self._address: str | None = None

    @property
    def address(self) -> str:
        """Where it is."""
        assert self._address is not None, "not started"
        return self._address

    def start(self) -> None:
        """Start the server where it does not run, and return when it takes calls."""
        with self._exclusive():
            shared = self._shared() or self._started()
            shared.users.add(os.getpid())
            self._file.write_bytes(msgspec.json.encode(shared))
            self._address = f"{HOST}:{shared.port}"

    def close(self) -> None:
        """Let go of the server; the last process to do so stops it."""
        with self._exclusive():
            if (shared := self._shared()) is None:
                return
            shared.users.discard(os.getpid())
            self._file.write_bytes(msgspec.json.encode(shared))
            if not shared.users:
                self._stop(shared)

    def remove(self) -> None:
        """Stop the server, whoever uses it, and remove its directory."""
        if not self._directory.exists():
            return
        with self._exclusive():
            if (shared := self._shared()) is not None:
                self._stop(shared)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _started(self) -> _Shared:
        server = started(
            lambda port: _Detached(
                port=port, log=self._directory / "log", settings=_SETTINGS, is_detached=True
            )
        )
        port = int(server.address.rpartition(":")[2])
        return _Shared(port=port, pid=server.detach(), users=set())

    def _shared(self) -> _Shared | None:
        if not self._file.exists():
            return None
        return msgspec.json.decode(self._file.read_bytes(), type=_Shared)

    def _stop(self, shared: _Shared) -> None:
        # The pid may be another process's by now only if the server has died, which fails tests.
        with contextlib.suppress(ProcessLookupError):
            os.kill(shared.pid, signal.SIGTERM)
        self._file.unlink()

    @contextlib.contextmanager
    def _exclusive(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class _Detached(DevServer):
    """A server that outlives who has started it."""

    def detach(self) -> int:
        """Forget it, and return its process id."""
        process, self._process = self._process, None
        assert process is not None, "not started"
        # It is not waited for, and that is no mistake to be warned of.
        process.returncode = 0
        return process.pid


class OwnTemporal(DevServer):
    """A server on a file that a test may stop, start again in place, and pause."""

    def __init__(
        self, folder: Path, *, port: int | None = None, settings: tuple[str, ...] = ()
    ) -> None:
        super().__init__(
            port=free_port() if port is None else port,
            database=folder / "temporal.db",
            log=folder / "temporal.log",
            settings=settings,
        )

    def pause(self) -> None:
        """Let it take connections and answer nothing."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGCONT)


def started(make: Callable[[int], T]) -> T:
    """Start what `make` makes for a port, elsewhere where somebody else was quicker to take it."""
    for _ in range(_START_ATTEMPTS - 1):
        server = make(free_port())
        with contextlib.suppress(Unavailable):
            server.start()
            return server
    server = make(free_port())
    server.start()
    return server


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
    return port


def shared_temporal_directory(run_id: str) -> Path:
    """Return the directory of the server that all processes of the test run `run_id` share."""
    return Path(tempfile.gettempdir()) / f"tenantry-temporal-{run_id[:12]}"

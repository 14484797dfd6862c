"""A stream, and both who store it: our server's collector, and the atproto package's client.

The peer is what its documentation shows, a callback, and stores through the same functions and in
the same batches as ours: what differs is how events come in and are read.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from bench.servers import OurServer, collecting_server

USERS: Final = 5_000
_START_SECONDS: Final = 300.0
_PAUSE_SECONDS: Final = 0.05
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Stored(msgspec.Struct, frozen=True):
    """How many events were stored, how long that took, and how much of a processor."""

    count: int
    seconds: float
    processor_seconds: float


class Collected:
    """What a server has collected, and its switch."""

    def __init__(self, server: OurServer) -> None:
        self._server = server

    def begin(self) -> None:
        """Have the stream collected."""
        self._ask("POST", "start")

    def end(self) -> None:
        """Have it collected no more."""
        self._ask("POST", "stop")

    def wait_for_more(self) -> None:
        """Wait until some of the stream has come since."""
        before, deadline = self.count(), time.monotonic() + _START_SECONDS
        while self.count() == before:
            assert time.monotonic() < deadline, "nothing was collected"
            time.sleep(_PAUSE_SECONDS)

    def count(self) -> int:
        """Return how many events are stored."""
        return int(self._ask("GET", "stats")["events"])

    def _ask(self, method: str, what: str) -> dict[str, Any]:
        answer = httpx.request(
            method,
            f"{self._server.url}/api/collector/{what}",
            headers={"Authorization": f"Bearer {self._server.token}"},
            timeout=30,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()["data"]
        return found


@contextmanager
def fake_stream(count: int, *, rate: int | None = None) -> Iterator[str]:
    """Serve `count` events in a process of its own, and yield the endpoint of the second wire."""
    mood = {} if rate is None else {"rate": rate}
    command = [
        *(sys.executable, "-m", "tenantry.testing.jetstream"),
        *("--count", str(count), "--users", str(USERS), "--mood", json.dumps(mood)),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield str(json.loads(process.stdout.readline())["v2"])
        finally:
            process.terminate()


def by_us(url: str, folder: str, count: int) -> Stored:
    """Have a server collect, and return what its collector's process has taken for it."""
    with fake_stream(count) as endpoint, collecting_server(Path(folder), endpoint, url) as server:
        collected = Collected(server)
        began_at = _first(collected)
        pid = _collector_of(server.pid)
        while collected.count() < count:
            time.sleep(_PAUSE_SECONDS)
        return Stored(count, time.monotonic() - began_at, _processor_seconds(pid))


def by_atproto(url: str, _folder: str, count: int) -> Stored:
    """Have the peer collect in a process of its own, and return what that has taken."""
    with fake_stream(count) as endpoint:
        command = [sys.executable, "-m", "bench.start_atproto", endpoint, url, str(count)]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return msgspec.json.decode(ran.stdout.splitlines()[-1], type=Stored)


def _first(collected: Collected) -> float:
    """Wait until the first events are stored, less what they may have taken; return when."""
    deadline = time.monotonic() + _START_SECONDS
    while collected.count() == 0:
        assert time.monotonic() < deadline, "nothing was collected"
        time.sleep(_PAUSE_SECONDS / 10)
    # The first batch was under way for about a quarter of a second.
    return time.monotonic() - 0.25


def _collector_of(pid: int) -> int:
    """Return the child of a server that collects."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and b"spawn_main" in command:
            return int(path.parent.name)
    raise LookupError(f"process {pid} has no child that collects")


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS

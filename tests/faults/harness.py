"""The kill harness: processes that a test forks, listens to and kills.

`tests/faults/__init__.py` says how to write a workload for it.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import msgspec

from tests.faults.life import ERROR, Birth, Crash, Workload
from tests.support.repository import ROOT

__all__ = ["Crash", "Process", "Reports", "Zygote"]

_DEADLINE_SECONDS = 30.0


class Reports:
    """What a life has reported, in order."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[list[Any]]] = {}

    def add(self, line: bytes) -> None:
        """Take in one line; fails the test where it is a traceback."""
        kind, *values = msgspec.json.decode(line)
        assert kind != ERROR, f"the workload failed:\n{values[0]}"
        self._by_kind.setdefault(kind, []).append(values)

    def of(self, kind: str) -> list[list[Any]]:
        """The values of every report of `kind`."""
        return self._by_kind.get(kind, [])


class Process:
    """One life, seen from the test."""

    def __init__(self, *, zygote: "Zygote", pid: int, pipe: int) -> None:
        self.pid = pid
        self.reports = Reports()
        self._zygote = zygote
        self._pipe: int | None = pipe
        self._line = b""

    def read_until(self, kind: str, *, count: int = 1) -> Reports:
        """Wait until `count` reports of `kind` have come, or the process has died."""
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while len(self.reports.of(kind)) < count and self._pipe is not None:
            left = deadline - time.monotonic()
            assert left > 0, f"{len(self.reports.of(kind))} of {count} {kind} in time"
            self._read(left)
        return self.reports

    def read_for(self, seconds: float) -> Reports:
        """Take in what is reported within `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self._pipe is not None:
            self._read(left)
        return self.reports

    def kill(self) -> Reports:
        """Kill it as `kill -9` does, and return all it reported, to the last line."""
        # Nobody but the zygote reaps it, so the number is still its own.
        os.kill(self.pid, signal.SIGKILL)
        self.wait()
        return self.reports

    def wait(self) -> int:
        """Wait for its end; returns the exit code, or the negative number of its signal."""
        self.read_for(_DEADLINE_SECONDS)
        is_late = self._pipe is not None
        if is_late:
            os.kill(self.pid, signal.SIGKILL)
        status = self._zygote.reap(self.pid)
        assert not is_late, f"the process did not end within {_DEADLINE_SECONDS} s"
        return status

    def _read(self, seconds: float) -> None:
        assert self._pipe is not None
        if not select.select([self._pipe], [], [], seconds)[0]:
            return
        data = os.read(self._pipe, 1 << 16)
        if not data:
            os.close(self._pipe)
            self._pipe = None
            return
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self.reports.add(line)


class Zygote:
    """A process that has imported everything once, and forks a child for each life."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        self._control.settimeout(_DEADLINE_SECONDS)
        self._processes: list[Process] = []
        with theirs:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.zygote", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
            )

    def fork(
        self, workload: Workload, *, url: str, crash: Crash | None = None, **arguments: object
    ) -> Process:
        """Start `workload` on the database `url` in a process of its own."""
        birth = Birth(
            module=workload.__module__,
            function=workload.__name__,
            url=url,
            arguments=arguments,
            crash=crash,
        )
        read_end, write_end = os.pipe()
        try:
            socket.send_fds(self._control, [msgspec.json.encode(birth)], [write_end])
        finally:
            os.close(write_end)
        pid = int(self._control.recv(64))
        process = Process(zygote=self, pid=pid, pipe=read_end)
        self._processes.append(process)
        return process

    def reap(self, pid: int) -> int:
        """Wait for the child `pid`, which has ended; returns its exit code."""
        self._control.send(str(pid).encode())
        self._processes = [process for process in self._processes if process.pid != pid]
        return int(self._control.recv(64))

    def kill_all(self) -> None:
        """Kill what a failed test has left behind."""
        for process in list(self._processes):
            with contextlib.suppress(AssertionError, ProcessLookupError):
                process.kill()

    def close(self) -> None:
        """End the zygote, which takes its children with it."""
        self._control.close()
        self._zygote.wait(_DEADLINE_SECONDS)

"""The command line as tests run it, and a real server for it to talk to."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tenantry.cli import run
from tenantry.terminal import ServerRecord
from tests.support.server import ServerProcess


class CommandLine:
    """Runs command lines in the directory `cwd`; `code`, `out` and `err` are those of the last."""

    def __init__(self, cwd: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.cwd = cwd
        self.environ: dict[str, str] = {}
        self.code = 0
        self.out = ""
        self.err = ""
        self._capture = capture

    def __call__(self, *arguments: str) -> int:
        self._capture.readouterr()
        self.code = run(arguments, environ=self.environ, cwd=self.cwd)
        self.out, self.err = self._capture.readouterr()
        return self.code

    def json(self, *arguments: str) -> Any:
        """Run with `-o json`, and return the one document that was printed."""
        self(*arguments, "-o", "json")
        return json.loads(self.out)

    def log_end(self) -> int:
        """Return the last position of the log, which a first start of a server writes to."""
        end: int = self.json("log", "head")["position"]
        return end

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file to the directory, and return its name."""
        encoded = content.encode() if isinstance(content, str) else content
        (self.cwd / name).write_bytes(encoded)
        return name


@contextmanager
def running_server(cwd: Path) -> Iterator[ServerRecord]:
    """Serve the data directory in `cwd` from a process of its own; stop it at the end."""
    with ServerProcess(cwd) as server:
        server.wait_until_ready()
        yield server.record
        assert server.stop() == 0, server.said()


def environment() -> dict[str, str]:
    """Return this process's environment without what would change the program's settings."""
    # What is tested is what the tests import.
    kept = ("PATH", "HOME", "PYTHONPATH")
    return {name: os.environ[name] for name in kept if name in os.environ}

"""`tenantry dev temporal`, as a developer starts it."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tenantry.execution.temporal import TemporalConnection
from tests.support.temporal import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def started(*options: str) -> "Iterator[subprocess.Popen[str]]":
    """Yield the command, running; it is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tenantry", "dev", "temporal", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            # Its server ends with it, unless it is killed.
            process.terminate()


def port_below_pages() -> int:
    """Return a free port that leaves room for that of the pages."""
    while (port := free_port()) > 60_000:
        pass
    return port


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_it_serves_until_it_is_ended(temporal: str, tmp_path: Path, how: int) -> None:
    assert temporal
    port, file = port_below_pages(), tmp_path / "temporal.db"
    with started("--port", str(port), "--db", str(file), "-o", "json") as process:
        assert process.stdout is not None
        told = msgspec.json.decode("".join(iter(process.stdout.readline, "}\n")) + "}")
        await TemporalConnection(address=told["address"]).ping()

        os.kill(process.pid, how)

        assert process.wait(20) == 0
    assert told == {
        "address": f"127.0.0.1:{port}",
        "pages": f"http://127.0.0.1:{port + 1000}",
        "database": str(file),
    }
    assert file.exists()


def test_a_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with started("--port", str(port)) as process:
            _, told = process.communicate(timeout=20)

    assert process.returncode == 1
    assert told == f"error: something listens on 127.0.0.1:{port} already\n"

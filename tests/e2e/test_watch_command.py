"""`tenantry config watch`, beside a server that comes and goes, and without one."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.command_line import environment
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until


class WatchCommand:
    """One run of the command, and what it has printed so far."""

    def __init__(self, cwd: Path, process: "subprocess.Popen[bytes]") -> None:
        self._cwd = cwd
        self.process = process

    @property
    def out(self) -> list[str]:
        return (self._cwd / "watch.out").read_text().splitlines()

    @property
    def err(self) -> str:
        return (self._cwd / "watch.err").read_text()

    @property
    def events(self) -> list[Any]:
        return [json.loads(line) for line in self.out]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


@contextmanager
def watch_command(cwd: Path, *arguments: str, **environ: str) -> Iterator[WatchCommand]:
    with (cwd / "watch.out").open("w") as out, (cwd / "watch.err").open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "tenantry", "config", "watch", *arguments],
            cwd=cwd,
            env={**environment(), "DATA_DIR": str(cwd / "data"), **environ},
            stdout=out,
            stderr=err,
        )
    try:
        yield WatchCommand(cwd, process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _put(server: ServerProcess, name: str, value: object, **headers: str) -> str:
    """Store a setting, and return the position of that."""
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    with server.client() as http:
        answer = http.put(f"/config/{name}", json={"value": value}, headers=sent)
        assert answer.status_code == 200
        return answer.headers["X-Position"]


def test_changes_are_printed_as_lines_until_ctrl_c(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        _put(server, "app:a", "before")
        with watch_command(tmp_path, "--prefix", "app:", "--snapshot") as watch:
            wait_until(lambda: len(watch.out) == 1)
            _put(server, "other", 1)
            _put(server, "app:b", {"x": 1})
            _put(server, "app:c", "below", x_tenant_id="global")
            with server.client() as http:
                http.delete("/config/app:a")
            wait_until(lambda: len(watch.out) == 4)
            assert watch.interrupt() == 0

    shown = [line.split("  ", 1)[1] for line in watch.out]
    assert shown == [
        "set     app:a = before",
        'set     app:b = {"x":1}',
        "set     global/app:c = below",
        "delete  app:a",
    ]
    assert "Traceback" not in watch.err


def test_it_goes_on_by_itself_when_the_server_starts_again(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        with watch_command(tmp_path, "-o", "json") as watch:
            wait_until(lambda: watch.out)
            _put(server, "a", 1)
            wait_until(lambda: len(watch.out) == 2)
            assert server.stop() == 0
            wait_until(lambda: "interrupted, trying again" in watch.err)

            # Another port, another token, and a change before it is back.
            with ServerProcess(tmp_path) as again:
                again.wait_until_ready()
                _put(again, "a", 2)
                wait_until(lambda: len(watch.out) >= 3, timeout=20)
                _put(again, "a", 3)
                wait_until(lambda: len(watch.out) >= 4)
                assert watch.interrupt() == 0

    assert [event["event"] for event in watch.events] == ["start", "set", "set", "set"]
    assert [event["value"] for event in watch.events[1:]] == [1, 2, 3]


def test_without_a_server_it_shows_what_was_and_says_that_it_is_alone(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        first = _put(server, "a", 1)
        _put(server, "a", 2)
        server.stop()

    with watch_command(tmp_path, "--from", first, "-o", "json") as watch:
        wait_until(lambda: watch.out, timeout=20)
        assert watch.interrupt() == 0
    assert [event["value"] for event in watch.events] == [2]
    assert "no server runs here" in watch.err


def test_what_is_wrong_at_the_beginning_is_told(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        server.wait_until_ready()
        with watch_command(tmp_path, "--from", "7") as watch:
            assert watch.process.wait(20) == 1
            assert "where the log ends" in watch.err
    for arguments in (["--from", "1", "--snapshot"], ["-o", "yaml"], ["--from", "x"]):
        with watch_command(tmp_path, *arguments) as watch:
            assert watch.process.wait(20) == 64
    unreachable = {"TENANTRY_SERVER": "http://127.0.0.1:9"}
    with watch_command(tmp_path, **unreachable) as watch:
        assert watch.process.wait(20) == 1

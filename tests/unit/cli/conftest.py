"""What tests of the command line ask for."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.scripted import ScriptedServer, answering

TOKEN = "t0ken"


@pytest.fixture
def tenantry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line in an empty directory, where no server runs."""
    return CommandLine(tmp_path, capsys)


@pytest.fixture
def serve(tenantry: CommandLine) -> Iterator[Callable[[dict[str, Any]], ScriptedServer]]:
    """Let the command line talk to a server that gives these answers, by `METHOD TARGET`."""
    with ExitStack() as servers:

        def start(answers: dict[str, Any]) -> ScriptedServer:
            server = servers.enter_context(ScriptedServer(answering(answers)))
            tenantry.environ.update(TENANTRY_SERVER=server.address, TENANTRY_TOKEN=TOKEN)
            return server

        yield start


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Let this be what stands on standard input, which is no terminal."""

    def type_in(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    type_in(b"")
    return type_in


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, type_in: object) -> Callable[..., None]:
    """Let somebody sit at a terminal, and type these answers to questions for secrets."""
    assert type_in is not None

    def answer(*answers: str, line: str = "") -> None:
        typed = iter(answers)
        stdin = io.TextIOWrapper(io.BytesIO(line.encode()))
        monkeypatch.setattr(stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stdin", stdin)
        monkeypatch.setattr(
            "tenantry.terminal.prompt.getpass", lambda *_args, **_named: next(typed)
        )

    return answer

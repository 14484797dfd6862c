"""What tests of the whole program ask for."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.access_lines import TypeIn
from tests.support.command_line import CommandLine, running_server


@pytest.fixture
def alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line where no server runs."""
    return CommandLine(tmp_path, capsys)


@pytest.fixture
def served(alone: CommandLine) -> Iterator[CommandLine]:
    """The command line beside a server that is found by its data directory."""
    with running_server(alone.cwd):
        yield alone


@pytest.fixture(params=["alone", "served"])
def tenantry(request: pytest.FixtureRequest) -> CommandLine:
    """The command line, with and without a server."""
    line: CommandLine = request.getfixturevalue(request.param)
    return line


@pytest.fixture(scope="module")
def served_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory that one server serves for several tests, since a start takes a second."""
    directory = tmp_path_factory.mktemp("served")
    with running_server(directory):
        yield directory


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> TypeIn:
    """Let this be what stands on standard input, which is no terminal."""

    def type_in(content: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))

    return type_in

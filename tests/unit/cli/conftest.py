"""What tests of the command line ask for."""

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


@pytest.fixture
def tenantry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line in an empty directory, where no server runs."""
    return CommandLine(tmp_path, capsys)

"""The command line starts at once: what a command does not need is not imported."""

import subprocess
import sys

import pytest

SLOW = ["litestar", "uvicorn", "apsw", "psycopg", "httpx", "aiohttp"]

SHOW_IMPORTED = """
import sys
from tenantry.cli import run
code = run(sys.argv[1:])
slow = {name.partition(".")[0] for name in sys.modules}
print(code, *sorted(slow & set(%r)), file=sys.stderr)
"""


def outcome_of(*arguments: str) -> str:
    """Return the exit code of a command line, and what of the slow it has imported."""
    finished = subprocess.run(
        [sys.executable, "-c", SHOW_IMPORTED % SLOW, *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return finished.stderr.splitlines()[-1]


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["version"]], ids=" ".join)
def test_the_root_imports_no_feature(arguments: list[str]) -> None:
    assert outcome_of(*arguments) == "0"


@pytest.mark.parametrize(
    "arguments",
    [
        ["clients", "--help"],
        ["clients", "apply", "--help"],
        ["config", "--help"],
        ["config", "import", "--help"],
        ["config", "worker", "--help"],
        ["log", "--help"],
        ["keys", "--help"],
        ["sync", "run", "--help"],
        ["updater", "explain", "--help"],
        ["users", "create", "--help"],
        ["restore", "--help"],
        ["settings", "check", "-o", "json"],
    ],
    ids=" ".join,
)
def test_help_and_local_commands_import_neither_server_nor_database(arguments: list[str]) -> None:
    assert outcome_of(*arguments) == "0"


def test_the_command_is_also_a_module() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "tenantry", "version"], check=True, capture_output=True, text=True
    )

    assert finished.stdout.strip().count(".") == 2
    assert finished.stderr == ""

"""`updater example`: programs on the Python interface, run as a team's own would be."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from tenantry.terminal import ExitCode, Terminal, command, stop_with

_PROGRAMS: Final = {
    "basic": "tenantry.database_updater.examples.basic",
    "dry-run": "tenantry.database_updater.examples.dry_run",
    "custom": "tenantry.database_updater.examples.custom",
}
"""By name alone: what they are written on stands above this feature, as a team's programs do."""


def add_example(updater: typer.Typer) -> None:
    """Add the command."""
    command(updater, "example", shows=("data",))(_example)


def _example(
    terminal: Terminal,
    name: Annotated[
        Literal["basic", "dry-run", "custom"],
        typer.Argument(help="basic, dry-run, or custom.", show_default=False),
    ],
    *,
    source: Annotated[
        bool, typer.Option("--source", help="Print the program, and do not run it.")
    ] = False,
) -> None:
    """Run an example of the Python interface, in a folder of its own that is deleted behind it.

    With --data it works on that folder, and leaves there what it has made.
    """
    program = _PROGRAMS[name]
    if source:
        terminal.output.raw(_source_of(program))
        return
    if terminal.options.data is not None:
        code = _run(terminal, program, terminal.path(terminal.options.data))
    else:
        with tempfile.TemporaryDirectory(prefix="tenantry-example-") as folder:
            code = _run(terminal, program, Path(folder))
    if code:
        raise stop_with(ExitCode.ERROR)


def _run(terminal: Terminal, program: str, data_dir: Path) -> int:
    environ = {**terminal.environ, "DATA_DIR": str(data_dir)}
    # Its rows belong into that folder, and to no server elsewhere.
    environ.pop("DATABASE_URL", None)
    arguments = [sys.executable, "-m", program]
    if not terminal.output.wants_document:
        return subprocess.run(arguments, env=environ, check=False).returncode  # noqa: S603 - this interpreter, and a program of ours
    finished = subprocess.run(  # noqa: S603 - see above
        arguments, env=environ, check=False, stdout=subprocess.PIPE, text=True
    )
    told = {"success": finished.returncode == 0, "output": finished.stdout.splitlines()}
    terminal.output.document(told)
    return finished.returncode


def _source_of(program: str) -> bytes:
    from importlib.util import find_spec

    spec = find_spec(program)
    assert spec is not None, program  # noqa: S101 - it is shipped with this module
    assert spec.origin is not None, program  # noqa: S101 - see above
    return Path(spec.origin).read_bytes()

"""`backup` and `restore`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from tenantry.base.errors import Conflict
from tenantry.operations.commands.alone import on_database
from tenantry.terminal import ExitCode, Progress, Terminal, command, show, stop_with


def add_backup(app: typer.Typer) -> None:
    """Add both commands."""
    command(app, "backup")(_backup)
    command(app, "restore")(_restore)


def _backup(
    terminal: Terminal,
    file: Annotated[
        Path, typer.Argument(help="Where to; a file that is there is replaced.", show_default=False)
    ],
) -> None:
    """Write everything to a file, with or without a running server."""
    path = terminal.path(file)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with (
            terminal.http() as http,
            http.stream("GET", "/api/backup", headers={"Accept": "*/*"}) as answer,
            Progress(label="bytes") as progress,
        ):
            size = _write(partial, answer.chunks, tell=lambda done: progress.update(done, None))
            position = int(answer.headers.get("x-position", "0"))
        # Only a backup that is whole gets the name of one.
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)

    if terminal.output.wants_document:
        terminal.output.document({"file": str(file), "bytes": size, "position": position})
        return
    terminal.output.line(f"{file} holds everything up to position {position}, {size} bytes")


def _restore(
    terminal: Terminal,
    file: Annotated[Path, typer.Argument(help="A backup.", show_default=False)],
) -> None:
    """Put a backup into an empty database and verify it; no server may run."""
    from tenantry.base import SystemClock
    from tenantry.operations.service import restore

    if not terminal.path(file).is_file():
        raise typer.BadParameter(f"there is no file {file}")
    with (
        terminal.http_if_served() as http,
        Progress(label="events") as progress,
    ):
        if http is not None:
            raise Conflict(
                f"a server runs at {http.address}: stop it, or name another --data and --database",
                code="data_dir_in_use",
            )
        report = on_database(
            terminal.settings(),
            lambda database: restore(
                database,
                terminal.path(file),
                clock=SystemClock(),
                progress=lambda stage, done, total: progress.update(done, total, label=stage),
            ),
        )

    show(terminal, report)
    if report["problem"] is not None:
        position = report["fault_position"]
        terminal.output.error(f"position {position}: {report['problem']}", code="log_damaged")
        raise stop_with(ExitCode.ERROR)


def _write(path: Path, chunks: Any, *, tell: Callable[[int], None]) -> int:
    """Write `chunks` to a file that only its owner may read, down to the disk."""
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        # Also where a file of that name was left behind.
        os.fchmod(descriptor, 0o600)
        for chunk in chunks:
            size += stream.write(chunk)
            tell(size)
        stream.flush()
        os.fsync(stream.fileno())
    return size

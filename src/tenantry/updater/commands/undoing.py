"""`updater undo`: what a run has done, taken back."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

from tenantry.terminal import Column, Terminal, command
from tenantry.updater.commands.address import RUN_HELP, path_of, run_id_of
from tenantry.updater.model import KeptRow, UndoView

_EVERY_RUN = "all"


def add_undoing(updater: typer.Typer) -> None:
    """Add the command."""
    command(updater, "undo", shows=("tenant",))(_undo)


def _undo(
    terminal: Terminal,
    run: Annotated[
        str | None,
        typer.Argument(help=RUN_HELP, show_default=False),
    ] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Every run of the tenant.")] = False,
) -> None:
    """Take back what a run has done, but for what a person has changed since.

    What is kept is named, with the reason; ticket and customer numbers are not given again.
    """
    if (run is None) == (not all_):
        raise typer.BadParameter("name one run, or give --all")
    with terminal.http() as http:
        wanted = _EVERY_RUN if run is None else run_id_of(http, run)
        answer = http.send("POST", path_of("undo", wanted))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return

    found = answer.data(UndoView)
    count = len(found.run_ids)
    runs = "1 run is undone" if count == 1 else f"{count:,} runs are undone"
    terminal.output.line(
        f"{runs}: {found.removed:,} rows removed ({found.removed_with:,} of them with their "
        f"parents), {found.restored:,} restored, {len(found.kept):,} kept"
    )
    if found.kept:
        columns = [Column("KEPT IN"), Column("ROW"), Column("SINCE", is_wide=True)]
        terminal.output.table(columns, map(_row, found.kept))


def _row(kept: KeptRow) -> Sequence[str]:
    return (kept.table, kept.id, kept.reason)

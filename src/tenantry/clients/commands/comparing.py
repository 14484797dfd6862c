"""`clients diff`: how two revisions differ."""

from typing import Annotated

import msgspec
import typer

from tenantry.clients.commands.address import Full, Key, path_of
from tenantry.clients.commands.answers import has_nothing
from tenantry.clients.commands.plan_lines import lines_of_plan
from tenantry.clients.model import PlannedClient
from tenantry.terminal import Terminal, command


def add_diff(clients: typer.Typer) -> None:
    """Add `clients diff`."""
    command(clients, "diff", shows=("tenant",))(_diff)


def _diff(
    terminal: Terminal,
    key: Key,
    *,
    start: Annotated[
        int | None,
        typer.Option(
            "--from",
            help="Revision to begin with; else the one before the other.",
            min=0,
            metavar="N",
            show_default=False,
        ),
    ] = None,
    end: Annotated[
        int | None,
        typer.Option(
            "--to",
            help="Revision to end with; else the last.",
            min=0,
            metavar="N",
            show_default=False,
        ),
    ] = None,
    full: Full = False,
) -> None:
    """Print what has changed in a client from one revision to another."""
    params = {
        name: str(number) for name, number in (("from", start), ("to", end)) if number is not None
    }
    with terminal.http() as http:
        answer = http.send("GET", path_of(key, "diff"), params=params)
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return

    plan = answer.data(PlannedClient)
    if has_nothing(plan):
        terminal.output.line("nothing is different")
        return
    terminal.output.lines(lines_of_plan(plan, is_full=full), is_cut=not full)

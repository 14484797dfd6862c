"""`updater explain | preview`: what an expression means, and what is due next."""

from typing import Annotated, Any

import msgspec
import typer

from tenantry.terminal import Piece, Terminal, command
from tenantry.updater.commands.address import path_of
from tenantry.updater.commands.showing import show_explained
from tenantry.updater.model import Explained

_DEFAULT_COUNT = 10

Count = Annotated[int, typer.Option(help="So many next runs.", min=0, max=1_000, metavar="N")]


class _Preview(msgspec.Struct):
    schedules: dict[str, Explained]


def add_explaining(updater: typer.Typer) -> None:
    """Add the commands that change nothing and look ahead."""
    command(updater, "explain", shows=("tenant",))(_explain)
    command(updater, "preview", shows=("tenant",))(_preview)


def _explain(
    terminal: Terminal,
    expression: Annotated[
        str,
        typer.Argument(
            metavar="EXPR",
            help="A cron expression of five or six fields, seconds first; or @daily and its like.",
            show_default=False,
        ),
    ],
    *,
    timezone: Annotated[
        str | None,
        typer.Option(help="Time zone it is read in.", metavar="ZONE", show_default=False),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            help="Runs behind this instant, in ISO 8601; else from now.",
            metavar="INSTANT",
            show_default=False,
        ),
    ] = None,
    count: Count = _DEFAULT_COUNT,
    intent: Annotated[
        str | None,
        typer.Option(
            help="What is meant, as `every 2 hours`: a warning says where it does not fit.",
            metavar="WORDS",
            show_default=False,
        ),
    ] = None,
    updater: Annotated[
        str | None,
        typer.Option(
            help="The updater whose rows are estimated.", metavar="NAME", show_default=False
        ),
    ] = None,
) -> None:
    """Say what a cron expression means: in words, its next runs, runs and rows, and traps."""
    question: dict[str, Any] = {"expression": expression, "count": count}
    asked = {"timezone": timezone, "after": after, "intent": intent, "updater": updater}
    question |= {name: value for name, value in asked.items() if value is not None}
    with terminal.http() as http:
        answer = http.send("POST", path_of("explain"), body=msgspec.json.encode(question))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    show_explained(terminal, answer.data(Explained), runs=count)


def _preview(terminal: Terminal, *, count: Count = _DEFAULT_COUNT) -> None:
    """Print what the enabled schedules will do next, and what they mean."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("preview"), params={"count": str(max(count, 1))})
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    schedules = answer.data(_Preview).schedules
    for key, explained in schedules.items():
        terminal.output.lines([(Piece(key, "bold"),)])
        show_explained(terminal, explained, runs=count)
    if not schedules:
        terminal.output.line("no schedule is enabled")

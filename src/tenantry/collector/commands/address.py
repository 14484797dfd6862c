"""Where the collector is found on a server, and how its answers are shown."""

from typing import Annotated, Final

import typer

from tenantry.terminal import Terminal, segment

COLLECTOR: Final = "/api/collector"

Limit = Annotated[int, typer.Option(help="At most so many.", min=1, metavar="N")]


def path_of(*rest: str) -> str:
    """Return the path of the collector, and of what belongs to it."""
    return "/".join([COLLECTOR, *map(segment, rest)])


def tell_rest(terminal: Terminal, cursor: str | None) -> None:
    """Say beside the output that a list was cut off."""
    if cursor is not None:
        terminal.output.message("there is more: --limit shows more of it")

"""`flags list`."""

from typing import Any

import msgspec
import typer

from tenantry.terminal import Column, Terminal, command

_FLAGS = "/flags.json"


class _Flag(msgspec.Struct, rename="camel"):
    state: str
    variants: dict[str, Any]
    default_variant: str | None = None
    targeting: dict[str, Any] = {}


class _File(msgspec.Struct):
    flags: dict[str, _Flag]


def add_list(flags: typer.Typer) -> None:
    """Add the command."""
    command(flags, "list")(_list)


def _list(terminal: Terminal) -> None:
    """Print the flags that the tenant sees, by key.

    With --output json it is the file that flagd reads.
    """
    with terminal.http() as http:
        answer = http.send("GET", _FLAGS)

    if terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(answer.body))
        return
    terminal.output.table(
        [
            Column("KEY"),
            Column("STATE"),
            Column("VARIANTS", is_wide=True),
            Column("DEFAULT"),
            Column("RULE"),
        ],
        [
            (
                key,
                flag.state,
                ", ".join(flag.variants),
                flag.default_variant or "-",
                "yes" if flag.targeting else "no",
            )
            for key, flag in answer.decode(_File).flags.items()
        ],
    )

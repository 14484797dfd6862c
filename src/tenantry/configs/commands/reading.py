"""`config list | history`, and what commands that read are asked."""

from typing import Annotated

import msgspec
import typer

from tenantry.configs.commands.address import CONFIGS, Item, about, path_of, shown_value
from tenantry.terminal import Column, Terminal, command

Name = Annotated[str, typer.Argument(help="Name of the setting.", show_default=False)]
At = Annotated[
    str | None,
    typer.Option(
        help="As it was at a timestamp with an offset, or at a position of the log.",
        metavar="TIME",
        show_default=False,
    ),
]
Prefix = Annotated[
    str, typer.Option(help="Only names that start with this.", metavar="TEXT", show_default=False)
]
Own = Annotated[
    bool, typer.Option("--own", help="Only the tenant's own, not what it inherits from global.")
]


class _EventData(msgspec.Struct):
    value: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    deleted_value: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @property
    def shown(self) -> str:
        """The value that was stored or deleted, for people; a shredding has none."""
        value = self.deleted_value if self.value is msgspec.UNSET else self.value
        return "" if value is msgspec.UNSET else shown_value(bytes(value))


class _Metadata(msgspec.Struct):
    actor: str = ""


class _Record(msgspec.Struct):
    event_type: str
    data: _EventData
    metadata: _Metadata
    created_at: str
    stream_version: int
    position: int


def add_reading(config: typer.Typer) -> None:
    """Add the commands that read more than one value."""
    command(config, "list")(_list)
    command(config, "history")(_history)


def _list(terminal: Terminal, *, prefix: Prefix = "", at: At = None, own: Own = False) -> None:
    """Print all settings, in the order of their names."""
    with terminal.http() as http:
        answer = http.send("GET", CONFIGS, params=query_of(prefix=prefix, at=at, own=own))

    items = answer.decode(list[Item])
    if terminal.output.wants_document:
        terminal.output.document(items)
        return
    terminal.output.table(
        [Column("NAME"), Column("VALUE", is_wide=True)],
        [(item.name, shown_value(item.json)) for item in items],
    )


def _history(terminal: Terminal, name: Name) -> None:
    """Print all that ever happened to a setting, oldest first."""
    with terminal.http() as http, about(name):
        if terminal.output.form == "json":
            # As it comes: a history may be longer than what fits in memory.
            with http.stream("GET", path_of(name, "history")) as answer:
                terminal.output.chunks(answer.chunks)
            terminal.output.line("")
            return
        whole = http.send("GET", path_of(name, "history"))

    if terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(whole.body))
        return
    terminal.output.table(
        [
            Column("VERSION", is_number=True),
            Column("EVENT"),
            Column("VALUE", is_wide=True),
            Column("AT"),
            Column("BY"),
            Column("POSITION", is_number=True),
        ],
        map(_history_row, whole.decode(list[_Record])),
    )


def query_of(*, prefix: str = "", at: str | None = None, own: bool = False) -> dict[str, str]:
    """Return the query that asks for this."""
    given = {"prefix": prefix, "at": at, "layer": "own" if own else None}
    return {key: value for key, value in given.items() if value}


def _history_row(record: _Record) -> tuple[str, ...]:
    return (
        str(record.stream_version),
        record.event_type,
        record.data.shown,
        record.created_at,
        record.metadata.actor,
        str(record.position),
    )

"""`config change`, and how what was changed together is shown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tenantry.base.errors import Invalid
from tenantry.configs.commands.address import CONFIGS
from tenantry.configs.commands.source import Form, read_tree
from tenantry.configs.commands.writing import IdempotencyKey, conditions
from tenantry.terminal import Column, Output, Terminal, command

_KEY = "changes"


class Changed(msgspec.Struct):
    """A setting that was changed; `op` is set or delete."""

    op: str
    name: str
    version: int

    @property
    def row(self) -> tuple[str, str, str]:
        """Its line of the table."""
        return self.op, self.name, str(self.version)


class _Report(msgspec.Struct):
    changes: list[Changed]


def add_change(config: typer.Typer) -> None:
    """Add `config change`."""
    command(config, "change")(_change)


def _change(
    terminal: Terminal,
    file: Annotated[
        Path,
        typer.Argument(
            help="A JSON or YAML mapping with a list of changes; - is standard input.",
            show_default=False,
        ),
    ],
    *,
    form: Form = None,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Set and delete several settings at once: all of them, or none.

    The file has one key, changes: a list of {op: set, name, value} and {op: delete, name}. With
    expected_version a change is done only if that is the present version (0: there is none); with
    secret: true a value is sealed.
    """
    document = read_tree(terminal, file, form)
    if document.keys() != {_KEY}:
        raise Invalid(
            field=str(file),
            got=", ".join(document) or "nothing",
            wants=f"one key, {_KEY}, with a list of changes",
        )

    headers = conditions(None, idempotency_key)
    body = msgspec.json.encode({_KEY: msgspec.Raw(document[_KEY])})
    with terminal.http() as http:
        answer = http.send("POST", CONFIGS, body=body, headers=headers)

    if terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(answer.body))
        return
    show_changed(terminal.output, [changed.row for changed in answer.decode(_Report).changes])


def show_changed(output: Output, rows: Sequence[tuple[str, str, str]]) -> None:
    """Print a table of what was changed."""
    columns = [Column("CHANGE"), Column("NAME", is_wide=True), Column("VERSION", is_number=True)]
    output.table(columns, rows)

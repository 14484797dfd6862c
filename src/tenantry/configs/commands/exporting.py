"""`config export`."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from tenantry.configs.commands.address import CONFIGS, Item
from tenantry.configs.commands.reading import At, Own, Prefix, query_of
from tenantry.terminal import Terminal, TreeFormat, command


def add_export(config: typer.Typer) -> None:
    """Add `config export`."""
    command(config, "export")(_export)


def _export(
    terminal: Terminal,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Where to; - or nothing is standard output.",
            show_default=False,
        ),
    ] = None,
    *,
    form: Annotated[
        TreeFormat | None,
        typer.Option(
            "--format",
            help="In place of what the suffix says; JSON where nothing does.",
            metavar="json|yaml",
            show_default=False,
        ),
    ] = None,
    prefix: Prefix = "",
    at: At = None,
    own: Own = False,
) -> None:
    """Write all settings to a JSON or YAML file.

    They stand in the order of their names, and `config import` reads them back as they are. A
    secret is written as "[secret]", and has to be set anew elsewhere.
    """
    from tenantry.terminal.tree import format_of, render_tree

    with terminal.http() as http:
        answer = http.send("GET", CONFIGS, params=query_of(prefix=prefix, at=at, own=own))
    items = answer.decode(list[Item])

    entries = ((item.name, item.json) for item in items)
    if file is None or str(file) == "-":
        asked = terminal.output.form
        chosen = form or ("yaml" if asked == "yaml" else "json")
        terminal.output.chunks(render_tree(entries, form=chosen))
        return

    _write_whole(terminal.path(file), render_tree(entries, form=form or format_of(file) or "json"))
    if terminal.output.wants_document:
        terminal.output.document({"file": str(file), "count": len(items)})
        return
    terminal.output.line(f"{len(items)} settings are in {file}")


def _write_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that is there with all of its content, or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as stream:
            stream.writelines(chunks)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)

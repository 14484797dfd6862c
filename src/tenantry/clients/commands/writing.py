"""Clients written as files, in the one canonical form."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tenantry.clients.commands.source import shown_path
from tenantry.clients.model import ExportedClient
from tenantry.terminal import Terminal, TreeFormat

Form = Annotated[
    TreeFormat, typer.Option("--form", help="What files are written in.", metavar="json|yaml")
]


def written(
    terminal: Terminal, config: Mapping[str, Any], folder: Path, form: TreeFormat
) -> list[str]:
    """Write a client to files in a folder, and return their paths."""
    from tenantry.clients.remote import write_client

    files = write_client(config, terminal.path(folder), form)
    return [shown_path(terminal, str(file)) for file in files]


def write_configs(
    terminal: Terminal, clients: Sequence[ExportedClient], folder: Path, form: TreeFormat
) -> None:
    """Write clients to files in a folder, and tell which."""
    files = {each.key: written(terminal, each.config, folder, form) for each in clients}
    if terminal.output.wants_document:
        told = [{"key": key, "files": names} for key, names in files.items()]
        terminal.output.document({"clients": told})
        return
    for key, names in files.items():
        terminal.output.line(f"{key} is in {', '.join(names)}")


def print_configs(terminal: Terminal, clients: Sequence[ExportedClient], form: TreeFormat) -> None:
    """Print clients as the text of files; several in YAML are as many documents."""
    from tenantry.clients.remote import render_client

    if terminal.output.wants_document:
        terminal.output.document({"clients": clients})
        return
    if form == "json" and len(clients) != 1:
        # JSON has no several documents in a file; a list of clients is read as well.
        content = msgspec.json.encode([each.config for each in clients])
        terminal.output.chunks([msgspec.json.format(content, indent=2) + b"\n"])
        return
    pages = [render_client(each.config, form) for each in clients]
    terminal.output.chunks([b"---\n".join(pages)])

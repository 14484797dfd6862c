"""Clients written to files, in the one canonical form."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tenantry.clients.commands.source import shown_path
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

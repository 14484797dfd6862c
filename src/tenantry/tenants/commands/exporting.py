"""`tenants export`."""

import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tenantry.tenants.commands.address import path_of
from tenantry.terminal import Terminal, command


def add_export(tenants: typer.Typer) -> None:
    """Add the command."""
    command(tenants, "export")(_export)


def _export(
    terminal: Terminal,
    tenant_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the tenant.", show_default=False)
    ],
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            help="Where to, in the place of standard output; JSON in any case.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write all that is known of a tenant: its users, keys and settings, without secrets.

    A file may be read by its owner only: it holds names and e-mail addresses of people.
    """
    with terminal.http() as http:
        data = http.send("GET", path_of(tenant_id, "export")).data(msgspec.Raw)
    if file is None:
        terminal.output.document(data)
        return

    content = msgspec.json.format(data, indent=2) + b"\n"
    _write_whole(terminal.path(file), content)
    if terminal.output.wants_document:
        terminal.output.document({"file": str(file), "bytes": len(content)})
        return
    terminal.output.line(f"all of {tenant_id} is in {file}")


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, and that is there whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)

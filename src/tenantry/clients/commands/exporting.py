"""`clients export`: clients as files, which plan to nothing."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tenantry.clients.commands.address import CLIENTS, encoded
from tenantry.clients.commands.writing import Form, print_configs, write_configs
from tenantry.clients.model import ExportedClient
from tenantry.terminal import Terminal, command

_STDOUT = "-"


class _Exported(msgspec.Struct):
    clients: list[ExportedClient]


def add_export(clients: typer.Typer) -> None:
    """Add `clients export`."""
    command(clients, "export", shows=("tenant",))(_export)


def _export(
    terminal: Terminal,
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY",
            help="Keys of the clients; without one all of the tenant.",
            show_default=False,
        ),
    ] = None,
    *,
    out: Annotated[
        Path,
        typer.Option(help="Folder to write to; - is standard output.", metavar="DIR|-"),
    ] = Path(_STDOUT),
    form: Form = "yaml",
) -> None:
    """Write clients as files that plan to nothing.

    Secrets are what seals them here, never what they are: such a file can be applied where it comes
    from, and nowhere else until they are filled in.
    """
    body = {"keys": keys} if keys else {}
    with terminal.http() as http:
        answer = http.send("POST", f"{CLIENTS}/export", body=encoded(body))
    if str(out) == _STDOUT:
        print_configs(terminal, answer.data(_Exported).clients, form)
        return

    write_configs(terminal, answer.data(_Exported).clients, out, form)

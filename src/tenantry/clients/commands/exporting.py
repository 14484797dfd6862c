"""`clients export`: clients as files, which plan to nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tenantry.clients.commands.address import CLIENTS, encoded
from tenantry.clients.commands.writing import Form, written
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
        _print(terminal, answer.data(_Exported).clients, form)
        return

    files = {
        each.key: written(terminal, each.config, out, form)
        for each in answer.data(_Exported).clients
    }
    if terminal.output.wants_document:
        told = [{"key": key, "files": names} for key, names in files.items()]
        terminal.output.document({"clients": told})
        return
    for key, names in files.items():
        terminal.output.line(f"{key} is in {', '.join(names)}")


def _print(terminal: Terminal, clients: Sequence[ExportedClient], form: str) -> None:
    from tenantry.terminal.yaml_tree import render_yaml

    if terminal.output.wants_document:
        terminal.output.document({"clients": clients})
        return
    configs: list[dict[str, Any]] = [each.config for each in clients]
    if form == "json":
        content = configs[0] if len(configs) == 1 else configs
        text = msgspec.json.format(msgspec.json.encode(content), indent=2)
        terminal.output.chunks([text + b"\n"])
        return
    pages = [render_yaml(msgspec.json.encode(config)) for config in configs]
    terminal.output.chunks([b"---\n".join(pages)])

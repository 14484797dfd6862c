"""`dev …`: what a developer's machine needs beside the server."""

import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from tenantry.base.errors import Unavailable
from tenantry.terminal import Terminal, command, group

_PORT = 7233
_LARGEST_PORT = 65_535 - 1000


def add_dev(app: typer.Typer) -> None:
    """Add the group."""
    dev = group("dev", help="Start what a developer's machine needs beside the server.")
    command(dev, "temporal")(_temporal)
    app.add_typer(dev)


def _temporal(
    terminal: Terminal,
    *,
    port: Annotated[
        int,
        typer.Option(
            help="Port of the server; its pages are on the port 1000 above.",
            metavar="PORT",
            min=1,
            max=_LARGEST_PORT,
        ),
    ] = _PORT,
    db: Annotated[
        Path | None,
        typer.Option(
            help="File to keep everything in; without one it is gone in the end.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    namespace: Annotated[
        list[str] | None,
        typer.Option(
            help="Namespace to make beside `default`; may be repeated.",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    search_attribute: Annotated[
        list[str] | None,
        typer.Option(
            help="Search attribute to know beside CorrelationId; may be repeated.",
            metavar="NAME=TYPE",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start a Temporal server for development on this machine, until Ctrl-C stops it."""
    from tenantry.execution.dev_server import SEARCH_ATTRIBUTE, DevServer

    server = DevServer(
        port=port,
        database=db,
        namespaces=namespace or (),
        search_attributes=[SEARCH_ATTRIBUTE, *(search_attribute or ())],
        has_ui=True,
    )
    # Whoever ends this ends the server too; a shell has either ignored by what it starts behind it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with server:
            _tell(terminal, server, db)
            code = server.wait()
    except KeyboardInterrupt:
        return
    raise Unavailable(f"the Temporal server has ended by itself, with {code}")


def _tell(terminal: Terminal, server: Any, db: Path | None) -> None:
    place = {"address": server.address, "pages": server.ui_address, "database": db and str(db)}
    if terminal.output.wants_document:
        terminal.output.document(place)
        return
    kept = f"kept in {db}" if db else "in memory"
    terminal.output.line(f"Temporal is ready at {server.address}, {kept}")
    terminal.output.line(f"its pages are at {server.ui_address}; Ctrl-C stops it")

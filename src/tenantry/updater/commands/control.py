"""`updater start | stop`: whether a tenant's updaters run by their schedules."""

from typing import Annotated, Any

import msgspec
import typer

from tenantry.terminal import Terminal, command, show
from tenantry.updater.commands.address import path_of, tell_nobody_runs_them
from tenantry.updater.commands.standing import show_status
from tenantry.updater.model import StatusView


def add_control(updater: typer.Typer) -> None:
    """Add the commands."""
    command(updater, "start", shows=("tenant",))(_start)
    command(updater, "stop", shows=("tenant",))(_stop)


def _start(
    terminal: Terminal,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Have them run, and write no row of it.")
    ] = False,
    log_level: Annotated[
        str | None,
        typer.Option(
            help="What is told of their runs: debug, info, warn or error.",
            metavar="LEVEL",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Have a tenant's updaters run by their schedules, and show these and what they mean."""
    order: dict[str, Any] = {"dryRun": dry_run}
    if log_level is not None:
        order["logLevel"] = log_level
    with terminal.http() as http:
        http.send("POST", path_of("start"), body=msgspec.json.encode(order))
        answer = http.send("GET", path_of("status"))

    if http.is_in_process:
        tell_nobody_runs_them(terminal)
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    show_status(terminal, answer.data(StatusView))


def _stop(terminal: Terminal) -> None:
    """Have a tenant's updaters run no more; a run that is under way comes to its end."""
    with terminal.http() as http:
        answer = http.send("POST", path_of("stop"))
    if terminal.output.wants_document:
        show(terminal, answer.data(dict[str, Any]))
        return
    terminal.output.line(answer.data(dict[str, str])["message"])

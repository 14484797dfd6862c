"""`keys …`: the master key, and another in its place."""

import base64
from typing import Any

import msgspec
import typer

from tenantry.operations.commands.alone import on_database
from tenantry.terminal import Terminal, command, group, show


def add_keys(app: typer.Typer) -> None:
    """Add the group."""
    keys = group("keys", help="Say what the master key protects, and replace it.")
    command(keys, "status")(_status)
    command(keys, "rotate-master")(_rotate_master)
    app.add_typer(keys)


def _status(terminal: Terminal) -> None:
    """Print how many data keys there are, and under which master key; nothing secret."""
    from tenantry.base import SystemClock
    from tenantry.operations.service import key_status, master_key_source

    with terminal.http_if_served() as http:
        if http is not None:
            status = http.send("GET", "/api/keys/status").data(dict[str, Any])
        else:
            # Not by an application in this process: the wrong master key would keep it from
            # starting, and that is when one asks.
            settings = terminal.settings()
            status = on_database(
                settings,
                lambda database: key_status(
                    database, master_key_source(settings), clock=SystemClock()
                ),
            )
    show(terminal, status)


def _rotate_master(terminal: Terminal) -> None:
    """Put a new master key in the place of the present one, and wrap all data keys under it.

    Where `MASTER_KEY` is set, the new one comes from `NEW_MASTER_KEY`.
    """
    new = terminal.settings().new_master_key
    text = None if new is None else base64.b64encode(new.reveal()).decode("ascii")
    with terminal.http() as http:
        answer = http.send(
            "POST",
            "/api/keys/rotate-master",
            body=msgspec.json.encode({"new_master_key": text}),
        )
    report = answer.data(dict[str, Any])

    show(terminal, report)
    if report["next_step"] is not None:
        terminal.output.message(report["next_step"])

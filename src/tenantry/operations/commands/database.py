"""`db …`: where the database stands, and its migrations."""

from collections.abc import Coroutine
from typing import Any

import typer

from tenantry.base.errors import Conflict
from tenantry.operations.commands.alone import on_database
from tenantry.terminal import ExitCode, Terminal, command, group, show, stop_with


def add_database(app: typer.Typer) -> None:
    """Add the group."""
    database = group("db", help="Say where the database stands, and migrate it.")
    command(database, "status")(_status)
    command(database, "migrate")(_migrate)
    app.add_typer(database)


def _status(terminal: Terminal) -> None:
    """Print where the database stands; exit with 2 where migrations are pending."""
    from tenantry.operations.service import database_status

    with terminal.http_if_served() as http:
        if http is not None:
            status = http.send("GET", "/api/db/status").data(dict[str, Any])
        else:
            status = on_database(terminal.settings(), database_status)
    show(terminal, status)
    if status["migrations_pending"]:
        raise stop_with(ExitCode.CHANGES_PENDING)


def _migrate(terminal: Terminal) -> None:
    """Apply pending migrations; a running server has done so when it started."""
    from tenantry.base import SystemClock
    from tenantry.operations.service import migrate_database

    def migrate(database: Any) -> Coroutine[Any, Any, Any]:
        return migrate_database(database, clock=SystemClock())

    with terminal.http_if_served() as http:
        if http is not None:
            status = http.send("GET", "/api/db/status").data(dict[str, Any])
        else:
            status = on_database(terminal.settings(), migrate)
    show(terminal, status)
    if status["migrations_pending"]:
        raise Conflict("the running server is older than the migrations: stop it first")

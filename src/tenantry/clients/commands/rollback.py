"""`clients rollback`: a revision again."""

from typing import Annotated

import msgspec
import typer

from tenantry.clients.commands.address import (
    AllowPublic,
    Force,
    Full,
    Key,
    Reason,
    encoded,
    given,
    path_of,
)
from tenantry.clients.commands.answers import document_of, has_nothing
from tenantry.clients.commands.applying import tell_results
from tenantry.clients.commands.planning import show_plans, stop_for_plan
from tenantry.clients.commands.refusals import told_by_client
from tenantry.clients.model import PlannedClient
from tenantry.terminal import ExitCode, Terminal, command, stop_with


def add_rollback(clients: typer.Typer) -> None:
    """Add `clients rollback`."""
    command(clients, "rollback", shows=("tenant",))(_rollback)


def _rollback(
    terminal: Terminal,
    key: Key,
    *,
    to: Annotated[
        int,
        typer.Option(help="Revision to go back to.", min=1, metavar="N", show_default=False),
    ],
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only say what would change; exit with 2 where anything would."
        ),
    ] = False,
    full: Full = False,
    force: Force = False,
    allow_public: AllowPublic = False,
    reason: Reason = None,
) -> None:
    """Make a client what it was at a revision, as a new revision.

    What is rolled back is held back too: the next start of a server does not apply the same file
    again.
    """
    body = given(to=to, dry_run=dry_run, force=force, allow_public=allow_public, reason=reason)
    with told_by_client(terminal), terminal.http() as http:
        answer = http.send("POST", path_of(key, "rollback"), body=encoded(body))
    if not dry_run:
        if tell_results(terminal, [answer.data(msgspec.Raw)]):
            raise stop_with(ExitCode.ERROR)
        return

    plan = answer.data(PlannedClient)
    if terminal.output.wants_document:
        terminal.output.document({"clients": [document_of(answer.data(msgspec.Raw))]})
    else:
        show_plans(terminal, [plan], is_full=full)
    stop_for_plan(has_errors=bool(plan.errors), is_empty=has_nothing(plan))

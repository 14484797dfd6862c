"""`sync unlock | cleanup`: what an operator does by hand."""

from typing import Any

import msgspec
import typer

from tenantry.sync.commands.address import SYNC, of_tenant, path_of
from tenantry.sync.model import Cleanup
from tenantry.terminal import Terminal, command, show


def add_upkeep(sync: typer.Typer) -> None:
    """Add the commands."""
    command(sync, "unlock", shows=("tenant",))(_unlock)
    command(sync, "cleanup")(_cleanup)


def _unlock(terminal: Terminal) -> None:
    """Take a tenant's lease from the run that has it, which writes nothing more."""
    with of_tenant(terminal) as (http, tenant_id):
        answer = http.send("DELETE", path_of(tenant_id, "lock"))
    show(terminal, answer.data(dict[str, Any]))


def _cleanup(terminal: Terminal) -> None:
    """Go on with the runs of all tenants that nobody carries out any more."""
    with terminal.http() as http:
        answer = http.send("POST", f"{SYNC}/cleanup")
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    taken_up = answer.data(Cleanup).taken_up
    terminal.output.line(f"taken up: {', '.join(taken_up)}" if taken_up else "nothing to do")

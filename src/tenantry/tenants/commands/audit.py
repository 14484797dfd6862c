"""`audit`: who did what, from the one log."""

from typing import Annotated

import msgspec
import typer

from tenantry.tenants.commands.address import given, of_tenant
from tenantry.terminal import Column, Terminal, command, read_all, show_list

_PATH = "/api/audit"


class _Entry(msgspec.Struct):
    at: str
    tenant_id: str
    actor: str
    action: str
    subject: str
    source: str | None = None


def add_audit(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "audit", shows=("tenant",))(_audit)


def _audit(
    terminal: Terminal,
    *,
    actor: Annotated[
        str | None,
        typer.Option(
            help="Only what they did, like user:ID or key:ID.",
            metavar="ACTOR",
            show_default=False,
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Only from then on: a timestamp with an offset.",
            metavar="TIME",
            show_default=False,
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", help="Only up to then.", metavar="TIME", show_default=False),
    ] = None,
    action: Annotated[
        str | None,
        typer.Option(
            help="Only actions that start with this, like tenants.key_.",
            metavar="TEXT",
            show_default=False,
        ),
    ] = None,
    all_tenants: Annotated[
        bool,
        typer.Option("--all-tenants", help="In every tenant that one may audit: for root, all."),
    ] = False,
    newest_first: Annotated[
        bool, typer.Option("--newest-first", help="The newest first, rather than the oldest.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            help="At most so many, the first of them; else all.",
            min=1,
            metavar="N",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print who did what in a tenant, oldest first."""
    if all_tenants and terminal.options.tenant is not None:
        raise typer.BadParameter("--all-tenants and --tenant exclude each other")

    newest = "true" if newest_first else None
    filters = given(actor=actor, to=end, action=action, newest_first=newest, **{"from": start})
    if all_tenants:
        with terminal.http() as http:
            page = read_all(http, _PATH, limit=limit, **filters)
    else:
        with of_tenant(terminal, root=False) as (http, tenant_id):
            page = read_all(http, _PATH, limit=limit, tenant=tenant_id, **filters)

    columns = [Column("AT"), Column("ACTOR"), Column("ACTION"), Column("SUBJECT", is_wide=True)]
    columns.append(Column("TENANT" if all_tenants else "SOURCE"))
    show_list(
        terminal,
        page,
        _Entry,
        columns,
        lambda entry: (
            entry.at,
            entry.actor,
            entry.action,
            entry.subject,
            entry.tenant_id if all_tenants else entry.source or "",
        ),
    )
    if page.next_cursor is not None:
        goes_on = "--to" if newest_first else "--from"
        terminal.output.message(f"there is more: {goes_on} with the last time shown goes on")

"""`tenants …`: the tenants of a server, and what becomes of one."""

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from tenantry.tenants.commands.address import TENANTS, encoded, given, path_of
from tenantry.tenants.commands.asking import Yes, confirm
from tenantry.tenants.commands.exporting import add_export
from tenantry.tenants.commands.showing import show_answer, tell
from tenantry.terminal import Column, Terminal, command, group, read_all, show_list

if TYPE_CHECKING:
    from tenantry.terminal.http import Answer

_Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the tenant.", show_default=False)]


class _Tenant(msgspec.Struct):
    id: str
    name: str
    status: str
    created_at: str
    origins: list[str]
    # A server of before has none.
    sandbox: bool = False


def add_tenants(app: typer.Typer) -> None:
    """Add the group."""
    tenants = group("tenants", help="Create, look at, suspend, export and erase tenants.")
    command(tenants, "create")(_create)
    command(tenants, "list")(_list)
    command(tenants, "show")(_show)
    command(tenants, "rename")(_rename)
    command(tenants, "origins")(_origins)
    command(tenants, "mark")(_mark)
    command(tenants, "suspend")(_suspend)
    command(tenants, "activate")(_activate)
    command(tenants, "erase")(_erase)
    add_export(tenants)
    app.add_typer(tenants)


def _create(
    terminal: Terminal,
    tenant_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="A slug like acme, or a UUID; without one the server makes a UUID.",
            show_default=False,
        ),
    ] = None,
    *,
    name: Annotated[
        str, typer.Option(help="What people call it.", metavar="NAME", show_default=False)
    ],
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="Where its front ends come from; may be given several times.",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Made-up data may be written into it.")
    ] = False,
) -> None:
    """Create a tenant."""
    body = encoded(given(id=tenant_id, name=name, origins=origin or None, sandbox=sandbox or None))
    with terminal.http() as http:
        answer = http.send("POST", TENANTS, body=body)
    tell(terminal, answer, _Tenant, lambda tenant: f"{tenant.id} is created")


def _list(
    terminal: Terminal,
    *,
    status: Annotated[
        Literal["active", "suspended"] | None,
        typer.Option(
            help="Only those that are this.", metavar="active|suspended", show_default=False
        ),
    ] = None,
) -> None:
    """Print the tenants that one may see."""
    with terminal.http() as http:
        page = read_all(http, TENANTS, **given(status=status))

    columns = [
        Column("ID"),
        Column("NAME", is_wide=True),
        Column("STATUS"),
        Column("SANDBOX"),
        Column("CREATED"),
    ]
    show_list(
        terminal,
        page,
        _Tenant,
        columns,
        lambda tenant: (
            tenant.id,
            tenant.name,
            tenant.status,
            "yes" if tenant.sandbox else "no",
            tenant.created_at,
        ),
    )


def _show(terminal: Terminal, tenant_id: _Id) -> None:
    """Print a tenant."""
    with terminal.http() as http:
        answer = http.send("GET", path_of(tenant_id))
    show_answer(terminal, answer)


def _rename(
    terminal: Terminal,
    tenant_id: _Id,
    name: Annotated[str, typer.Argument(help="What people call it now.", show_default=False)],
) -> None:
    """Give a tenant another name; its id stays."""
    with terminal.http() as http:
        answer = http.send("PATCH", path_of(tenant_id), body=encoded({"name": name}))
    tell(terminal, answer, _Tenant, lambda tenant: f"{tenant.id} is called {tenant.name}")


def _origins(
    terminal: Terminal,
    tenant_id: _Id,
    urls: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="URL",
            help="All of them from now on, like https://app.acme.example.",
            show_default=False,
        ),
    ] = None,
    *,
    none: Annotated[bool, typer.Option("--none", help="None at all from now on.")] = False,
) -> None:
    """Print from where a tenant's front ends may call, or replace that as a whole."""
    if none and urls:
        raise typer.BadParameter("--none and URL exclude each other")
    with terminal.http() as http:
        if urls or none:
            body = encoded({"origins": urls or []})
            answer = http.send("PATCH", path_of(tenant_id), body=body)
        else:
            answer = http.send("GET", path_of(tenant_id))

    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    for origin in answer.data(_Tenant).origins:
        terminal.output.line(origin)


def _mark(
    terminal: Terminal,
    tenant_id: _Id,
    *,
    sandbox: Annotated[
        bool,
        typer.Option(
            "--sandbox/--no-sandbox",
            help="Whether made-up data may be written into it.",
            show_default=False,
        ),
    ],
) -> None:
    """Say whether a tenant is a sandbox; only root may."""
    with terminal.http() as http:
        answer = http.send("PATCH", path_of(tenant_id), body=encoded({"sandbox": sandbox}))
    tell(
        terminal,
        answer,
        _Tenant,
        lambda tenant: f"{tenant.id} is {'a' if tenant.sandbox else 'no'} sandbox",
    )


def _suspend(
    terminal: Terminal,
    tenant_id: _Id,
    *,
    reason: Annotated[
        str | None,
        typer.Option(help="Why; it stands in the event log.", metavar="TEXT", show_default=False),
    ] = None,
) -> None:
    """Refuse a tenant's keys and sessions from now on; nothing is deleted."""
    with terminal.http() as http:
        path = path_of(tenant_id, "suspend")
        answer = http.send("POST", path, body=encoded(given(reason=reason)))
    _tell_status(terminal, answer)


def _activate(terminal: Terminal, tenant_id: _Id) -> None:
    """Let a tenant that was suspended work again."""
    with terminal.http() as http:
        answer = http.send("POST", path_of(tenant_id, "activate"))
    _tell_status(terminal, answer)


def _erase(terminal: Terminal, tenant_id: _Id, *, yes: Yes = False) -> None:
    """Delete all that a tenant has, for good, and make its secrets unreadable.

    Its id is not given to another; the event log keeps that it was there.
    """
    question = f"Erase {tenant_id}, its users, its keys and its settings, for ever?"
    confirm(terminal, question, yes=yes)

    with terminal.http() as http:
        params = {"confirm": tenant_id}
        answer = http.send("DELETE", path_of(tenant_id), params=params)
    show_answer(terminal, answer)


def _tell_status(terminal: Terminal, answer: "Answer") -> None:
    tell(terminal, answer, _Tenant, lambda tenant: f"{tenant.id} is {tenant.status}")

"""`clients show | list | history`: what a server has."""

from typing import Any

import msgspec
import typer

from tenantry.clients.commands.address import CLIENTS, Key, path_of
from tenantry.clients.commands.answers import Revision, Summary, described
from tenantry.terminal import Column, Terminal, command, read_all, show_list

_SUMMARY = tuple(Summary.__struct_fields__)


class _Shown(Summary, kw_only=True):
    config: dict[str, Any] = {}


def add_looking(clients: typer.Typer) -> None:
    """Add the commands that change nothing."""
    command(clients, "show", shows=("tenant",))(_show)
    command(clients, "list", shows=("tenant",))(_list)
    command(clients, "history", shows=("tenant",))(_history)


def _show(terminal: Terminal, key: Key) -> None:
    """Print a client: what it is, and its pages; all of it with -o json."""
    with terminal.http() as http:
        answer = http.send("GET", path_of(key))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return

    shown = answer.data(_Shown)
    rows = [(name, str(getattr(shown, name))) for name in _SUMMARY]
    terminal.output.table([Column("FIELD"), Column("VALUE", is_wide=True)], rows)
    routes: list[dict[str, Any]] = shown.config.get("routes") or []
    if routes:
        terminal.output.line("")
        columns = [
            Column("PATH"),
            Column("KEY"),
            Column("COMPONENT", is_wide=True),
            Column("ROLES"),
        ]
        terminal.output.table(columns, map(_route_row, routes))


def _list(terminal: Terminal) -> None:
    """Print the clients of a tenant."""
    with terminal.http() as http:
        page = read_all(http, CLIENTS)

    columns = [
        Column("KEY"),
        Column("NAME", is_wide=True),
        Column("REVISION", is_number=True),
        Column("ROUTES", is_number=True),
        Column("MENUS", is_number=True),
        Column("COMPONENTS", is_number=True),
        Column("UPDATED"),
    ]
    show_list(
        terminal,
        page,
        Summary,
        columns,
        lambda client: (
            client.key,
            client.name,
            str(client.revision),
            str(client.routes),
            str(client.menus),
            str(client.components),
            client.updated_at,
        ),
    )


def _history(terminal: Terminal, key: Key) -> None:
    """Print the revisions of a client, newest first: who applied what, from where, and why."""
    with terminal.http() as http:
        page = read_all(http, path_of(key, "revisions"))

    columns = [
        Column("REVISION", is_number=True),
        Column("APPLIED"),
        Column("ACTOR"),
        Column("SOURCE"),
        Column("CHANGES"),
        Column("REASON", is_wide=True),
    ]
    show_list(
        terminal,
        page,
        Revision,
        columns,
        lambda revision: (
            str(revision.revision),
            revision.applied_at,
            revision.actor or "",
            revision.source,
            described(revision.counts) or "none in items",
            _reason_of(revision),
        ),
    )


def _reason_of(revision: Revision) -> str:
    back = f"back to {revision.rolled_back_to}" if revision.rolled_back_to else ""
    return ": ".join(part for part in (back, revision.reason) if part)


def _route_row(route: dict[str, Any]) -> tuple[str, str, str, str]:
    roles = "public" if route.get("public") else ",".join(route.get("roles", ())) or "nobody"
    target = route.get("componentFqn") or f"-> {route.get('redirect', '')}"
    return route.get("path", ""), route.get("key", ""), target, roles

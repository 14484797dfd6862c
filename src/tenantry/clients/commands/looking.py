"""`clients show | list | history`: what a server has."""

from typing import Any

import msgspec
import typer

from tenantry.clients.commands.address import CLIENTS, Key, path_of
from tenantry.clients.commands.answers import described
from tenantry.clients.model import ClientSummary, ClientView, RevisionView
from tenantry.terminal import Column, Terminal, command, read_all, show_list


class _History(msgspec.Struct):
    revisions: list[RevisionView]


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

    client = answer.data(ClientView)
    columns = [Column("FIELD"), Column("VALUE", is_wide=True)]
    terminal.output.table(columns, _fields_of(client))
    routes: list[dict[str, Any]] = client.config.get("routes") or []
    if not routes:
        return
    terminal.output.line("")
    columns = [Column("PATH"), Column("KEY"), Column("COMPONENT", is_wide=True), Column("ROLES")]
    terminal.output.table(columns, map(_route_row, routes))


def _list(terminal: Terminal) -> None:
    """Print the clients of a tenant."""
    with terminal.http() as http:
        page = read_all(http, CLIENTS)

    columns = [
        Column("KEY"),
        Column("NAME", is_wide=True),
        Column("REVISION", is_number=True),
        Column("APPLIED"),
        Column("HELD BACK", is_number=True),
    ]
    show_list(
        terminal,
        page,
        ClientSummary,
        columns,
        lambda client: (
            client.key,
            client.name,
            str(client.revision),
            client.applied_at,
            str(len(client.held_back) or ""),
        ),
    )


def _history(terminal: Terminal, key: Key) -> None:
    """Print the revisions of a client, newest first: who applied what, from where, and why."""
    with terminal.http() as http:
        answer = http.send("GET", path_of(key, "revisions"))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return

    columns = [
        Column("REVISION", is_number=True),
        Column("APPLIED"),
        Column("ACTOR"),
        Column("SOURCE"),
        Column("CHANGES"),
        Column("REASON", is_wide=True),
    ]
    terminal.output.table(columns, map(_revision_row, answer.data(_History).revisions))


def _fields_of(client: ClientView) -> list[tuple[str, str]]:
    counts = {
        kind: len(client.config.get(kind) or ()) for kind in ("routes", "menus", "components")
    }
    held_back = {"held back": ", ".join(client.held_back)} if client.held_back else {}
    fields = {
        "key": client.key,
        "name": client.name,
        "tenant": client.tenant,
        "revision": client.revision,
        "applied": client.applied_at,
        "digest": client.digest,
        **held_back,
        **counts,
    }
    return [(name, str(value)) for name, value in fields.items()]


def _route_row(route: dict[str, Any]) -> tuple[str, str, str, str]:
    roles = "public" if route.get("public") else ",".join(route.get("roles", ())) or "nobody"
    target = route.get("componentFqn") or f"-> {route.get('redirect', '')}"
    return route.get("path", ""), route.get("key", ""), target, roles


def _revision_row(revision: RevisionView) -> tuple[str, ...]:
    back = f"back to {revision.rolled_back_to}" if revision.rolled_back_to else ""
    return (
        str(revision.revision),
        revision.applied_at,
        revision.actor,
        revision.source,
        described(revision.counts) or "no items",
        ": ".join(part for part in (back, revision.reason) if part),
    )

"""`keys create | list | revoke`: what programs show instead of a password."""

import re
from typing import Annotated

import msgspec
import typer

from tenantry.tenants.commands.address import ROOT, Root, encoded, given, of_tenant, path_of
from tenantry.tenants.commands.showing import tell, tell_done
from tenantry.terminal import Column, Terminal, command, group, read_all, show_list

_KEYS = "keys"
_NEVER = "never"
_WHOLE_KEY = re.compile("tnk_(?P<id>[^_]+)_.*", re.DOTALL)


class _Key(msgspec.Struct):
    id: str
    name: str
    role: str
    created_at: str
    expires_at: str | None = None
    last_used_at: str | None = None


class _NewKey(msgspec.Struct):
    key: str


def add_keys(app: typer.Typer) -> None:
    """Add the part of the group that is about API keys."""
    keys = group("keys", help="Create, list and revoke API keys.")
    command(keys, "create", shows=("tenant",))(_create)
    command(keys, "list", shows=("tenant",))(_list)
    command(keys, "revoke", shows=("tenant",))(_revoke)
    app.add_typer(keys)


def _create(
    terminal: Terminal,
    name: Annotated[str, typer.Argument(help="What it is for.", show_default=False)],
    *,
    role: Annotated[
        str | None,
        typer.Option(
            help="viewer, editor, operator or admin; needed without --root.",
            metavar="ROLE",
            show_default=False,
        ),
    ] = None,
    expires_in_days: Annotated[
        int | None,
        typer.Option(
            help="How long it is good for; else for ever.",
            min=1,
            metavar="DAYS",
            show_default=False,
        ),
    ] = None,
    root: Root = False,
) -> None:
    """Create an API key of a tenant, and print it: this once, and never again."""
    if root and role not in (None, ROOT):
        raise typer.BadParameter("--root gives the role root: leave --role out")
    if not root and role is None:
        raise typer.BadParameter("--role is needed: viewer, editor, operator or admin")

    body = encoded(given(name=name, role=ROOT if root else role, expires_in_days=expires_in_days))
    with of_tenant(terminal, root=root) as (http, tenant_id):
        answer = http.send("POST", path_of(tenant_id, _KEYS), body=body)
    tell(terminal, answer, _NewKey, lambda created: created.key)
    terminal.output.message("the key is shown only this once: keep it where your secrets are")


def _list(terminal: Terminal, *, root: Root = False) -> None:
    """Print the API keys of a tenant; none of them can be read any more."""
    with of_tenant(terminal, root=root) as (http, tenant_id):
        page = read_all(http, path_of(tenant_id, _KEYS))

    columns = [
        Column("ID"),
        Column("NAME", is_wide=True),
        Column("ROLE"),
        Column("CREATED"),
        Column("EXPIRES"),
        Column("LAST USED"),
    ]
    show_list(
        terminal,
        page,
        _Key,
        columns,
        lambda key: (
            key.id,
            key.name,
            key.role,
            key.created_at,
            key.expires_at or _NEVER,
            key.last_used_at or _NEVER,
        ),
    )


def _revoke(
    terminal: Terminal,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key.", show_default=False)],
    *,
    root: Root = False,
) -> None:
    """Delete an API key: it is refused from now on."""
    whole = _WHOLE_KEY.fullmatch(key_id)
    if whole is not None:
        # Somebody has a key in hand that is to go. Its secret stays out of paths and messages.
        key_id = whole["id"]
    with of_tenant(terminal, root=root) as (http, tenant_id):
        http.send("DELETE", path_of(tenant_id, _KEYS, key_id))
    tell_done(terminal, f"{key_id} is revoked", id=key_id, revoked=True)

"""Whose sync is meant, where it is found on a server, and the options that commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from tenantry.terminal import Terminal, segment

if TYPE_CHECKING:
    from tenantry.terminal.http import Http

SYNC: Final = "/api/sync"

Limit = Annotated[int, typer.Option(help="At most so many, the first of them.", min=1, metavar="N")]
All = Annotated[bool, typer.Option("--all", help="However many there are.")]

_ME: Final = "/api/auth/me"
_ROOT: Final = "root"


class _Tenant(msgspec.Struct):
    id: str


class _Me(msgspec.Struct):
    id: str
    role: str | None = None
    tenant: _Tenant | None = None


def path_of(tenant_id: str, *rest: str) -> str:
    """Return the path of a tenant's sync, and of what belongs to it."""
    segments = [segment(tenant_id, field="the tenant"), *map(segment, rest)]
    return "/".join([SYNC, "tenants", *segments])


@contextmanager
def of_tenant(terminal: Terminal) -> Iterator[tuple["Http", str]]:
    """Yield the way to the server, and the tenant that is meant.

    That is the one of --tenant, else one's own; root's is the default tenant of the settings here,
    unless the server is one elsewhere.
    """
    with terminal.http() as http:
        yield http, terminal.options.tenant or _own_tenant(terminal, http)


def limit_of(limit: int, *, is_all: bool) -> int | None:
    """Return how many of a list are wanted, None for all of them."""
    return None if is_all else limit


def tell_rest(terminal: Terminal, cursor: str | None) -> None:
    """Say beside the output that a list was cut off."""
    if cursor is not None:
        terminal.output.message("there is more: --limit shows more of it, and --all everything")


def _own_tenant(terminal: Terminal, http: "Http") -> str:
    me = http.send("GET", _ME).data(_Me)
    if me.tenant is not None and me.role != _ROOT:
        return me.tenant.id
    if terminal.server is None:
        return terminal.settings().default_tenant
    raise typer.BadParameter(f"{me.id} belongs to no tenant: name one with --tenant ID")

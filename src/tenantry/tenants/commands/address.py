"""Which tenant is meant, and where what belongs to it is found."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from tenantry.base.errors import Invalid
from tenantry.terminal import Terminal, segment

if TYPE_CHECKING:
    from tenantry.terminal.http import Http

TENANTS = "/api/tenants"
ME = "/api/auth/me"
EVERY_TENANT = "*"
ROOT = "root"

Root = Annotated[
    bool, typer.Option("--root", help="In the place of a tenant: whoever is root, in every tenant.")
]


class _Tenant(msgspec.Struct):
    id: str


class _Me(msgspec.Struct):
    id: str
    role: str | None = None
    tenant: _Tenant | None = None


def path_of(tenant_id: str, *rest: str) -> str:
    """Return the path of a tenant, and of what belongs to it."""
    return "/".join([TENANTS, segment(tenant_id, field="the tenant"), *map(segment, rest)])


@contextmanager
def of_tenant(terminal: Terminal, *, root: bool) -> Iterator[tuple["Http", str]]:
    """Yield the way to the server, and the tenant that is meant: --tenant, or one's own."""
    named = terminal.options.tenant
    if root and named is not None:
        raise typer.BadParameter("--root and --tenant exclude each other")
    with terminal.http() as http:
        yield http, EVERY_TENANT if root else named or _own_tenant(http)


def given(**fields: Any) -> dict[str, Any]:
    """Return those fields that were given."""
    return {name: value for name, value in fields.items() if value is not None}


def encoded(fields: Mapping[str, Any]) -> bytes:
    """Return a body; raises `Invalid`, without quoting it, where something in it is no text."""
    try:
        return msgspec.json.encode(fields)
    except UnicodeEncodeError:
        raise Invalid(field="an argument", got="bytes that are not UTF-8", wants="UTF-8") from None


def _own_tenant(http: "Http") -> str:
    me = http.send("GET", ME).data(_Me)
    if me.tenant is None or me.role == ROOT:
        raise typer.BadParameter(f"{me.id} belongs to no tenant: name one with --tenant ID")
    return me.tenant.id

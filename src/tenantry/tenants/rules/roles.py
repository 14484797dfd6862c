"""Which role may do what; the one table of it."""

from collections.abc import Mapping
from typing import Final

from tenantry.base import Principal
from tenantry.base.principal import ALL
from tenantry.tenants.errors import BeyondOwnRole
from tenantry.tenants.model import Role

_VIEWER: Final = frozenset(
    {
        "clients:read",
        "collector:read",
        "configs:read",
        "flags:evaluate",
        "sync:read",
        "tenants:read",
        "updater:read",
    }
)
_EDITOR: Final = _VIEWER | {"clients:write", "configs:write", "sync:run"}
_OPERATOR: Final = _VIEWER | {"collector:run", "sync:run"}
_ADMIN: Final = (
    _EDITOR
    | _OPERATOR
    | {
        "audit:read",
        "clients:publish",
        "configs:reveal",
        "flags:write",
        "keys:read",
        "keys:write",
        "sync:configure",
        "sync:rows",
        "tenants:export",
        "tenants:write",
        "updater:configure",
        "updater:rows",
        "updater:run",
        "users:read",
        "users:write",
    }
)

PERMISSIONS: Final[Mapping[Role, frozenset[str]]] = {
    "viewer": _VIEWER,
    "editor": _EDITOR,
    "operator": _OPERATOR,
    "admin": _ADMIN,
    "root": frozenset({ALL}),
}
"""What each role permits: in its own tenant, `root` everywhere."""

ROOT_PERMISSIONS: Final = frozenset(
    {
        "configs:operate",
        "operations:backup",
        "operations:drill",
        "operations:keys",
        "operations:operate",
        "operations:read",
        "operations:verify",
        "sync:operate",
        "tenants:manage",
    }
)
"""What concerns every tenant, and so no role of one permits."""


def permissions_of(role: Role | None) -> frozenset[str]:
    """Return what a role permits; nobody without one may do anything."""
    return frozenset() if role is None else PERMISSIONS[role]


def check_grant(principal: Principal, tenant_id: str, role: Role | None) -> None:
    """Raise `BeyondOwnRole` where `principal` may not make somebody `role` in the tenant.

    `root` is the only role for every tenant together, and is none of any single one.
    """
    if role is None:
        return
    if (role == "root") != (tenant_id == ALL):
        where = "every tenant (*)" if tenant_id == ALL else f"tenant {tenant_id}"
        raise BeyondOwnRole(
            f"role: got {role}, which is no role of {where}",
            details={"role": role, "tenant": tenant_id},
        )
    wanted = PERMISSIONS[role]
    if not all(principal.may(tenant_id, permission) for permission in wanted):
        raise BeyondOwnRole(
            f"role: got {role}, which may do more than {principal.id}",
            details={"role": role, "tenant": tenant_id},
        )

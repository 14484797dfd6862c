"""Who acts: the one argument every use case asks first."""

import msgspec

from tenantry.base.errors import Denied

ALL = "*"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A user, key or service that acts.

    `tenant_id` is the tenant it belongs to, or `*` for one that acts on every tenant;
    `permissions` are `feature:verb` names, or `*` for all of them; `source` says where it came
    in (an address, `cli`, `startup`). `grant` is what it shows to prove itself: `key:ID` or
    `session:ID`; None for the local token, in development and inside the process.
    """

    id: str
    tenant_id: str
    permissions: frozenset[str]
    source: str
    grant: str | None = None

    def may(self, tenant_id: str, permission: str) -> bool:
        """Whether this principal has `permission` on `tenant_id`."""
        return self.tenant_id in (ALL, tenant_id) and (
            ALL in self.permissions or permission in self.permissions
        )

    def authorise(self, tenant_id: str, permission: str) -> None:
        """Raise `Denied` unless this principal has `permission` on `tenant_id`."""
        if not self.may(tenant_id, permission):
            raise Denied(
                f"{self.id} lacks {permission} on tenant {tenant_id}",
                details={"permission": permission, "tenant": tenant_id},
            )


def root_principal(*, source: str) -> Principal:
    """Return the principal that may do everything on every tenant."""
    return Principal(id="root", tenant_id=ALL, permissions=frozenset({ALL}), source=source)

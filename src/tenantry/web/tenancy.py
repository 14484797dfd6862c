"""Which tenant a request acts on."""

import re
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from tenantry.base import Principal
from tenantry.base.errors import Denied, Invalid
from tenantry.base.principal import ALL

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
TENANT_ID_PATTERN = (
    f"^({_SLUG.pattern}|[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})$"
)
"""What an id looks like to those who write one."""

_LONGEST_REMEMBERED = 64


class Tenancy:
    """Says which tenant a request acts on, and that it may be acted on.

    `check` is called with every tenant that a request would act on, and raises for one that nobody
    may act on any more; it must be cheap. `default_tenant` is that of whoever may act on every
    tenant and names none.
    """

    def __init__(
        self, *, default_tenant: str, check: Callable[[str], None] = lambda _: None
    ) -> None:
        self._default_tenant = default_tenant
        self._check = check

    def resolve(self, named: bytes | None, principal: Principal) -> str:
        """Return the tenant that `X-Tenant-ID` names, else the principal's own or the default one.

        Raises `Invalid` for what can be no tenant's id, `Denied` where the principal belongs to
        another tenant, and what `check` raises.
        """
        tenant_id = self._resolved(named, principal)
        self._check(tenant_id)
        return tenant_id

    def _resolved(self, named: bytes | None, principal: Principal) -> str:
        own = principal.tenant_id
        if named is None:
            return self._default_tenant if own == ALL else own

        if len(named) > _LONGEST_REMEMBERED:
            raise _no_tenant_id(named)
        tenant_id = _parse_tenant_id(named)
        if own not in (ALL, tenant_id):
            raise Denied(
                f"{principal.id} does not belong to tenant {tenant_id}",
                details={"tenant": tenant_id},
            )
        return tenant_id


@lru_cache(maxsize=4096)
def _parse_tenant_id(named: bytes) -> str:
    text = named.decode("latin-1")
    if _SLUG.fullmatch(text):
        return text
    try:
        return str(UUID(text))
    except ValueError:
        raise _no_tenant_id(named) from None


def _no_tenant_id(named: bytes) -> Invalid:
    return Invalid(
        field="X-Tenant-ID",
        got=named.decode("latin-1")[:64],
        wants="a UUID, or 1 to 63 lower-case letters, digits and hyphens",
    )

"""`Export`: all that is kept of a tenant, in one document."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from tenantry.base import Principal
from tenantry.telemetry import get_logger, span
from tenantry.tenants.model import Page
from tenantry.tenants.service.keys import ApiKeys
from tenantry.tenants.service.paging import MAX_LIMIT
from tenantry.tenants.service.tenants import Tenants
from tenantry.tenants.service.users import Users

T = TypeVar("T")

EXPORT: Final = "tenants:export"

_LOGGER: Final = get_logger("tenantry.tenants")

ExportPart = Callable[[Principal, str], Awaitable[Any]]
"""What a feature adds to a tenant's export, by its own rules."""


class Export:
    """Exports tenants; `parts` is what each other feature adds, by name."""

    def __init__(
        self,
        *,
        tenants: Tenants,
        users: Users,
        keys: ApiKeys,
        parts: Mapping[str, ExportPart],
    ) -> None:
        self._tenants = tenants
        self._users = users
        self._keys = keys
        self._parts = parts

    async def export(self, principal: Principal, tenant_id: str) -> dict[str, Any]:
        """Return the tenant, its members and keys and what features keep of it; no secret.

        Raises `Denied`, `UnknownTenant` and `TenantErased`.
        """
        principal.authorise(tenant_id, EXPORT)
        with span("tenantry.tenants.export", tenant=tenant_id):
            document: dict[str, Any] = {"tenant": self._tenants.get(principal, tenant_id)}
            document["members"] = [
                member
                async for member in _all(
                    lambda cursor: self._users.list(
                        principal, tenant_id, limit=MAX_LIMIT, cursor=cursor
                    )
                )
            ]
            document["keys"] = [
                key
                async for key in _all(
                    lambda cursor: self._keys.list(
                        principal, tenant_id, limit=MAX_LIMIT, cursor=cursor
                    )
                )
            ]
            for name, part in self._parts.items():
                document[name] = await part(principal, tenant_id)
        _LOGGER.info("Tenant exported", tenant=tenant_id, actor=principal.id)
        return document


async def _all(page: Callable[[str | None], Awaitable[Page[T]]]) -> AsyncIterator[T]:
    cursor: str | None = None
    while True:
        found = await page(cursor)
        for item in found.items:
            yield item
        cursor = found.next_cursor
        if cursor is None:
            return

"""The routes of tenants."""

from typing import Any

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.tenants.api.questions import (
    AnyRequest,
    Confirm,
    Cursor,
    Limit,
    Status,
    read_limit,
    read_status,
)
from tenantry.tenants.api.sign_in import TAG
from tenantry.tenants.model import Erasure, NewTenant, Page, TenantChange, TenantView
from tenantry.tenants.service import Export, Tenants
from tenantry.web import ActingPrincipal, Envelope, body_as, enveloped


class Suspension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a tenant is suspended."""

    reason: str | None = None


def tenant_handlers(
    tenants: Tenants, export: Export, *, clock: Clock
) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @get("/api/tenants", tags=[TAG], sync_to_thread=False)
    def list_tenants(
        principal: ActingPrincipal,
        *,
        status: Status = None,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[Page[TenantView]]:
        """List the tenants by id: all of them for root, the own one for anybody else."""
        page = tenants.list(
            principal, status=read_status(status), limit=read_limit(limit), cursor=cursor
        )
        return enveloped(page, clock=clock)

    @post("/api/tenants", tags=[TAG], status_code=201)
    async def create_tenant(
        request: AnyRequest, principal: ActingPrincipal
    ) -> Envelope[TenantView]:
        """Make a tenant."""
        new = body_as(await request.body(), NewTenant)
        return enveloped(await tenants.create(principal, new), clock=clock)

    @get("/api/tenants/{tenant:str}", tags=[TAG], sync_to_thread=False)
    def get_tenant(principal: ActingPrincipal, tenant: FromPath[str]) -> Envelope[TenantView]:
        """Return a tenant."""
        return enveloped(tenants.get(principal, tenant.lower()), clock=clock)

    @patch("/api/tenants/{tenant:str}", tags=[TAG])
    async def change_tenant(
        request: AnyRequest, principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Envelope[TenantView]:
        """Give a tenant another name or other web origins; root also says if it is a sandbox."""
        wish = body_as(await request.body(), TenantChange)
        return enveloped(await tenants.change(principal, tenant.lower(), wish), clock=clock)

    @delete("/api/tenants/{tenant:str}", tags=[TAG], status_code=200)
    async def erase_tenant(
        principal: ActingPrincipal, tenant: FromPath[str], *, confirm: Confirm = None
    ) -> Envelope[Erasure]:
        """Destroy a tenant's users, keys and sessions, and what opens its secrets, for good."""
        again = None if confirm is None else confirm.lower()
        erasure = await tenants.erase(principal, tenant.lower(), confirm=again)
        return enveloped(erasure, clock=clock)

    @post("/api/tenants/{tenant:str}/suspend", tags=[TAG], status_code=200)
    async def suspend_tenant(
        request: AnyRequest, principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Envelope[TenantView]:
        """Have a tenant's keys and sessions stand still, at once and on every node."""
        asked = body_as(await request.body(), Suspension)
        suspended = await tenants.suspend(principal, tenant.lower(), reason=asked.reason or "")
        return enveloped(suspended, clock=clock)

    @post("/api/tenants/{tenant:str}/activate", tags=[TAG], status_code=200)
    async def activate_tenant(
        principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Envelope[TenantView]:
        """Have a suspended tenant's keys and sessions work again."""
        return enveloped(await tenants.activate(principal, tenant.lower()), clock=clock)

    @get("/api/tenants/{tenant:str}/export", tags=[TAG])
    async def export_tenant(
        principal: ActingPrincipal, tenant: FromPath[str]
    ) -> Envelope[dict[str, Any]]:
        """Return all that is kept of a tenant, but for its secrets."""
        return enveloped(await export.export(principal, tenant.lower()), clock=clock)

    return [
        list_tenants,
        create_tenant,
        get_tenant,
        change_tenant,
        erase_tenant,
        suspend_tenant,
        activate_tenant,
        export_tenant,
    ]

"""Requests about tenants."""

from collections.abc import Iterable

from tenantry.sdk.access.model import Tenant, TenantErasure, TenantExport
from tenantry.sdk.access.request import (
    TENANTS,
    Page,
    Requests,
    given,
    listing,
    reading,
    sending,
    tenant_path,
)
from tenantry.sdk.errors import Invalid
from tenantry.sdk.reply import data_of
from tenantry.sdk.request import Request, target_of


class TenantRequests(Requests):
    """What can be asked about tenants; most of it only by root."""

    def create(
        self,
        name: str,
        *,
        tenant_id: str | None = None,
        origins: Iterable[str] = (),
        sandbox: bool = False,
    ) -> Request[Tenant]:
        """Make a tenant; without an id of yours it gets a UUID. It is sent once."""
        # Said only where it is one: a server of before knows no such field.
        body = given(id=tenant_id, name=name, origins=list(origins), sandbox=sandbox or None)
        return sending("POST", TENANTS, body, Tenant)

    def get(self, tenant_id: str) -> Request[Tenant]:
        """Return a tenant."""
        return reading(tenant_path(tenant_id), Tenant)

    def list(self, *, status: str | None = None) -> Request[Page[Tenant]]:
        """Yield the tenants that may be seen, following the pages: all for root, else one."""
        return listing(TENANTS, Tenant, status=status)

    def change(
        self,
        tenant_id: str,
        *,
        name: str | None = None,
        origins: Iterable[str] | None = None,
        sandbox: bool | None = None,
    ) -> Request[Tenant]:
        """Change what is given, and return the tenant as it is then; it is sent once.

        Whether it is a sandbox is for root alone to say.
        """
        listed = None if origins is None else list(origins)
        body = given(name=name, origins=listed, sandbox=sandbox)
        return sending("PATCH", tenant_path(tenant_id), body, Tenant)

    def suspend(self, tenant_id: str, *, reason: str | None = None) -> Request[Tenant]:
        """Stop a tenant's keys and sessions at once, until it is activated."""
        path = tenant_path(tenant_id, "suspend")
        return sending("POST", path, given(reason=reason), Tenant, is_repeatable=True)

    def activate(self, tenant_id: str) -> Request[Tenant]:
        """Let a suspended tenant's keys and sessions work again."""
        return sending("POST", tenant_path(tenant_id, "activate"), {}, Tenant, is_repeatable=True)

    def export(self, tenant_id: str) -> Request[TenantExport]:
        """Return everything a tenant has, without its secrets."""
        return reading(tenant_path(tenant_id, "export"), TenantExport)

    def erase(self, tenant_id: str, *, confirm: str) -> Request[TenantErasure]:
        """Destroy a tenant's people, keys, sessions and secrets for ever; it is sent once.

        `confirm` is the tenant's id once more.
        """
        if confirm != tenant_id:
            raise Invalid(f"confirm: got {confirm!r}, wants {tenant_id!r}, the tenant to erase")
        return Request(
            method="DELETE",
            target=target_of(tenant_path(tenant_id), confirm=confirm),
            is_repeatable=False,
            read=lambda reply: data_of(reply, TenantErasure),
        )

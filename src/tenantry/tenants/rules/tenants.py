"""What may become of a tenant: a state and a wish to an event, an event to the next state."""

from tenantry.base.instant import format_instant
from tenantry.tenants.errors import TenantErased, TenantExists, UnknownTenant
from tenantry.tenants.model import (
    NewTenant,
    Tenant,
    TenantActivated,
    TenantChange,
    TenantChanged,
    TenantCreated,
    TenantSuspended,
    TenantView,
)
from tenantry.tenants.rules.names import check_name, check_origins


def create(current: Tenant | None, tenant_id: str, new: NewTenant) -> TenantCreated:
    """Decide on a new tenant; raises `TenantExists` and `Invalid`.

    An id that was given once is never given again: what the log says of it is about the first.
    """
    if current is not None and current.is_erased:
        raise TenantExists(
            f"there was a tenant {tenant_id}, which was erased: its id is not given again",
            code="tenant_erased",
            details={"tenant": tenant_id},
        )
    if current is not None:
        raise TenantExists(f"there is a tenant {tenant_id} already", details={"tenant": tenant_id})
    return TenantCreated(
        name=check_name(new.name), origins=check_origins(new.origins), sandbox=new.sandbox
    )


def change(current: Tenant, wish: TenantChange) -> TenantChanged | None:
    """Decide on what shall be otherwise about a tenant; None where that is nothing."""
    name = None if wish.name is None else check_name(wish.name)
    origins = None if wish.origins is None else check_origins(wish.origins)
    changed = TenantChanged(
        name=None if name == current.name else name,
        origins=None if origins == current.origins else origins,
        sandbox=None if wish.sandbox == current.is_sandbox else wish.sandbox,
    )
    return None if changed == TenantChanged() else changed


def suspend(current: Tenant, reason: str) -> TenantSuspended | None:
    """Decide on a suspension; None where it is suspended."""
    return None if current.status == "suspended" else TenantSuspended(reason=reason)


def activate(current: Tenant) -> TenantActivated | None:
    """Decide on the end of a suspension; None where it works."""
    return None if current.status == "active" else TenantActivated()


def as_view(tenant: Tenant) -> TenantView:
    """Return a tenant as it is shown."""
    return TenantView(
        id=tenant.id,
        name=tenant.name,
        status=tenant.status,
        created_at=format_instant(tenant.created_at),
        origins=tenant.origins,
        sandbox=tenant.is_sandbox,
    )


def living(current: Tenant | None, tenant_id: str) -> Tenant:
    """Return the tenant; raises `UnknownTenant`, or `TenantErased`."""
    if current is None:
        raise UnknownTenant(tenant_id)
    if current.is_erased:
        raise TenantErased(tenant_id)
    return current

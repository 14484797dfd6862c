"""From an event to the state behind it."""

from tenantry.tenants.model.event import (
    AccessEvent,
    TenantActivated,
    TenantChanged,
    TenantCreated,
    TenantErased,
    TenantSuspended,
)
from tenantry.tenants.model.tenant import Tenant


def tenant_after(
    current: Tenant | None, event: AccessEvent, *, tenant_id: str, version: int, recorded_at: int
) -> Tenant:
    """Return the tenant after `event`, which is one of its own stream."""
    if isinstance(event, TenantCreated) or current is None:
        assert isinstance(event, TenantCreated)  # noqa: S101 - the stream begins with it
        return Tenant(
            id=tenant_id,
            name=event.name,
            status="active",
            created_at=recorded_at,
            origins=event.origins,
            version=version,
            is_sandbox=event.sandbox,
        )

    name, status, origins, is_erased = current.name, current.status, current.origins, False
    is_sandbox = current.is_sandbox
    match event:
        case TenantChanged():
            name = name if event.name is None else event.name
            origins = origins if event.origins is None else event.origins
            is_sandbox = is_sandbox if event.sandbox is None else event.sandbox
        case TenantSuspended():
            status = "suspended"
        case TenantActivated():
            status = "active"
        case TenantErased():
            name, origins, is_erased, is_sandbox = "", (), True, False
        case _:
            raise AssertionError(f"no event of a tenant: {event!r}")
    return Tenant(
        id=tenant_id,
        name=name,
        status=status,
        created_at=current.created_at,
        origins=origins,
        version=version,
        is_erased=is_erased,
        is_sandbox=is_sandbox,
    )

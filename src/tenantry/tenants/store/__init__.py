"""Access on the wire, in tables and in memory."""

from tenantry.tenants.store.codec import EVENT_TYPES, PREFIX, TENANT_ERASED, encode_event
from tenantry.tenants.store.projection import AccessProjection

__all__ = [
    "EVENT_TYPES",
    "PREFIX",
    "TENANT_ERASED",
    "AccessProjection",
    "encode_event",
]

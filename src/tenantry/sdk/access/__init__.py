"""Access, for other programs: tenants, users, keys, sign-in and the audit of a server.

Requests by noun, which are the one core, and two clients that send them. A client acts as whoever
its token stands for, which a login changes. No token and no password is ever shown, logged or
written: whoever wants one reads the attribute that has it.
"""

from tenantry.sdk.access.async_client import AsyncAccessClient
from tenantry.sdk.access.client import AccessClient
from tenantry.sdk.access.model import (
    ApiKey,
    Application,
    AuditEntry,
    Member,
    Membership,
    NewKey,
    Principal,
    Session,
    Tenant,
    TenantErasure,
    TenantExport,
    User,
)

__all__ = [
    "AccessClient",
    "ApiKey",
    "Application",
    "AsyncAccessClient",
    "AuditEntry",
    "Member",
    "Membership",
    "NewKey",
    "Principal",
    "Session",
    "Tenant",
    "TenantErasure",
    "TenantExport",
    "User",
]

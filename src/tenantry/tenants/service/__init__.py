"""Use cases of access."""

from tenantry.tenants.service.access import Access, roles_in_client, tenants_of_origin, was_erased
from tenantry.tenants.service.audit import Audit
from tenantry.tenants.service.declared import DeclaredUsers
from tenantry.tenants.service.erasing import ErasedElsewhere
from tenantry.tenants.service.export import Export, ExportPart
from tenantry.tenants.service.failures import (
    FAILURE_SECONDS,
    MAX_FAILURES,
    FailureLimiter,
    LoginFailures,
)
from tenantry.tenants.service.keys import ApiKeys
from tenantry.tenants.service.ledger import AccessLedger, Stale
from tenantry.tenants.service.logins import AdmitTenant, AfterLogin, Logins, PostLogin
from tenantry.tenants.service.paging import DEFAULT_LIMIT, MAX_LIMIT
from tenantry.tenants.service.passwords import Passwords
from tenantry.tenants.service.tenants import EraseWith, Tenants
from tenantry.tenants.service.users import Users

__all__ = [
    "DEFAULT_LIMIT",
    "FAILURE_SECONDS",
    "MAX_FAILURES",
    "MAX_LIMIT",
    "Access",
    "AccessLedger",
    "AdmitTenant",
    "AfterLogin",
    "ApiKeys",
    "Audit",
    "DeclaredUsers",
    "EraseWith",
    "ErasedElsewhere",
    "Export",
    "ExportPart",
    "FailureLimiter",
    "LoginFailures",
    "Logins",
    "Passwords",
    "PostLogin",
    "Stale",
    "Tenants",
    "Users",
    "roles_in_client",
    "tenants_of_origin",
    "was_erased",
]

"""Tenants: who may do what.

Tenants, their users and API keys, roles and permissions, login and sessions, and the audit. What is
decided here (a tenant, a role, a key and its end) is events of the one log and in memory on every
node; people, credentials and sessions are rows, so that they can be erased. It answers one
question, "may they?", for everybody else, and never asks what it is about.

The routes are in `tenantry.tenants.api`, which only `tenantry.app` imports.
"""

from tenantry.tenants.errors import NameTaken, TenantErased, TenantExists, TenantSuspended
from tenantry.tenants.model import DeclaredPerson, KnownPerson, NewKey, NewMember, NewTenant, folded
from tenantry.tenants.rules import PERMISSIONS, ROOT_PERMISSIONS, permissions_of
from tenantry.tenants.service import (
    FAILURE_SECONDS,
    MAX_FAILURES,
    Access,
    AccessLedger,
    ApiKeys,
    Audit,
    DeclaredUsers,
    ErasedElsewhere,
    EraseWith,
    Export,
    ExportPart,
    FailureLimiter,
    LoginFailures,
    Logins,
    Passwords,
    PostLogin,
    Stale,
    Tenants,
    Users,
    roles_in_client,
    tenants_of_origin,
    was_erased,
)
from tenantry.tenants.store import EVENT_TYPES, TENANT_ERASED, AccessProjection
from tenantry.tenants.worker import AccessObserver, AccessWorker, ErasureWorker

__all__ = [
    "EVENT_TYPES",
    "FAILURE_SECONDS",
    "MAX_FAILURES",
    "PERMISSIONS",
    "ROOT_PERMISSIONS",
    "TENANT_ERASED",
    "Access",
    "AccessLedger",
    "AccessObserver",
    "AccessProjection",
    "AccessWorker",
    "ApiKeys",
    "Audit",
    "DeclaredPerson",
    "DeclaredUsers",
    "EraseWith",
    "ErasedElsewhere",
    "ErasureWorker",
    "Export",
    "ExportPart",
    "FailureLimiter",
    "KnownPerson",
    "LoginFailures",
    "Logins",
    "NameTaken",
    "NewKey",
    "NewMember",
    "NewTenant",
    "Passwords",
    "PostLogin",
    "Stale",
    "TenantErased",
    "TenantExists",
    "TenantSuspended",
    "Tenants",
    "Users",
    "folded",
    "permissions_of",
    "roles_in_client",
    "tenants_of_origin",
    "was_erased",
]

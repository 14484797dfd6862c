"""Clients, for other programs: plans, applies, history and drift of the front ends of a tenant.

Requests, which are the one core, and two clients that send them. A configuration is a mapping as a
file has it; what becomes of it is said in small values. No file is read here, and nothing of a
configuration is ever logged: it may hold a secret.
"""

from tenantry.sdk.clients.async_client import AsyncClientsClient
from tenantry.sdk.clients.client import ClientsClient
from tenantry.sdk.clients.model import (
    ClientAccess,
    ClientAccessDiff,
    ClientApp,
    ClientCheck,
    ClientConfiguration,
    ClientCounts,
    ClientDrift,
    ClientError,
    ClientFinding,
    ClientGuard,
    ClientPlan,
    ClientRecord,
    ClientRevision,
    ClientsCheck,
    ClientsPlan,
    ClientSummary,
    CollectionPlan,
    DriftChange,
    DriftResolution,
    FieldChange,
    ImportChange,
    ImportedClient,
    ItemChange,
    ItemCounts,
    RoleAccess,
    UpsertResult,
)

__all__ = [
    "AsyncClientsClient",
    "ClientAccess",
    "ClientAccessDiff",
    "ClientApp",
    "ClientCheck",
    "ClientConfiguration",
    "ClientCounts",
    "ClientDrift",
    "ClientError",
    "ClientFinding",
    "ClientGuard",
    "ClientPlan",
    "ClientRecord",
    "ClientRevision",
    "ClientSummary",
    "ClientsCheck",
    "ClientsClient",
    "ClientsPlan",
    "CollectionPlan",
    "DriftChange",
    "DriftResolution",
    "FieldChange",
    "ImportChange",
    "ImportedClient",
    "ItemChange",
    "ItemCounts",
    "RoleAccess",
    "UpsertResult",
]

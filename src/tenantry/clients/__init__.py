"""Clients: white-label front ends, declared in files.

A client is what a tenant's users see: its pages, menus, components and looks, and who may open
what. It is declared, planned, applied as a whole or not at all, and rolled back; every revision
stays readable. What a component does is the front end's business; who somebody is is that of
`tenantry.tenants`, which this feature asks and never goes around.

The routes are in `tenantry.clients.api`, which only `tenantry.app` imports.
"""

from tenantry.clients.model import (
    ApplyRequest,
    DeclarationSet,
    PlanRequest,
    RollbackRequest,
    RouteSyncResult,
    StartupResult,
    UpsertResult,
)
from tenantry.clients.remote import load_tenants
from tenantry.clients.service import (
    Applying,
    ClientContext,
    ClientDrift,
    ClientFolder,
    ClientLedger,
    ClientNarration,
    Clients,
    ClientViews,
    Declaring,
    FrontEnds,
    Planning,
)
from tenantry.clients.store import EVENT_TYPES, ClientIndex, delete_clients
from tenantry.clients.worker import ClientStartup

__all__ = [
    "EVENT_TYPES",
    "ApplyRequest",
    "Applying",
    "ClientContext",
    "ClientDrift",
    "ClientFolder",
    "ClientIndex",
    "ClientLedger",
    "ClientNarration",
    "ClientStartup",
    "ClientViews",
    "Clients",
    "DeclarationSet",
    "Declaring",
    "FrontEnds",
    "PlanRequest",
    "Planning",
    "RollbackRequest",
    "RouteSyncResult",
    "StartupResult",
    "UpsertResult",
    "delete_clients",
    "load_tenants",
]

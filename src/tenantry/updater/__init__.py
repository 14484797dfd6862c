"""Updater: demo and sandbox tenants that live, on a schedule, with rows like a company's.

Rows are a function of the tenant's seed, the slot and the world so far, so they can be made again,
ahead of time, and undone. It writes into tenants that root has marked as sandboxes, and nowhere
else; nothing it makes up is, or reaches, anybody real.

The routes are in `tenantry.updater.api`; only `tenantry.app` imports those.
"""

from tenantry.updater.model import (
    Activity,
    Batch,
    BusinessRecord,
    Customer,
    Equipment,
    GenerationConfig,
    Range,
    Technician,
    Ticket,
    TicketUpdate,
    Update,
    World,
)
from tenantry.updater.rules import Draw, Run, Weights
from tenantry.updater.service import (
    Advancing,
    Backfilling,
    BaseUpdater,
    BusinessRecordActivityUpdater,
    BusinessRecordUpdater,
    Control,
    Executing,
    Explaining,
    Journal,
    Living,
    Observing,
    ServiceTicketUpdater,
    Undoing,
    UpdaterCheck,
    UpdaterRegistry,
    UpdaterSettings,
    UpdaterTables,
    UpdaterUpkeep,
    UpdaterViews,
    Worlds,
    Writing,
    keep_journal,
    reserved_names,
)
from tenantry.updater.store import EVENT_TYPES
from tenantry.updater.worker import UpdaterWorker

__all__ = [
    "EVENT_TYPES",
    "Activity",
    "Advancing",
    "Backfilling",
    "BaseUpdater",
    "Batch",
    "BusinessRecord",
    "BusinessRecordActivityUpdater",
    "BusinessRecordUpdater",
    "Control",
    "Customer",
    "Draw",
    "Equipment",
    "Executing",
    "Explaining",
    "GenerationConfig",
    "Journal",
    "Living",
    "Observing",
    "Range",
    "Run",
    "ServiceTicketUpdater",
    "Technician",
    "Ticket",
    "TicketUpdate",
    "Undoing",
    "Update",
    "UpdaterCheck",
    "UpdaterRegistry",
    "UpdaterSettings",
    "UpdaterTables",
    "UpdaterUpkeep",
    "UpdaterViews",
    "UpdaterWorker",
    "Weights",
    "World",
    "Worlds",
    "Writing",
    "keep_journal",
    "reserved_names",
]

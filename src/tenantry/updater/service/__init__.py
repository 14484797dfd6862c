"""The use cases of updaters."""

from tenantry.updater.service.advancing import Advancing
from tenantry.updater.service.backfilling import Backfilling
from tenantry.updater.service.control import Control
from tenantry.updater.service.executing import Executing
from tenantry.updater.service.explaining import Explaining
from tenantry.updater.service.health import UpdaterCheck
from tenantry.updater.service.journal import Journal, keep_journal
from tenantry.updater.service.living import Living
from tenantry.updater.service.observing import Observing
from tenantry.updater.service.settings import UpdaterSettings, reserved_names
from tenantry.updater.service.tables import UpdaterTables
from tenantry.updater.service.undoing import Undoing
from tenantry.updater.service.updater import (
    BaseUpdater,
    BusinessRecordActivityUpdater,
    BusinessRecordUpdater,
    ServiceTicketUpdater,
    UpdaterRegistry,
)
from tenantry.updater.service.upkeep import UpdaterUpkeep
from tenantry.updater.service.views import UpdaterViews
from tenantry.updater.service.worlds import Worlds
from tenantry.updater.service.writing import Writing

__all__ = [
    "Advancing",
    "Backfilling",
    "BaseUpdater",
    "BusinessRecordActivityUpdater",
    "BusinessRecordUpdater",
    "Control",
    "Executing",
    "Explaining",
    "Journal",
    "Living",
    "Observing",
    "ServiceTicketUpdater",
    "Undoing",
    "UpdaterCheck",
    "UpdaterRegistry",
    "UpdaterSettings",
    "UpdaterTables",
    "UpdaterUpkeep",
    "UpdaterViews",
    "Worlds",
    "Writing",
    "keep_journal",
    "reserved_names",
]

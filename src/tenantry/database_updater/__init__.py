"""Database updater: demo tenants that live, from a Python program of yours.

It runs the updaters in the program's own process, or through the server that already works on the
data directory; it decides nothing itself. A `tenantry serve` does the same for as many tenants as
there are, and needs none of this.
"""

from tenantry.database_updater.health import check_updater_health
from tenantry.database_updater.life import (
    DatabaseUpdaterManager,
    UpdaterScheduleWarning,
    start_database_updater,
)
from tenantry.database_updater.routes import UpdaterRoutes, updater_routes
from tenantry.updater import BaseUpdater

__all__ = [
    "BaseUpdater",
    "DatabaseUpdaterManager",
    "UpdaterRoutes",
    "UpdaterScheduleWarning",
    "check_updater_health",
    "start_database_updater",
    "updater_routes",
]

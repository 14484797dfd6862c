"""The routes of updaters."""

from tenantry.updater.api.document import DECLARATIONS
from tenantry.updater.api.history_routes import history_handlers
from tenantry.updater.api.running_routes import running_handlers
from tenantry.updater.api.table_routes import table_handlers

__all__ = ["DECLARATIONS", "history_handlers", "running_handlers", "table_handlers"]

"""The routes of sync."""

from tenantry.sync.api.document import DECLARATIONS
from tenantry.sync.api.figure_routes import figure_handlers
from tenantry.sync.api.tenant_routes import tenant_handlers

__all__ = ["DECLARATIONS", "figure_handlers", "tenant_handlers"]

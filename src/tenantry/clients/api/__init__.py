"""The HTTP routes of clients."""

from tenantry.clients.api.app_routes import app_handlers
from tenantry.clients.api.declaration_routes import declaration_handlers
from tenantry.clients.api.document import DECLARATIONS
from tenantry.clients.api.view_routes import view_handlers

__all__ = ["DECLARATIONS", "app_handlers", "declaration_handlers", "view_handlers"]

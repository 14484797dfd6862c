"""The routes of the collector."""

from tenantry.collector.api.analytics_routes import analytics_handlers
from tenantry.collector.api.collecting_routes import collecting_handlers
from tenantry.collector.api.document import DECLARATIONS
from tenantry.collector.api.strategy_routes import strategy_handlers

__all__ = ["DECLARATIONS", "analytics_handlers", "collecting_handlers", "strategy_handlers"]

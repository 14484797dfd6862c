"""Settings over HTTP: the routes, and the hot door in front of two of them."""

from tenantry.configs.api.document import DECLARATIONS
from tenantry.configs.api.door import ConfigDoor
from tenantry.configs.api.quick import ConfigQuickDoor
from tenantry.configs.api.routes import config_handlers
from tenantry.configs.api.runtime import runtime_handlers

__all__ = [
    "DECLARATIONS",
    "ConfigDoor",
    "ConfigQuickDoor",
    "config_handlers",
    "runtime_handlers",
]

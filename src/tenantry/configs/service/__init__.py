"""The use cases of settings."""

from tenantry.configs.service.checking import told_violation
from tenantry.configs.service.config_store import ConfigStore
from tenantry.configs.service.feed import ConfigFeed
from tenantry.configs.service.journal import Entries
from tenantry.configs.service.runtime import ConfigRuntime
from tenantry.configs.service.schemas import ConfigSchemas
from tenantry.configs.service.watcher import Watcher
from tenantry.configs.service.watches import ConfigSnapshot, ConfigWatches

__all__ = [
    "ConfigFeed",
    "ConfigRuntime",
    "ConfigSchemas",
    "ConfigSnapshot",
    "ConfigStore",
    "ConfigWatches",
    "Entries",
    "Watcher",
    "told_violation",
]

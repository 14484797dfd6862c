"""The use cases of settings."""

from tenantry.configs.service.config_store import ConfigStore
from tenantry.configs.service.feed import ConfigFeed
from tenantry.configs.service.runtime import ConfigRuntime
from tenantry.configs.service.watcher import Watcher
from tenantry.configs.service.watches import ConfigSnapshot, ConfigWatches

__all__ = [
    "ConfigFeed",
    "ConfigRuntime",
    "ConfigSnapshot",
    "ConfigStore",
    "ConfigWatches",
    "Watcher",
]

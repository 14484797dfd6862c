"""The use cases of settings."""

from tenantry.configs.service.config_store import ConfigStore
from tenantry.configs.service.runtime import ConfigRuntime

__all__ = ["ConfigRuntime", "ConfigStore"]

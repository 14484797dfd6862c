"""Settings: the configuration of one process, read and judged before anything opens.

`SETTINGS` is the one table of what can be set; loading, the CLI's help and the reference page come
from it. Every problem is reported at once. No other package reads the environment, and this one
only what it is handed. It opens nothing and changes nothing.
"""

from tenantry.settings.errors import Problem, SettingsError
from tenantry.settings.load import load_settings
from tenantry.settings.model import Settings
from tenantry.settings.parse import Secret, is_loopback, masked_url
from tenantry.settings.table import SETTINGS, Setting

__all__ = [
    "SETTINGS",
    "Problem",
    "Secret",
    "Setting",
    "Settings",
    "SettingsError",
    "is_loopback",
    "load_settings",
    "masked_url",
]

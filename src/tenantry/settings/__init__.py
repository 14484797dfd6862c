"""Settings: the configuration of one process, read and judged before anything opens.

`SETTINGS` is the one table of what can be set; loading, the CLI's help and the reference page come
from it. Every problem is reported at once. No other package reads the environment, and this one
only what it is handed. It opens nothing and changes nothing.
"""

from tenantry.base.secret import Secret, masked_url
from tenantry.base.setting import Problem, Setting, SettingsError
from tenantry.settings.load import load_settings
from tenantry.settings.model import Settings
from tenantry.settings.parse import is_loopback
from tenantry.settings.table import SETTINGS

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

"""Base: the words every other package is written in.

Errors by kind, the clock, ids, the JSON codec, YAML, the principal, the start/stop life cycle, and
what a setting is. It never does I/O, never logs and imports nothing of the rest of the package.
"""

from tenantry.base.clock import Clock, SystemClock
from tenantry.base.ids import new_id
from tenantry.base.principal import Principal, root_principal
from tenantry.base.service import Looper, Service

__all__ = [
    "Clock",
    "Looper",
    "Principal",
    "Service",
    "SystemClock",
    "new_id",
    "root_principal",
]

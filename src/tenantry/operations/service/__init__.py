"""The use cases of whoever runs Tenantry."""

from tenantry.db import DatabaseFigures
from tenantry.operations.service.allowance import DatabaseAllowance
from tenantry.operations.service.backup import Backup, begin_backup
from tenantry.operations.service.breakers import BreakerControl
from tenantry.operations.service.database import (
    database_of,
    database_status,
    migrate_database,
    opened,
)
from tenantry.operations.service.doctor import Doctor, examine, examine_without_settings
from tenantry.operations.service.drill import Drill, FaultLab
from tenantry.operations.service.drill_range import DrillLimiter, drill_breaker
from tenantry.operations.service.health import Follower, Health
from tenantry.operations.service.keys import Keys, key_status
from tenantry.operations.service.master_key import (
    KeyFile,
    KeySetting,
    MasterKeySource,
    master_key_of,
    master_key_source,
)
from tenantry.operations.service.operations import READ, Operations, parse_expect
from tenantry.operations.service.process import ProcessFigures
from tenantry.operations.service.restore import check_backup, restore

__all__ = [
    "READ",
    "Backup",
    "BreakerControl",
    "DatabaseAllowance",
    "DatabaseFigures",
    "Doctor",
    "Drill",
    "DrillLimiter",
    "FaultLab",
    "Follower",
    "Health",
    "KeyFile",
    "KeySetting",
    "Keys",
    "MasterKeySource",
    "Operations",
    "ProcessFigures",
    "begin_backup",
    "check_backup",
    "database_of",
    "database_status",
    "drill_breaker",
    "examine",
    "examine_without_settings",
    "key_status",
    "master_key_of",
    "master_key_source",
    "migrate_database",
    "opened",
    "parse_expect",
    "restore",
]

"""The use cases of whoever runs Tenantry."""

from tenantry.operations.service.backup import Backup, begin_backup
from tenantry.operations.service.database import (
    database_of,
    database_status,
    migrate_database,
    opened,
)
from tenantry.operations.service.health import Follower, Health
from tenantry.operations.service.operations import Operations, parse_expect
from tenantry.operations.service.restore import check_backup, restore

__all__ = [
    "Backup",
    "Follower",
    "Health",
    "Operations",
    "begin_backup",
    "check_backup",
    "database_of",
    "database_status",
    "migrate_database",
    "opened",
    "parse_expect",
    "restore",
]

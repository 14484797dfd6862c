"""Operations: what the people who run Tenantry ask of it.

Whether a node lives, is ready and works; its metrics; the schema, the log's end and its
verification; a backup taken while the server works, and its restoration into an empty database.
It decides nothing about any feature's data and keeps no table of its own.
"""

from tenantry.operations.errors import BackupDamaged, BackupTooNew, DatabaseNotEmpty
from tenantry.operations.model import DatabaseStatus, HealthReport, ReadinessReport, RestoreReport
from tenantry.operations.service import (
    Backup,
    Follower,
    Health,
    Operations,
    begin_backup,
    check_backup,
    database_of,
    database_status,
    migrate_database,
    opened,
    parse_expect,
    restore,
)
from tenantry.operations.worker import KeySweeper, Pulse

__all__ = [
    "Backup",
    "BackupDamaged",
    "BackupTooNew",
    "DatabaseNotEmpty",
    "DatabaseStatus",
    "Follower",
    "Health",
    "HealthReport",
    "KeySweeper",
    "Operations",
    "Pulse",
    "ReadinessReport",
    "RestoreReport",
    "begin_backup",
    "check_backup",
    "database_of",
    "database_status",
    "migrate_database",
    "opened",
    "parse_expect",
    "restore",
]

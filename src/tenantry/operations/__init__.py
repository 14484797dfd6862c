"""Operations: what the people who run Tenantry ask of it.

Whether a node lives, is ready and works; its metrics; the schema, the log's end and its
verification; a backup taken while the server works, and its restoration into an empty database;
where the master key is kept, and its rotation. It decides nothing about any
feature's data; its own tables hold what nodes share of limits and breakers.
"""

from tenantry.operations.errors import (
    BackupDamaged,
    BackupTooNew,
    DatabaseNotEmpty,
    MasterKeyRefused,
)
from tenantry.operations.model import (
    BreakerOrder,
    BreakerStatus,
    DatabaseStatus,
    KeyStatus,
    NodeHealthReport,
    ReadinessReport,
    RestoreReport,
    RotationReport,
)
from tenantry.operations.service import (
    Backup,
    BreakerControl,
    DatabaseAllowance,
    Drill,
    DrillLimiter,
    Follower,
    Health,
    KeyFile,
    Keys,
    KeySetting,
    MasterKeySource,
    Operations,
    ProcessFigures,
    begin_backup,
    check_backup,
    database_of,
    database_status,
    drill_breaker,
    key_status,
    master_key_of,
    master_key_source,
    migrate_database,
    opened,
    parse_expect,
    restore,
)
from tenantry.operations.store import EVENT_TYPES
from tenantry.operations.worker import OverrideFollower, ProcessWatch, Pulse, Sweeper

__all__ = [
    "EVENT_TYPES",
    "Backup",
    "BackupDamaged",
    "BackupTooNew",
    "BreakerControl",
    "BreakerOrder",
    "BreakerStatus",
    "DatabaseAllowance",
    "DatabaseNotEmpty",
    "DatabaseStatus",
    "Drill",
    "DrillLimiter",
    "Follower",
    "Health",
    "KeyFile",
    "KeySetting",
    "KeyStatus",
    "Keys",
    "MasterKeyRefused",
    "MasterKeySource",
    "NodeHealthReport",
    "Operations",
    "OverrideFollower",
    "ProcessFigures",
    "ProcessWatch",
    "Pulse",
    "ReadinessReport",
    "RestoreReport",
    "RotationReport",
    "Sweeper",
    "begin_backup",
    "check_backup",
    "database_of",
    "database_status",
    "drill_breaker",
    "key_status",
    "master_key_of",
    "master_key_source",
    "migrate_database",
    "opened",
    "parse_expect",
    "restore",
]

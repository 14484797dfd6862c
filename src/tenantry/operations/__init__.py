"""Operations: what the people who run Tenantry ask of it.

Whether a node lives, is ready and works; its metrics; the schema, the log's end and its
verification; a backup taken while the server works, and its restoration into an empty database;
where the master key is kept, and its rotation. It decides nothing about any feature's data and
keeps no table of its own.
"""

from tenantry.operations.errors import (
    BackupDamaged,
    BackupTooNew,
    DatabaseNotEmpty,
    MasterKeyRefused,
)
from tenantry.operations.model import (
    DatabaseStatus,
    HealthReport,
    KeyStatus,
    ReadinessReport,
    RestoreReport,
    RotationReport,
)
from tenantry.operations.service import (
    Backup,
    Follower,
    Health,
    KeyFile,
    Keys,
    KeySetting,
    MasterKeySource,
    Operations,
    begin_backup,
    check_backup,
    database_of,
    database_status,
    key_status,
    master_key_of,
    master_key_source,
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
    "KeyFile",
    "KeySetting",
    "KeyStatus",
    "KeySweeper",
    "Keys",
    "MasterKeyRefused",
    "MasterKeySource",
    "Operations",
    "Pulse",
    "ReadinessReport",
    "RestoreReport",
    "RotationReport",
    "begin_backup",
    "check_backup",
    "database_of",
    "database_status",
    "key_status",
    "master_key_of",
    "master_key_source",
    "migrate_database",
    "opened",
    "parse_expect",
    "restore",
]

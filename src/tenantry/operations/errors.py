"""What can be wrong with a backup, and with where it is to go."""

from tenantry.base.errors import Conflict, Invalid


class BackupDamaged(Invalid):
    """The file is not a whole, unchanged backup; nothing of it was restored."""

    default_code = "backup_damaged"


class BackupTooNew(Invalid):
    """A newer program has written the backup."""

    default_code = "backup_too_new"


class DatabaseNotEmpty(Conflict):
    """A backup is restored into an empty database only, and this one holds something."""

    default_code = "database_not_empty"

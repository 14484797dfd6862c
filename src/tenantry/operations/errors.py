"""What can be wrong with a backup, with where it is to go, and with the master key."""

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


class MasterKeyRefused(Invalid):
    """The master key cannot be used, or not be replaced in this way; the message says why."""

    default_code = "master_key_refused"

"""What operations decide: from what was measured of an installation to what is to be said of it."""

from tenantry.operations.rules.database import (
    absent_database,
    answering,
    clock,
    log_end,
    lost_folder,
    migrations,
    server_version,
    silent,
    unknown_migrations,
    unreadable_log,
)
from tenantry.operations.rules.machine import data_dir, disk, memory, open_files, python
from tenantry.operations.rules.report import MARKS, report_of
from tenantry.operations.rules.services import no_service, service
from tenantry.operations.rules.settings import (
    master_key,
    refused_master_key,
    roots,
    settings,
    temporal_without_server,
    wrong_setting,
)

__all__ = [
    "MARKS",
    "absent_database",
    "answering",
    "clock",
    "data_dir",
    "disk",
    "log_end",
    "lost_folder",
    "master_key",
    "memory",
    "migrations",
    "no_service",
    "open_files",
    "python",
    "refused_master_key",
    "report_of",
    "roots",
    "server_version",
    "service",
    "settings",
    "silent",
    "temporal_without_server",
    "unknown_migrations",
    "unreadable_log",
    "wrong_setting",
]

"""What operators ask and are told."""

from tenantry.operations.model.backup import (
    FORMAT,
    AppendPage,
    AppendRow,
    BackupHeader,
    BackupRecord,
    BackupTrailer,
    DataKeyPage,
    DataKeyRow,
    EventPage,
    EventRow,
    RestoreReport,
)
from tenantry.operations.model.breaker import (
    BREAKERS_PREFIX,
    MAX_OVERRIDE_SECONDS,
    MAX_REASON_CHARACTERS,
    OVERRIDES,
    BreakerAction,
    BreakerOrder,
    BreakerOverride,
    BreakerStatus,
    OperatorActed,
)
from tenantry.operations.model.health import NodeHealthReport, ReadinessReport
from tenantry.operations.model.status import (
    DatabaseStatus,
    KeyStatus,
    LogHead,
    RotationReport,
    VerifyProgress,
)

__all__ = [
    "BREAKERS_PREFIX",
    "FORMAT",
    "MAX_OVERRIDE_SECONDS",
    "MAX_REASON_CHARACTERS",
    "OVERRIDES",
    "AppendPage",
    "AppendRow",
    "BackupHeader",
    "BackupRecord",
    "BackupTrailer",
    "BreakerAction",
    "BreakerOrder",
    "BreakerOverride",
    "BreakerStatus",
    "DataKeyPage",
    "DataKeyRow",
    "DatabaseStatus",
    "EventPage",
    "EventRow",
    "KeyStatus",
    "LogHead",
    "NodeHealthReport",
    "OperatorActed",
    "ReadinessReport",
    "RestoreReport",
    "RotationReport",
    "VerifyProgress",
]

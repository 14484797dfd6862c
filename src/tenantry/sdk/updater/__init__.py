"""A tenant's updaters, for other programs: have them run, see what they did, undo it.

Requests, which are the one core, and two clients that send them.
"""

from tenantry.sdk.updater.async_client import AsyncUpdaterClient
from tenantry.sdk.updater.client import UpdaterClient
from tenantry.sdk.updater.model import (
    ScheduleExplanation,
    ScheduleWarning,
    UpdaterBackfill,
    UpdaterCheck,
    UpdaterConfiguration,
    UpdaterExecution,
    UpdaterFigures,
    UpdaterFiring,
    UpdaterHealth,
    UpdaterInfo,
    UpdaterKeptRow,
    UpdaterLogLine,
    UpdaterMetrics,
    UpdaterRun,
    UpdaterRunDetail,
    UpdaterSchedule,
    UpdaterStatus,
    UpdaterSystemFigures,
    UpdaterUndo,
)

__all__ = [
    "AsyncUpdaterClient",
    "ScheduleExplanation",
    "ScheduleWarning",
    "UpdaterBackfill",
    "UpdaterCheck",
    "UpdaterClient",
    "UpdaterConfiguration",
    "UpdaterExecution",
    "UpdaterFigures",
    "UpdaterFiring",
    "UpdaterHealth",
    "UpdaterInfo",
    "UpdaterKeptRow",
    "UpdaterLogLine",
    "UpdaterMetrics",
    "UpdaterRun",
    "UpdaterRunDetail",
    "UpdaterSchedule",
    "UpdaterStatus",
    "UpdaterSystemFigures",
    "UpdaterUndo",
]

"""The use cases of sync."""

from typing import Final

from tenantry.sync.service.carrying import Executors
from tenantry.sync.service.deciding import Deciding
from tenantry.sync.service.engine import Engine
from tenantry.sync.service.figures import SyncFigures
from tenantry.sync.service.guarding import BREAKER_KIND, SourceBreakers
from tenantry.sync.service.health import SyncCheck, temporal_check
from tenantry.sync.service.journal import keep_journal
from tenantry.sync.service.keeping import Keeping
from tenantry.sync.service.permissions import CONFIGURE
from tenantry.sync.service.sources import SyncSources, check_of, reserved_names
from tenantry.sync.service.steps import SyncSteps
from tenantry.sync.service.syncing import Limits, Syncing
from tenantry.sync.service.upkeep import SyncUpkeep
from tenantry.sync.service.views import DEFAULT_LIMIT, MAX_LIMIT, SyncViews

LEASE_SECONDS: Final = 10.0
"""How long a run that nobody carries out keeps others from beginning one."""

__all__ = [
    "BREAKER_KIND",
    "CONFIGURE",
    "DEFAULT_LIMIT",
    "LEASE_SECONDS",
    "MAX_LIMIT",
    "Deciding",
    "Engine",
    "Executors",
    "Keeping",
    "Limits",
    "SourceBreakers",
    "SyncCheck",
    "SyncFigures",
    "SyncSources",
    "SyncSteps",
    "SyncUpkeep",
    "SyncViews",
    "Syncing",
    "check_of",
    "keep_journal",
    "reserved_names",
    "temporal_check",
]

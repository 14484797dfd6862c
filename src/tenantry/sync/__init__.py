"""Sync: a tenant's data, pulled in from where they are kept, at login and whenever they are old.

It reads sources that settings name, keeps their rows as a copy, and lets a login wait for the
essential ones and for nothing else; once, however many ask, and through whichever executor the
flag says. Everything that is written is written under a lease, so what was superseded cannot write.
It decides nothing about what rows mean, and changes nothing where they come from.

The routes are in `tenantry.sync.api`, and what keeps the connections of sources is in
`tenantry.sync.remote`; only `tenantry.app` imports those.
"""

from tenantry.sync.errors import SyncError
from tenantry.sync.model import Decision, Evaluated, HappenedView, MethodSettings, SyncResult
from tenantry.sync.remote import LOOPBACK, Reach, open_source, source_breaker
from tenantry.sync.rules import FLAG
from tenantry.sync.service import (
    BREAKER_KIND,
    CONFIGURE,
    LEASE_SECONDS,
    Deciding,
    Engine,
    Executors,
    Keeping,
    Limits,
    SourceBreakers,
    SyncCheck,
    SyncFigures,
    Syncing,
    SyncSources,
    SyncSteps,
    SyncUpkeep,
    SyncViews,
    check_of,
    keep_journal,
    reserved_names,
    temporal_check,
)
from tenantry.sync.worker import SyncWorker

__all__ = [
    "BREAKER_KIND",
    "CONFIGURE",
    "FLAG",
    "LEASE_SECONDS",
    "LOOPBACK",
    "Deciding",
    "Decision",
    "Engine",
    "Evaluated",
    "Executors",
    "HappenedView",
    "Keeping",
    "Limits",
    "MethodSettings",
    "Reach",
    "SourceBreakers",
    "SyncCheck",
    "SyncError",
    "SyncFigures",
    "SyncResult",
    "SyncSources",
    "SyncSteps",
    "SyncUpkeep",
    "SyncViews",
    "SyncWorker",
    "Syncing",
    "check_of",
    "keep_journal",
    "open_source",
    "reserved_names",
    "source_breaker",
    "temporal_check",
]

"""What all runs say together: metrics, health, and how the methods do. From the database alone."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.instant import format_instant
from tenantry.db import Database, Scope, System, Tenant, Transaction
from tenantry.sync import rules, store
from tenantry.sync.model import (
    CollectionFigure,
    MethodStats,
    RunFigure,
    StandingFigure,
    SyncHealth,
    SyncMetrics,
    TenantFigures,
)
from tenantry.sync.service.views import authorise_scope

WINDOW_HOURS: Final = 24
"""So far back runs are looked at."""
MOST_RUNS: Final = 10_000
"""Of the newest runs in that time, which bounds what one request reads."""

_ALL: Final = System("figures of every tenant's sync")
_HOUR_US: Final = 3_600_000_000


class _Facts(msgspec.Struct, frozen=True):
    runs: Sequence[RunFigure]
    standings: Sequence[StandingFigure]
    collections: Sequence[CollectionFigure]
    since: int
    now: int


class SyncFigures:
    """Figures of one tenant, or, where none is named, of all for who may see that."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def metrics(self, principal: Principal, tenant_id: str | None) -> SyncMetrics:
        """Return what the runs of the last day say, and how tenants and collections stand."""
        facts = await self._facts(principal, tenant_id)
        orchestration = rules.orchestration(facts.runs)
        return SyncMetrics(
            orchestration=orchestration,
            database=rules.database(
                facts.standings,
                facts.collections,
                average_duration=orchestration.average_duration,
            ),
            collections=rules.by_collection(facts.collections),
            since=format_instant(facts.since),
            timestamp=format_instant(facts.now),
        )

    async def statistics(self, principal: Principal, tenant_id: str | None) -> TenantFigures:
        """Return how the tenants stand."""
        return (await self.metrics(principal, tenant_id)).database

    async def health(self, principal: Principal, tenant_id: str | None) -> SyncHealth:
        """Return whether syncs go well."""
        facts = await self._facts(principal, tenant_id)
        figures = rules.orchestration(facts.runs)
        stuck = sum(rules.is_stuck(each, now=facts.now) for each in facts.standings)
        active = sum(each.status == "running" for each in facts.standings) - stuck
        return SyncHealth(
            status=rules.health(failure_rate=figures.failure_rate, stuck=stuck),
            success_rate=figures.success_rate,
            failure_rate=figures.failure_rate,
            stuck_syncs=stuck,
            active_syncs=active,
            timestamp=format_instant(facts.now),
        )

    async def method_stats(self, principal: Principal, tenant_id: str | None) -> MethodStats:
        """Return how the methods have done; a fallback counts as direct, and against Temporal."""
        facts = await self._facts(principal, tenant_id)
        runs = facts.runs
        by_method = {
            "direct": [run for run in runs if run.method == "direct"],
            "temporal": [run for run in runs if run.method == "temporal" and not run.is_fallback],
            "direct_fallback": [run for run in runs if run.is_fallback],
        }
        return MethodStats(
            total_syncs=len(runs),
            completed_syncs=sum(run.status == "completed" for run in runs),
            direct_syncs=len(by_method["direct"]),
            temporal_syncs=len(by_method["temporal"]),
            fallback_syncs=len(by_method["direct_fallback"]),
            success_rate={
                "direct": rules.success_rate(runs, "direct"),
                "temporal": rules.success_rate(runs, "temporal"),
            },
            durations={name: rules.durations_of(of)[1] for name, of in by_method.items()},
            since=format_instant(facts.since),
        )

    async def _facts(self, principal: Principal, tenant_id: str | None) -> _Facts:
        authorise_scope(principal, tenant_id)
        now = self._clock.now_us()
        since = now - WINDOW_HOURS * _HOUR_US
        scope: Scope = _ALL if tenant_id is None else Tenant(tenant_id)

        def unit(tx: Transaction) -> _Facts:
            return _Facts(
                store.run_figures(tx, tenant_id, since=since, limit=MOST_RUNS),
                store.standings(tx, tenant_id),
                store.collection_figures(tx, tenant_id),
                since,
                now,
            )

        return await self._database.read(scope, unit)

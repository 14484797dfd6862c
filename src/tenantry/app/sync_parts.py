"""The parts of the feature `sync`, built and joined."""

from collections.abc import Awaitable, Callable
from functools import partial
from ipaddress import ip_network
from typing import Any, Final

from tenantry import sync
from tenantry.app.durable import Durable, build_durable
from tenantry.app.node import name_of_this_node
from tenantry.base import Clock, Service
from tenantry.base.instant import format_instant
from tenantry.configs import ConfigStore
from tenantry.db import Database
from tenantry.execution import ExecutorUnavailable, InlineExecutor
from tenantry.flags import Flags
from tenantry.reliability import BreakerFamily, Breakers, CheckOutcome
from tenantry.scheduling import Leases
from tenantry.settings import Settings
from tenantry.sync.remote import HttpPool

_NO_SUCH_FLAG: Final = "FLAG_NOT_FOUND"


class SyncParts:
    """What brings tenants' data up to date, and tells of it."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        configs: ConfigStore,
        flags: Flags,
        admit: Callable[[str], None],
        breakers: Breakers,
        clock: Clock,
    ) -> None:
        reach = _reach_of(settings)
        pool = HttpPool(reach=reach)
        leases = Leases(
            database=database,
            clock=clock,
            holder=name_of_this_node(),
            ttl_seconds=sync.LEASE_SECONDS,
        )
        sources = sync.SyncSources(
            configs=configs,
            open_source=partial(sync.open_source, pool=pool, reach=reach, clock=clock),
            breakers=sync.SourceBreakers(
                BreakerFamily(
                    sync.BREAKER_KIND,
                    breakers=breakers,
                    make=partial(sync.source_breaker, clock=clock),
                    is_member=self._has_source,
                )
            ),
            clock=clock,
        )
        self._sources = sources
        keeping = sync.Keeping(database=database, leases=leases, clock=clock)
        engine = sync.Engine(database=database, leases=leases, clock=clock, check_of=sync.check_of)
        steps = sync.SyncSteps(sources=sources, engine=engine, keeping=keeping, leases=leases)
        self.deciding = sync.Deciding(
            settings=sync.MethodSettings(
                is_enabled=settings.temporal_enabled,
                use_temporal=settings.use_temporal_for_auth,
                tenants=None
                if settings.temporal_tenants is None
                else frozenset(settings.temporal_tenants),
            ),
            evaluate=partial(_evaluate, flags),
        )
        inline = InlineExecutor(steps=steps.functions(), clock=clock)
        self.durable = build_durable(
            settings,
            steps=steps.functions(),
            breakers=breakers,
            is_worker="worker" in settings.roles,
            clock=clock,
        )
        self.syncing = sync.Syncing(
            sources=sources,
            deciding=self.deciding,
            keeping=keeping,
            executors=sync.Executors(
                inline=inline, temporal=None if self.durable is None else self.durable.executor
            ),
            limits=sync.Limits(
                max_age_seconds=settings.sync_max_age_seconds,
                direct_seconds=settings.sync_timeout_ms / 1_000,
            ),
            clock=clock,
            admit=admit,
        )
        self.views = sync.SyncViews(
            database=database,
            keeping=keeping,
            sources=sources,
            leases=leases,
            history=None if self.durable is None else partial(_history_of, self.durable, clock),
            clock=clock,
            max_age_seconds=settings.sync_max_age_seconds,
        )
        self.figures = sync.SyncFigures(database=database, clock=clock)
        self.upkeep = sync.SyncUpkeep(
            database=database, syncing=self.syncing, leases=leases, clock=clock
        )
        self._pool = pool
        self._inline = inline
        self._worker = sync.SyncWorker(upkeep=self.upkeep, clock=clock)
        self.checks: dict[str, Callable[[], Awaitable[CheckOutcome | None]]] = {
            "sync": sync.SyncCheck(database=database, clock=clock)
        }
        if self.durable is not None:
            self.checks["temporal"] = sync.temporal_check(self.durable.ping)

    def _has_source(self, tenant_id: str) -> bool:
        return self._sources.has(tenant_id)

    def workers(self, *, is_worker: bool) -> list[Service]:
        """Return what works beside the requests, in the order in which it starts."""
        working: list[Service] = [self._pool, self.syncing, self._inline]
        if self.durable is not None:
            working += self.durable.services
        if is_worker:
            working.append(self._worker)
        return working


async def _history_of(
    durable: Durable, clock: Clock, workflow_id: str, run_id: str | None
) -> list[sync.HappenedView]:
    try:
        happened = await durable.history(workflow_id, run_id)
    except ExecutorUnavailable as error:
        # What is known without it is told all the same, and that something is missing.
        happened = [(clock.now_us(), "history_unavailable", {"reason": error.message})]
    return [
        sync.HappenedView(at=format_instant(at), source="workflow", kind=kind, details=details)
        for at, kind, details in happened
    ]


def _reach_of(settings: Settings) -> sync.Reach:
    allowed = tuple(map(ip_network, settings.sync_allowed_networks or ()))
    return sync.Reach(
        networks=(*allowed, *(sync.LOOPBACK if settings.dev else ())),
        files_root=settings.sync_files_root,
        data_dir=settings.data_dir,
    )


def _evaluate(flags: Flags, tenant_id: str) -> sync.Evaluated | None:
    """Ask the flag which method a tenant's sync takes."""
    found = flags.decide(tenant_id, sync.FLAG, {"targetingKey": tenant_id})
    if found.error_code == _NO_SUCH_FLAG:
        return None
    error = found.error_details or found.error_code
    value: Any = found.value if found.has_value else None
    if error is None and not found.has_value:
        error = f"it has no value ({found.reason})"
    return sync.Evaluated(
        value=value, variant=found.variant or None, reason=found.reason, error=error
    )

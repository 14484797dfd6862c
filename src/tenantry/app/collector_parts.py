"""The parts of the feature `collector`, built and joined."""

import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from tenantry import collector
from tenantry.app.collecting import COLLECTED_FILE, collected_database, collecting_tenant
from tenantry.app.node import name_of_this_node
from tenantry.base import Clock, Service
from tenantry.db import Database, LazyDatabase, Tenant, Transaction
from tenantry.eventlog import EventLog
from tenantry.reliability import Breakers, CheckOutcome, CircuitBreaker
from tenantry.scheduling import Leases
from tenantry.settings import Settings

_Check: TypeAlias = Callable[[], Awaitable[CheckOutcome | None]]
_LEASE_SECONDS: Final = 15.0
# As `tenantry.reliability.atproto_breaker` is, which programs have to themselves.
_BREAKER: Final = "atproto"
_FAILURES: Final = 5
_RECOVERY_SECONDS: Final = 30


class CollectorParts:
    """What tells of the stream that is collected, and what finds users.

    Nothing here connects to the network unless the role `collector` is asked for.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        log: EventLog,
        breakers: Breakers,
        admit: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._is_own = database.dialect == "sqlite"
        self._file = settings.data_dir / COLLECTED_FILE
        self.database: Database = database
        if self._is_own:
            self.database = LazyDatabase(collected_database(settings), clock=clock)
        self._tenant_id = tenant_id = collecting_tenant(settings)
        self._leases = Leases(
            database=self.database,
            clock=clock,
            holder=name_of_this_node(),
            ttl_seconds=_LEASE_SECONDS,
        )
        self.control = collector.Control(
            database=self.database, log=log, clock=clock, collecting_tenant=tenant_id
        )
        self.views = collector.CollectorViews(
            database=self.database, clock=clock, collecting_tenant=tenant_id
        )
        self.replaying = collector.Replaying(
            database=self.database, log=log, clock=clock, admit=admit
        )
        self.strategies = collector.Strategies(
            database=self.database,
            log=log,
            clock=clock,
            per_second=float(settings.atproto_rate_limit),
        )
        self._erasing = collector.Erasing(
            leases=self._leases, clock=clock, collecting_tenant=tenant_id
        )
        is_asked = "collector" in settings.roles
        self._appview = _appview(settings, breakers, clock=clock) if is_asked else None
        self.checks: dict[str, _Check] = {
            "jetstream": collector.CollectorCheck(views=self.views, is_asked=is_asked, clock=clock)
        }
        if self._appview is not None:
            self.checks["atproto"] = collector.atproto_check(
                self._appview.check_health, clock=clock
            )

    def workers(self) -> list[Service]:
        """Return what works beside the requests, in the order in which it starts."""
        if self._appview is None:
            return []
        runner = collector.StrategyRunner(
            database=self.database,
            network=collector.AppViewNetwork(self._appview),
            leases=self._leases,
            clock=self._clock,
            rng=random.Random(),  # noqa: S311 - spreads retries
        )
        return [
            self._appview,
            collector.StrategyLoop(strategies=self.strategies, runner=runner, clock=self._clock),
            collector.PulseWatch(self.views, clock=self._clock),
            collector.PurgeWorker(
                collector.Purging(database=self.database, clock=self._clock),
                tenant_id=self._tenant_id,
                clock=self._clock,
            ),
        ]

    async def erase(self, tenant_id: str) -> None:
        """Delete what was collected for a tenant that is gone, where it has a file of its own."""
        is_ours = tenant_id == self._tenant_id
        if self._is_own and (is_ours or self._file.exists()):
            await self.database.write(Tenant(tenant_id), self.erase_in, tenant_id)

    def erase_in(self, tx: Transaction, tenant_id: str) -> None:
        """Delete what was collected for a tenant, inside another's unit."""
        self._erasing.erase_in(tx, tenant_id)

    async def stop(self) -> None:
        """Close the file, where it was opened."""
        if self._is_own:
            await self.database.stop()


def _appview(settings: Settings, breakers: Breakers, *, clock: Clock) -> collector.AppView:
    breaker = breakers.add(
        CircuitBreaker(
            _BREAKER, failure_threshold=_FAILURES, recovery_timeout=_RECOVERY_SECONDS, clock=clock
        )
    )
    limiter = collector.appview_limiter(settings.atproto_rate_limit, clock=clock)
    return collector.AppView(
        settings.atproto_service, limiter=limiter, breaker=breaker, clock=clock
    )

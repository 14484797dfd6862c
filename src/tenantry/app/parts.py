"""The concrete parts of a process, built and joined."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tenantry import clients, collector, configs, flags, operations, sync, tenants, updater, web
from tenantry.app.client_parts import ClientParts
from tenantry.app.collector_parts import CollectorParts
from tenantry.app.limits import compose_failures, compose_limits
from tenantry.app.sync_parts import SyncParts
from tenantry.app.updater_parts import UpdaterParts, registry_of
from tenantry.base import Clock, Principal, Service
from tenantry.db import GuardedDatabase, database_breakers
from tenantry.eventlog import EventLog, EventTypes, ProjectionRunner
from tenantry.reliability import Breakers, SharedAllowance
from tenantry.settings import Settings
from tenantry.telemetry import Metrics, memory_ratio
from tenantry.testing import FaultyDatabase, inject
from tenantry.vault import Vault


class Parts:
    """Everything that `settings` ask for, not started yet."""

    def __init__(
        self, *, settings: Settings, clock: Clock, passwords: tenants.Passwords | None
    ) -> None:
        self.is_open = False
        self.is_draining = False
        self.settings = settings
        self.clock = clock
        self.breakers = Breakers(is_enabled=settings.enable_circuit_breaker)
        self.metrics = Metrics(breaker_states=self.breakers.states)
        self.accounts = web.Accounts(metrics=self.metrics)
        query, bulk = map(self.breakers.add, database_breakers(clock=clock))
        self.drill_breaker = self.breakers.add(operations.drill_breaker(clock=clock))
        self.drill_limiter = operations.DrillLimiter(clock=clock)
        driver = FaultyDatabase(operations.database_of(settings), clock=clock)
        self.database = GuardedDatabase(driver, query=query, bulk=bulk, clock=clock)
        key_source = operations.master_key_source(settings)
        self.vault = Vault(database=self.database, clock=clock, master=key_source.present())
        self.log = EventLog(
            database=self.database,
            clock=clock,
            types=_event_types(),
            queue_max=settings.db_queue_max,
        )
        self.keys = operations.Keys(vault=self.vault, source=key_source, log=self.log)
        self.allowance = operations.DatabaseAllowance(database=self.database, clock=clock)
        # One process has an SQLite database to itself, so there is nobody to share with.
        shared = None if self.database.dialect == "sqlite" else self.allowance
        self.limits = compose_limits(
            settings, drill_limiter=self.drill_limiter, allowance=shared, clock=clock
        )
        self.access_runner = ProjectionRunner(
            log=self.log,
            projection=tenants.AccessProjection(),
            clock=clock,
            snapshot_every=settings.snapshot_every,
            observer=tenants.AccessObserver(recheck=self._recheck),
        )
        self.access_ledger = tenants.AccessLedger(
            database=self.database, log=self.log, runner=self.access_runner
        )
        self.access = tenants.Access(ledger=self.access_ledger, clock=clock)
        self.passwords = passwords or tenants.Passwords()
        self.breaker_control = operations.BreakerControl(
            breakers=self.breakers,
            database=self.database,
            log=self.log,
            clock=clock,
            idempotency_hours=settings.idempotency_hours,
        )
        self.config_runner = ProjectionRunner(
            log=self.log,
            projection=configs.ConfigStateProjection(),
            clock=clock,
            snapshot_every=settings.snapshot_every,
            observer=configs.ProjectionNarrator(),
        )
        registry = registry_of(settings)
        self.config_store = configs.ConfigStore(
            log=self.log,
            runner=self.config_runner,
            clock=clock,
            vault=self.vault,
            idempotency_hours=settings.idempotency_hours,
            reserved=[
                flags.reserved_names(),
                sync.reserved_names(),
                updater.reserved_names(registry),
            ],
        )
        self.flags = flags.Flags(store=self.config_store)
        self.config_feed = configs.ConfigFeed(log=self.log, clock=clock)
        self.config_watches = configs.ConfigWatches(
            log=self.log,
            runner=self.config_runner,
            feed=self.config_feed,
            clock=clock,
            may=self.access.may_still,
        )
        self.flag_watches = flags.FlagWatches(watches=self.config_watches)
        self.config_worker = configs.ConfigUpdateWorker(log=self.log, clock=clock)
        self.client_runner = ProjectionRunner(
            log=self.log,
            projection=clients.ClientIndex(),
            clock=clock,
            snapshot_every=settings.snapshot_every,
        )
        self.health = operations.Health(
            database=self.database,
            log=self.log,
            followers={
                "access": self.access_runner,
                "clients": self.client_runner,
                "configs": self.config_runner,
            },
            clock=clock,
            is_started=lambda: self.is_open,
            is_draining=lambda: self.is_draining,
        )
        self.process_figures = operations.ProcessFigures(memory=_memory_of(settings))
        self.health.services.register("process", self.process_figures.check)
        self.doctor = operations.Doctor(
            settings=settings,
            database=self.database.driver,
            health=self.health,
            clock=clock,
            root_count=self.access.root_count,
        )
        self.drill = operations.Drill(
            database=self.database,
            log=self.log,
            faults=inject,
            breaker=self.drill_breaker,
            limiter=self.drill_limiter,
            services=self.health.services,
            workers={"config_update_worker": self.config_worker},
            clock=clock,
        )

        self.sync_parts = SyncParts(
            settings=settings,
            database=self.database,
            configs=self.config_store,
            flags=self.flags,
            admit=self.access.refuse_erased,
            breakers=self.breakers,
            clock=clock,
        )
        self.updater_parts = UpdaterParts(
            settings=settings,
            database=self.database,
            configs=self.config_store,
            registry=registry,
            log=self.log,
            is_sandbox=self.access.is_sandbox,
            clock=clock,
        )
        self.collector_parts = CollectorParts(
            settings=settings,
            database=self.database,
            log=self.log,
            breakers=self.breakers,
            admit=self.access.refuse_erased,
            clock=clock,
        )
        for parts in (self.sync_parts, self.updater_parts, self.collector_parts):
            for name, check in parts.checks.items():
                self.health.services.register(name, check)
        self._compose_access(shared)

    def _compose_access(self, shared: SharedAllowance | None) -> None:
        ledger, clock = self.access_ledger, self.clock
        self.erased_elsewhere = tenants.ErasedElsewhere(
            ledger=ledger, erase=[self.collector_parts.erase]
        )
        self.tenants = tenants.Tenants(
            ledger=ledger,
            vault=self.vault,
            erase_with=[
                clients.delete_clients,
                self.sync_parts.upkeep.erase_in,
                self.updater_parts.upkeep.erase_in,
                self.collector_parts.erase_in,
            ],
            elsewhere=self.erased_elsewhere,
        )
        self.users = tenants.Users(ledger=ledger, passwords=self.passwords, clock=clock)
        self.api_keys = tenants.ApiKeys(ledger=ledger, clock=clock)
        self.logins = tenants.Logins(
            ledger=ledger,
            passwords=self.passwords,
            failures=compose_failures(allowance=shared, clock=clock),
            clock=clock,
            session_hours=self.settings.session_hours,
            post_login=self.sync_parts.syncing.after_login,
        )
        self.export = tenants.Export(
            tenants=self.tenants,
            users=self.users,
            keys=self.api_keys,
            parts={"clients": self._export_clients, "settings": self._export_settings},
        )
        self.audit = tenants.Audit(log=self.log)
        self.client_parts = ClientParts(
            settings=self.settings,
            database=self.database,
            log=self.log,
            runner=self.client_runner,
            access=ledger,
            passwords=self.passwords,
            tenants_feature=self.tenants,
            vault=self.vault,
            clock=clock,
        )
        self.clients = self.client_parts.clients
        self.client_startup = clients.ClientStartup(
            folder=self.client_parts.folder, clock=self.clock
        )

    def workers(self) -> list[Service]:
        """Return what works beside the requests, in the order in which it starts."""
        workers: list[Service] = [
            self.passwords,
            tenants.AccessWorker(
                access=self.access, database=self.database, clock=self.clock, recheck=self._recheck
            ),
            tenants.ErasureWorker(self.erased_elsewhere, clock=self.clock),
            operations.OverrideFollower(control=self.breaker_control, clock=self.clock),
            operations.ProcessWatch(figures=self.process_figures, clock=self.clock),
            operations.Pulse(health=self.health, database=self.database, clock=self.clock),
        ]
        workers += self.sync_parts.workers(is_worker="worker" in self.settings.roles)
        workers += self.updater_parts.workers(is_worker="worker" in self.settings.roles)
        workers += self.collector_parts.workers()
        if "web" in self.settings.roles:
            workers.append(self.config_feed)
        if "worker" in self.settings.roles:
            workers += [
                self.config_worker,
                self.client_startup,
                operations.Sweeper(log=self.log, allowance=self.allowance, clock=self.clock),
            ]
        return workers

    def _recheck(self) -> None:
        """End what is open for whoever may not have it any more."""
        self.config_watches.end_revoked()

    async def _export_clients(self, principal: Principal, tenant_id: str) -> dict[str, Any]:
        exported = await self.client_parts.views.export(principal, tenant_id, ())
        return {client.key: client.config for client in exported}

    async def _export_settings(self, principal: Principal, tenant_id: str) -> dict[str, Any]:
        return self.config_store.export(principal, tenant_id)


def _event_types() -> EventTypes:
    return (
        clients.EVENT_TYPES
        | collector.EVENT_TYPES
        | configs.EVENT_TYPES
        | operations.EVENT_TYPES
        | tenants.EVENT_TYPES
        | updater.EVENT_TYPES
    )


def _memory_of(settings: Settings) -> Callable[[], float | None]:
    limit = settings.memory_limit_mb
    return partial(memory_ratio, limit_bytes=None if limit is None else limit * 1024 * 1024)

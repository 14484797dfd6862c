"""The composition root: the only module that builds the concrete parts and joins them."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from tenantry import configs, operations, web
from tenantry.base import Clock, Service, SystemClock
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.configs import api as config_api
from tenantry.db import GuardedDatabase, database_breakers, migrate
from tenantry.eventlog import EventLog, EventTypes, ProjectionRunner
from tenantry.operations import api as operations_api
from tenantry.reliability import Breakers, RateLimiter, SharedRateLimiter
from tenantry.settings import Settings
from tenantry.telemetry import (
    LogSink,
    Metrics,
    active_sink,
    get_logger,
    memory_ratio,
    narrate_events,
    observe_spans,
)
from tenantry.testing import FaultyDatabase, inject
from tenantry.vault import Vault

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""A setting of a million characters, each of them written as two escapes, is 12 MB."""

_TAGS: Final = {
    "configs": "Every setting of every tenant, with its history.",
    "operations": "Metrics, the database, the log, its backup and the master key.",
    "reliability": "Health, circuit breakers and limits.",
    "drill": "Failures on purpose, for `tenantry drill`.",
}
# Another try a second later would find the same.
_PERMANENT: Final = frozenset(
    {"database_in_use", "postgres_too_old", "sqlite_unsafe", "wrong_master_key"}
)
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 10.0
_STANDSTILL_SECONDS: Final = 5.0
# A drill takes some eighty requests; what it may not do is keep a node from working.
_DRILL_LIMIT: Final = 1_000

_LOGGER = get_logger("tenantry.app")


class Application(Service):
    """Everything one process serves, without the port it is served on.

    `start` returns when requests can be answered, or when it turns out that the database or the log
    cannot be used yet: that is tried again in the background, and `is_ready` says when it works. It
    raises only for what trying again cannot mend: `Invalid`, `Conflict`, a database in use.
    """

    def __init__(self, *, settings: Settings, clock: Clock, local_token: str | None) -> None:
        super().__init__()
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
        self.keys = operations.Keys(vault=self.vault, source=key_source)
        self.log = EventLog(
            database=self.database,
            clock=clock,
            types=_event_types(),
            queue_max=settings.db_queue_max,
        )
        self.allowance = operations.DatabaseAllowance(database=self.database, clock=clock)
        self.limits = _compose_limits(self)
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
        self.config_store = configs.ConfigStore(
            log=self.log,
            runner=self.config_runner,
            clock=clock,
            vault=self.vault,
            idempotency_hours=settings.idempotency_hours,
        )
        self.config_feed = configs.ConfigFeed(log=self.log, clock=clock)
        self.config_watches = configs.ConfigWatches(
            log=self.log, runner=self.config_runner, feed=self.config_feed, clock=clock
        )
        self.config_worker = configs.ConfigUpdateWorker(log=self.log, clock=clock)
        self.health = operations.Health(
            database=self.database,
            log=self.log,
            followers={"configs": self.config_runner},
            clock=clock,
            is_started=lambda: self._is_open,
            is_draining=lambda: self._is_draining,
        )
        self.process_figures = operations.ProcessFigures(memory=_memory_of(settings))
        self.health.services.register("process", self.process_figures.check)
        self.doctor = operations.Doctor(
            settings=settings, database=self.database.driver, health=self.health, clock=clock
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
        authenticator = _authenticator(settings, local_token=local_token)
        probes = _probe_handlers(self, authenticator)
        self.asgi = _compose_asgi(self, authenticator, probes)
        self.probe_asgi = _compose_probes(self, authenticator, probes)
        self.quick = _compose_quick(self, authenticator)
        self._workers = self._compose_workers()
        self._is_open = False
        self._is_draining = False
        self._opening: asyncio.Task[None] | None = None
        self._observing = contextlib.ExitStack()

    @property
    def log_sink(self) -> LogSink:
        """Where this process writes its log lines."""
        return active_sink()

    @property
    def is_ready(self) -> bool:
        """Whether everything is open and the projections are the log's state."""
        return self._is_open and not self._is_draining and self.config_runner.is_ready

    def drain(self) -> None:
        """Say from now on that this node is not ready: it is about to stop; end all streams."""
        self._is_draining = True
        self.config_feed.drain()

    async def _on_start(self) -> None:
        self._is_draining = False
        self._observing.callback(observe_spans(self.metrics))
        self._observing.callback(narrate_events())
        try:
            await self._open()
        except Unavailable as error:
            if error.code in _PERMANENT:
                await self._on_stop()
                raise
            _LOGGER.warning("Not ready, trying again", reason=error.message, code=error.code)
            self._opening = asyncio.create_task(self._open_until_done(), name="opening")
        except BaseException:
            await self._on_stop()
            raise

    async def _open(self) -> None:
        """Open everything in order; what is open already stays so."""
        await self.database.start()
        await migrate(self.database, clock=self.clock)
        await self.keys.mend()
        await self.vault.start()
        await self.log.start()
        await self.config_runner.start()
        await self._replayed()
        for worker in self._workers:
            await worker.start()
        self._is_open = True

    async def _replayed(self) -> None:
        """Wait for the replay as long as it moves; without the log it does not."""
        position = -1
        while not self.config_runner.is_ready and self.config_runner.position != position:
            position = self.config_runner.position
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.config_runner.ready(), _STANDSTILL_SECONDS)

    async def _open_until_done(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._is_open:
            await self.clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            try:
                await self._open()
            except TenantryError as error:
                _LOGGER.warning("Still not ready", reason=error.message, code=error.code)
            except (
                Exception
            ):  # the task's outermost guard: a node that gives up stays down for good
                _LOGGER.exception("Still not ready")
        _LOGGER.info("Everything is open")

    async def _on_stop(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._opening
            self._opening = None

        self._is_open = False
        for worker in reversed(self._workers):
            await worker.stop()
        await self.config_runner.stop()
        await self.log.stop()
        await self.vault.stop()
        await self.database.stop()
        self._observing.close()

    def _compose_workers(self) -> list[Service]:
        workers: list[Service] = [
            operations.OverrideFollower(control=self.breaker_control, clock=self.clock),
            operations.ProcessWatch(figures=self.process_figures, clock=self.clock),
            operations.Pulse(health=self.health, clock=self.clock),
        ]
        if "web" in self.settings.roles:
            workers.append(self.config_feed)
        if "worker" in self.settings.roles:
            workers += [
                self.config_worker,
                operations.Sweeper(log=self.log, allowance=self.allowance, clock=self.clock),
            ]
        return workers


def build_application(
    settings: Settings, *, clock: Clock | None = None, local_token: str | None = None
) -> Application:
    """Return the application that `settings` describe, not started yet.

    Whoever shows `local_token` is root; without `DEV` nobody else is anybody.
    """
    return Application(settings=settings, clock=clock or SystemClock(), local_token=local_token)


def _event_types() -> EventTypes:
    return configs.EVENT_TYPES | operations.EVENT_TYPES


def _compose_limits(app: Application) -> web.RequestLimits:
    """Build the limits that the settings ask for: none of the API's in development."""
    settings = app.settings
    limits = [
        web.RequestLimit(paths=["/api/drill/limited"], limiter=app.drill_limiter),
        web.RequestLimit(paths=["/api/drill"], limiter=_limiter(app, "drills", _DRILL_LIMIT)),
    ]
    if not settings.enable_rate_limit:
        return web.RequestLimits(limits, clock=app.clock)

    if settings.api_rate_limit and not settings.dev:
        of_tenants = settings.tenant_rate_limits or {}
        limits.append(
            web.RequestLimit(
                paths=["/api"],
                limiter=_limiter(app, "api", settings.api_rate_limit),
                of_tenants={
                    tenant: _limiter(app, f"api-{tenant}", limit)
                    for tenant, limit in of_tenants.items()
                },
            )
        )
    if settings.config_rate_limit:
        limiter = _limiter(app, "config", settings.config_rate_limit)
        limits.append(web.RequestLimit(paths=["/config", "/v1/config"], limiter=limiter))
    return web.RequestLimits(limits, clock=app.clock)


def _limiter(app: Application, name: str, limit: int) -> web.RequestLimiter:
    """Return a limiter by the minute: one for all nodes, where there may be several."""
    if app.database.dialect == "sqlite":
        return RateLimiter(name, limit=limit, clock=app.clock)
    return SharedRateLimiter(name, allowance=app.allowance, limit=limit, clock=app.clock)


def _memory_of(settings: Settings) -> Callable[[], float | None]:
    limit = settings.memory_limit_mb
    return partial(memory_ratio, limit_bytes=None if limit is None else limit * 1024 * 1024)


def _authenticator(settings: Settings, *, local_token: str | None) -> web.Authenticator:
    if settings.dev:
        return web.DevelopmentAuthenticator()
    return web.TokenAuthenticator(token=local_token)


def _compose_quick(
    app: Application, authenticator: web.Authenticator
) -> config_api.ConfigQuickDoor | None:
    """Build what the server may ask before the ASGI application; None where nothing is hot."""
    # It answers at once, and a limit may have to be asked for elsewhere.
    if "web" not in app.settings.roles or app.limits.cover("/config"):
        return None
    return config_api.ConfigQuickDoor(
        store=app.config_store,
        authenticator=authenticator,
        accounts=app.accounts,
        default_tenant=app.settings.default_tenant,
        clock=app.clock,
    )


def _probe_handlers(app: Application, authenticator: web.Authenticator) -> list[Any]:
    return [
        *operations_api.probe_handlers(app.health),
        *operations_api.health_handlers(app.health, clock=app.clock),
        *operations_api.metrics_handlers(app.metrics, authenticator=authenticator),
    ]


def _compose_probes(
    app: Application, authenticator: web.Authenticator, probes: Sequence[Any]
) -> web.AsgiApp | None:
    """Build what answers at `METRICS_PORT`: probes and metrics alone. None where there is none."""
    if app.settings.metrics_port is None:
        return None
    inner = web.WebApp(
        handlers=probes,
        authenticator=authenticator,
        clock=app.clock,
        default_tenant=app.settings.default_tenant,
        tags={},
        declarations={},
        is_described=False,
    )
    return web.Frame(inner, accounts=app.accounts, clock=app.clock)


def _compose_asgi(
    app: Application, authenticator: web.Authenticator, probes: Sequence[Any]
) -> web.AsgiApp:
    inner = (
        _compose_features(app, authenticator, probes)
        if "web" in app.settings.roles
        else _compose_routes(app, authenticator, probes)
    )
    return web.Frame(inner, accounts=app.accounts, clock=app.clock, max_body_bytes=MAX_BODY_BYTES)


def _compose_features(
    app: Application, authenticator: web.Authenticator, probes: Sequence[Any]
) -> web.AsgiApp:
    operator = operations.Operations(database=app.database, clock=app.clock)
    runtime = configs.ConfigRuntime(log=app.log, runner=app.config_runner, worker=app.config_worker)
    handlers = [
        *probes,
        *operations_api.operations_handlers(operator, clock=app.clock),
        *operations_api.key_handlers(app.keys, clock=app.clock),
        *operations_api.doctor_handlers(app.doctor, clock=app.clock),
        *operations_api.reliability_handlers(app.breaker_control, app.limits, clock=app.clock),
        *operations_api.drill_handlers(app.drill, clock=app.clock),
        *config_api.config_handlers(app.config_store, app.config_watches),
        *config_api.runtime_handlers(runtime, clock=app.clock),
    ]
    return config_api.ConfigDoor(
        _compose_routes(app, authenticator, handlers),
        store=app.config_store,
        authenticator=authenticator,
        default_tenant=app.settings.default_tenant,
        clock=app.clock,
        limits=app.limits,
    )


def _compose_routes(
    app: Application, authenticator: web.Authenticator, handlers: Sequence[Any]
) -> web.AsgiApp:
    return web.WebApp(
        handlers=handlers,
        authenticator=authenticator,
        clock=app.clock,
        default_tenant=app.settings.default_tenant,
        limits=app.limits,
        tags=_TAGS,
        declarations={**operations_api.DECLARATIONS, **config_api.DECLARATIONS},
    )

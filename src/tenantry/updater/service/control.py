"""`Control`: starting, stopping and configuring a tenant's updaters."""

from typing import Any, Final

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid
from tenantry.db import Transaction
from tenantry.telemetry import get_logger
from tenantry.updater import store
from tenantry.updater.errors import AlreadyRunning, NotRunning, SeedFixed
from tenantry.updater.model import ConfigView
from tenantry.updater.service.explaining import Explaining
from tenantry.updater.service.journal import Journal
from tenantry.updater.service.living import Living
from tenantry.updater.service.permissions import CONFIGURE, RUN
from tenantry.updater.service.settings import UpdaterSettings
from tenantry.updater.service.worlds import Worlds, world_in

LOG_LEVELS: Final = ("debug", "info", "warning", "error")
_ALIASES: Final = {"warn": "warning"}

_LOGGER: Final = get_logger("tenantry.updater")


class Control:
    """What people decide about a tenant's updaters; each of it is in the audit."""

    def __init__(
        self,
        *,
        worlds: Worlds,
        settings: UpdaterSettings,
        explaining: Explaining,
        living: Living,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._worlds = worlds
        self._settings = settings
        self._explaining = explaining
        self._living = living
        self._journal = journal
        self._clock = clock

    async def start(
        self,
        principal: Principal,
        tenant_id: str,
        *,
        is_dry_run: bool = False,
        log_level: str | None = None,
    ) -> None:
        """Have a tenant's updaters run by their schedules from now on, on whichever node.

        What was due while they were stopped is recorded as passed over. Raises `NotASandbox`,
        `AlreadyRunning`, and `Invalid` for a log level that is none.
        """
        principal.authorise(tenant_id, RUN)
        self._worlds.check_sandbox(tenant_id)
        level = None if log_level is None else check_level(log_level)
        settled = self._settings.find(tenant_id)
        known = await self._worlds.find(tenant_id)
        if known is not None and known.is_running:
            raise AlreadyRunning(f"the updaters of tenant {tenant_id} are running already")
        if known is not None and known.backfill_until is None:
            await self._living.pass_by(tenant_id)

        def unit(tx: Transaction) -> tuple[None, dict[str, Any]]:
            world_in(tx, tenant_id, settled)
            now = self._clock.now_us()
            counts = store.set_running(
                tx, tenant_id, is_dry_run=is_dry_run, log_level=level, at=now, by=principal.id
            )
            if counts is None:
                raise AlreadyRunning(f"the updaters of tenant {tenant_id} are running already")
            self._journal.tell_in(tx, tenant_id, "info", "Updaters started", dryRun=is_dry_run)
            return None, {"dryRun": is_dry_run, "logLevel": counts}

        await self._worlds.act(principal, tenant_id, "started", unit)
        _LOGGER.info("Updaters started", tenant=tenant_id, is_dry_run=is_dry_run)
        self._warn(tenant_id)
        self._living.wake()

    async def stop(self, principal: Principal, tenant_id: str) -> None:
        """Have them run no more; a run under way comes to its end. Raises `NotRunning`."""
        principal.authorise(tenant_id, RUN)

        def unit(tx: Transaction) -> tuple[None, dict[str, Any]]:
            if not store.set_stopped(tx, tenant_id):
                raise NotRunning(f"the updaters of tenant {tenant_id} are not running")
            self._journal.tell_in(tx, tenant_id, "info", "Updaters stopped")
            return None, {}

        await self._worlds.act(principal, tenant_id, "stopped", unit)
        _LOGGER.info("Updaters stopped", tenant=tenant_id)

    async def configure(
        self, principal: Principal, tenant_id: str, change: dict[str, Any]
    ) -> ConfigView:
        """Merge `change` into the configuration, and return it as it counts from now on.

        It is checked as a whole before any of it counts: raises `Invalid` with the path,
        `IntentMismatch` for an intent that does not fit and is not acknowledged, and `SeedFixed`.
        """
        principal.authorise(tenant_id, CONFIGURE)
        if not change:
            raise Invalid(field="config", got="nothing", wants="an object with what shall change")
        wanted = self._settings.preview(tenant_id, change)
        self._explaining.check(wanted)
        await self._check_seed(tenant_id, wanted.config.data_generation_config.seed)
        await self._settings.keep(principal, tenant_id, wanted)
        _LOGGER.info("Updaters configured", tenant=tenant_id, parts=sorted(change))
        self._warn(tenant_id)
        self._living.wake()
        return self._explaining.config(principal, tenant_id)

    async def _check_seed(self, tenant_id: str, seed: int | None) -> None:
        """Raise `SeedFixed` for a seed that would never count."""
        world = await self._worlds.find(tenant_id)
        if world is not None and seed not in {None, world.seed}:
            raise SeedFixed(
                f"dataGenerationConfig.seed: got {seed}, but the tenant's world has begun with "
                f"{world.seed}",
                details={"seed": seed, "begun": str(world.seed)},
            )

    def _warn(self, tenant_id: str) -> None:
        """Have the log say what is not as it seems about schedules."""
        settled = self._settings.find(tenant_id)
        for key in settled.schedules:
            view = self._explaining.schedule(settled, key, count=0)
            for warning in view.explanation.warnings:
                _LOGGER.warning(
                    "A schedule may not be what is meant",
                    tenant=tenant_id,
                    schedule=key,
                    cron=view.cron,
                    code=warning.code,
                    meaning=warning.message,
                )


def check_level(text: str) -> str:
    """Return a log level; raises `Invalid`."""
    level = _ALIASES.get(text, text)
    if level not in LOG_LEVELS:
        raise Invalid(field="logLevel", got=text[:32], wants="debug, info, warn or error")
    return level

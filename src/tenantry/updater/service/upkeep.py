"""`UpdaterUpkeep`: what is done for all tenants, without anybody asking."""

import asyncio
from typing import Final

from tenantry.base import Clock
from tenantry.base.errors import TenantryError
from tenantry.db import Database, System, Transaction
from tenantry.scheduling import Runner
from tenantry.updater import store
from tenantry.updater.service.journal import KEPT_DAYS
from tenantry.updater.service.living import Living
from tenantry.updater.service.settings import UpdaterSettings
from tenantry.updater.service.worlds import Worlds

_SYSTEM: Final = System("updaters of all tenants are run by whichever node sees them first")
_DAY_US: Final = 86_400_000_000


class UpdaterUpkeep:
    """Finds tenants whose updaters run, moves them on, and forgets what is old."""

    def __init__(
        self,
        *,
        database: Database,
        worlds: Worlds,
        living: Living,
        settings: UpdaterSettings,
        runner: Runner,
        clock: Clock,
    ) -> None:
        self._database = database
        self._worlds = worlds
        self._living = living
        self._settings = settings
        self._runner = runner
        self._clock = clock

    @property
    def woken(self) -> asyncio.Event:
        """Set when somebody has decided something on this node."""
        return self._living.woken

    async def under_way(self) -> list[str]:
        """Return the tenants whose updaters run, and may: those that are sandboxes."""
        found = await self._database.read(_SYSTEM, store.worlds_under_way)
        return [tenant_id for tenant_id in found if self._worlds.is_sandbox(tenant_id)]

    async def release_those_of_the_dead(self) -> None:
        """Let the turns lapse of processes that cannot be alive any more."""
        await self._runner.release_those_of_the_dead()

    def settings_of(self, tenant_id: str) -> object:
        """Return what stands for a tenant's settings: another one when they change."""
        try:
            return self._settings.find(tenant_id).config
        except TenantryError:
            return None

    async def step(self, tenant_id: str) -> int | None:
        """Run what is due of a tenant; returns when to come again."""
        return await self._living.step(tenant_id)

    async def forget_old(self) -> None:
        """Delete lines and fire times that are older than 30 days."""
        before = self._clock.now_us() - KEPT_DAYS * _DAY_US
        await self._database.write(_SYSTEM, store.forget_logs, before)
        await self._database.write(_SYSTEM, self._runner.record.forget_in, before)

    def erase_in(self, tx: Transaction, tenant_id: str) -> None:
        """Delete everything of a tenant, inside the unit that erases it."""
        self._living.erase_in(tx, tenant_id)
        store.delete_all(tx, tenant_id)

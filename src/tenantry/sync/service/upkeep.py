"""What keeps syncs whole when nobody looks: deserted runs, collections due again, old records."""

import asyncio
from typing import Final

from tenantry.base import Clock, Principal
from tenantry.base.errors import TenantryError
from tenantry.base.principal import ALL
from tenantry.db import Database, System, Tenant, Transaction
from tenantry.scheduling import Leases
from tenantry.sync import rules, store
from tenantry.sync.model import Cleanup, TriggerSource, Unlocked
from tenantry.sync.service.permissions import OPERATE, RUN
from tenantry.sync.service.syncing import Syncing
from tenantry.telemetry import emit, get_logger

KEPT_DAYS: Final = 30
"""So long runs and their timelines are kept."""
AT_ONCE: Final = 4
"""Tenants that are taken up side by side, and at most so many a sweep times eight."""

_SYSTEM: Final = System("what is due of every tenant's sync")
_DAY_US: Final = 24 * 3_600_000_000
_LOGGER: Final = get_logger("tenantry.sync")


class SyncUpkeep:
    """Takes up what was left lying; `sweep` may run on every node, since leases keep them apart."""

    def __init__(
        self, *, database: Database, syncing: Syncing, leases: Leases, clock: Clock
    ) -> None:
        self._database = database
        self._syncing = syncing
        self._leases = leases
        self._clock = clock

    async def sweep(self) -> Cleanup:
        """Go on with runs that nobody carries out, and try collections again that are due."""
        now = self._clock.now_us()

        def unit(tx: Transaction) -> tuple[list[str], list[str]]:
            most = AT_ONCE * 8
            deserted = [tenant for tenant, _ in store.deserted_runs(tx, now=now, limit=most)]
            return deserted, store.due_tenants(tx, now=now, limit=most)

        deserted, due = await self._database.read(_SYSTEM, unit)
        emit("tenantry.sync.swept", stuck_count=len(deserted), due_count=len(due))
        wanted: dict[str, TriggerSource] = dict.fromkeys(due, "retry")
        wanted |= dict.fromkeys(deserted, "resume")
        places = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(
            *(self._take_up(tenant, why, places) for tenant, why in wanted.items())
        )
        return Cleanup(taken_up=tuple(sorted(deserted)))

    async def clean_up(self, principal: Principal) -> Cleanup:
        """Sweep now, for an operator of all tenants."""
        principal.authorise(ALL, OPERATE)
        return await self.sweep()

    async def forget_old(self) -> None:
        """Forget runs and timelines that are older than `KEPT_DAYS`."""
        before = self._clock.now_us() - KEPT_DAYS * _DAY_US

        def unit(tx: Transaction) -> None:
            store.forget(tx, before=before)

        await self._database.write(_SYSTEM, unit)

    async def release_those_of_the_dead(self) -> None:
        """End the leases of processes that cannot be alive any more."""
        await self._leases.end_those_of_the_dead(rules.lease_name(""))

    async def unlock(self, principal: Principal, tenant_id: str) -> Unlocked:
        """Take a tenant's lease from whoever has it: they write nothing more."""
        principal.authorise(tenant_id, RUN)

        def unit(tx: Transaction) -> bool:
            held = self._leases.present_in(tx, rules.lease_name(tenant_id))
            if held is None or held.expires_at <= self._clock.now_us():
                return False
            return self._leases.revoke_in(tx, rules.lease_name(tenant_id))

        is_released = await self._database.write(Tenant(tenant_id), unit)
        return Unlocked(
            tenant_id=tenant_id,
            released=is_released,
            message="Lock released" if is_released else "No lock to release",
        )

    def erase_in(self, tx: Transaction, tenant_id: str) -> None:
        """Delete all that is a tenant's inside another's unit; no run brings any of it back."""
        self._leases.revoke_in(tx, rules.lease_name(tenant_id))
        store.delete_all(tx, tenant_id)

    async def _take_up(self, tenant_id: str, why: TriggerSource, places: asyncio.Semaphore) -> None:
        async with places:
            try:
                await self._syncing.repair(tenant_id, trigger_source=why)
            except TenantryError as error:
                # It stays due, and is told where the run stands.
                _LOGGER.debug("Not taken up", tenant=tenant_id, reason=error.message)

"""`Control`: whether a tenant's stream is collected."""

from tenantry.base import Clock, Principal
from tenantry.collector import store
from tenantry.collector.errors import OtherTenant
from tenantry.collector.model import Switch
from tenantry.collector.service.belonging import belonging
from tenantry.collector.service.permissions import RUN
from tenantry.db import Database, Tenant
from tenantry.eventlog import EventLog
from tenantry.telemetry import get_logger

_LOGGER = get_logger("tenantry.collector")


class Control:
    """Switches collecting on and off; whoever collects hears of it within a second.

    `collecting_tenant` is the one that is collected for. The switch is on until somebody has it
    off, and stays as it is over restarts.
    """

    def __init__(
        self, *, database: Database, log: EventLog, clock: Clock, collecting_tenant: str
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._collecting_tenant = collecting_tenant

    async def start(self, principal: Principal, tenant_id: str) -> Switch:
        """Have the stream collected; raises `Denied` and `OtherTenant`."""
        return await self._switch(principal, tenant_id, is_on=True)

    async def stop(self, principal: Principal, tenant_id: str) -> Switch:
        """Have it collected no more: what has come is stored first. Raises as `start` does."""
        return await self._switch(principal, tenant_id, is_on=False)

    async def _switch(self, principal: Principal, tenant_id: str, *, is_on: bool) -> Switch:
        principal.authorise(tenant_id, RUN)
        if tenant_id != self._collecting_tenant:
            raise OtherTenant(belonging(principal, self._collecting_tenant))
        switch = Switch(is_on=is_on, at=self._clock.now_us(), by=principal.id)
        verb = "started" if is_on else "stopped"
        # The audit is in another file on SQLite: rather one switch too many there than one too few.
        await self._log.append(store.acted(tenant_id, verb, {}, principal))
        await self._database.write(Tenant(tenant_id), store.keep_switch, tenant_id, switch)
        _LOGGER.info("Collector switched", tenant=tenant_id, is_on=is_on)
        return switch

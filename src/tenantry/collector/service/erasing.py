"""`Erasing`: nothing of a tenant that is erased is left, and nothing more is collected for it."""

from tenantry.base import Clock
from tenantry.collector import store
from tenantry.collector.model import Switch
from tenantry.collector.service.claiming import lease_name
from tenantry.db import Transaction
from tenantry.scheduling import Leases


class Erasing:
    """Deletes what was collected for a tenant; `collecting_tenant` is the one collected for."""

    def __init__(self, *, leases: Leases, clock: Clock, collecting_tenant: str) -> None:
        self._leases = leases
        self._clock = clock
        self._collecting_tenant = collecting_tenant

    def erase_in(self, tx: Transaction, tenant_id: str) -> None:
        """Delete all that is a tenant's inside another's unit.

        Whoever collects for it cannot write any more, and finds it switched off for good.
        """
        self._leases.revoke_in(tx, lease_name(tenant_id))
        store.delete_all(tx, tenant_id)
        if tenant_id == self._collecting_tenant:
            off = Switch(is_on=False, at=self._clock.now_us())
            store.keep_switch(tx, tenant_id, off)

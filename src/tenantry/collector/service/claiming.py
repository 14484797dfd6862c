"""The right to collect for a tenant, which one process has at a time."""

import contextlib
import os
from collections.abc import AsyncIterator
from typing import Final

from tenantry.base import Clock
from tenantry.base.errors import Unavailable
from tenantry.db import Database, Tenant, Transaction
from tenantry.scheduling import Held, Lease, LeaseLost, Leases

LEASE_SECONDS: Final = 15.0
"""How long nobody collects after a node has died; another process of its machine knows at once."""
_LOOK_SECONDS: Final = 1.0


def lease_name(tenant_id: str) -> str:
    """Return the name of the right to collect for a tenant."""
    return f"collector:{tenant_id}"


class Claim:
    """Takes the tenant's lease, waiting for whoever has it. `node` is `host:pid`."""

    def __init__(self, *, tenant_id: str, database: Database, node: str, clock: Clock) -> None:
        self._tenant_id = tenant_id
        self._name = lease_name(tenant_id)
        self._database = database
        self._node = node
        self._clock = clock
        self._leases = Leases(
            database=database, clock=clock, holder=node, ttl_seconds=LEASE_SECONDS
        )

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[Lease]:
        """Hold the lease for a block, in which it is extended; wait for it before."""
        lease = await self._take()
        try:
            async with self._leases.kept(lease):
                yield lease
        finally:
            with contextlib.suppress(Unavailable):
                await self._leases.end(lease)

    def check_in(self, tx: Transaction, lease: Lease) -> None:
        """Raise `LeaseLost` unless the lease is held."""
        self._leases.check_in(tx, lease)

    async def _take(self) -> Lease:
        while True:
            taken = await self._leases.take(self._name, tenant_id=self._tenant_id)
            if isinstance(taken, Lease):
                return taken
            if self._has_died(taken):
                with contextlib.suppress(LeaseLost):
                    return await self._take_over(taken)
            await self._clock.sleep(_LOOK_SECONDS)

    async def _take_over(self, held: Held) -> Lease:
        of_the_dead = Lease(held.name, held.holder, held.token, self._tenant_id)
        return await self._database.write(
            Tenant(self._tenant_id), self._leases.take_over_in, of_the_dead
        )

    def _has_died(self, held: Held) -> bool:
        """Whether the holder was a process of this machine that is no more."""
        machine, _, pid = held.holder.rpartition(":")
        if machine != self._node.rpartition(":")[0] or not pid.isdecimal():
            return False
        if int(pid) == os.getpid():
            # A number that was given again: whoever had it cannot be alive.
            return held.holder == self._node
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False

"""Leases with fencing tokens, as rows of the database that all nodes share.

The token is what M. Kleppmann asks of a lock that may be lost unnoticed ("How to do distributed
locking", 2016): it rises with every holder, and whoever writes with an old one is refused.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from tenantry.base import Clock
from tenantry.base.errors import Conflict, Unavailable
from tenantry.db import Database, Scope, System, Tenant, Transaction, load_statements
from tenantry.telemetry import emit

TTL_SECONDS: Final = 300.0
"""How long a lease lasts that nobody extends."""
_EXTENSIONS: Final = 5
_SYSTEM: Final = System("leases are between nodes, and of no tenant")


class LeaseLost(Conflict):
    """Another holder has the lease by now: nothing is written in its name any more."""

    default_code = "lease_lost"


class Lease(msgspec.Struct, frozen=True):
    """The right to do what `name` stands for, proven by `token`; of one tenant, or of all."""

    name: str
    holder: str
    token: int
    tenant_id: str | None = None


class Held(msgspec.Struct, frozen=True):
    """Somebody else has the lease under `token`, until `expires_at` (µs) unless they extend it."""

    name: str
    holder: str
    expires_at: int
    token: int = 0


class Leases:
    """The leases of this node, which is called `holder`; all methods raise `Unavailable`.

    A lease may be of one tenant: its own units can take it and check it then, in the transaction
    that depends on it. Whoever holds one keeps it by extending it; so does whoever carries the work
    on elsewhere under the same token, even after its time, as long as nobody has taken it since.
    What was given back by `end` is nobody's: nothing is written under that token any more.
    """

    def __init__(
        self, *, database: Database, clock: Clock, holder: str, ttl_seconds: float = TTL_SECONDS
    ) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder
        self._ttl_seconds = ttl_seconds

    @contextlib.asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[Lease | Held]:
        """Take the lease for a block and extend it meanwhile, or say who has it."""
        taken = await self.take(name)
        if isinstance(taken, Held):
            yield taken
            return

        try:
            async with self.kept(taken):
                yield taken
        finally:
            await self.end(taken)

    @contextlib.asynccontextmanager
    async def kept(self, lease: Lease) -> AsyncIterator[None]:
        """Extend the lease for a block; one that is lost meanwhile is told, and found by checks."""
        extending = asyncio.create_task(self._extend_for_ever(lease), name=f"lease {lease.name}")
        try:
            yield
        finally:
            extending.cancel()
            # Not the task itself: who is cancelled while waiting must not take it for the end.
            await asyncio.wait({extending})

    async def take(self, name: str, *, tenant_id: str | None = None) -> Lease | Held:
        """Take the lease if nobody has it."""
        return await self._database.write(_scope(tenant_id), self._take, name, tenant_id)

    async def extend(self, lease: Lease) -> None:
        """Let the lease last its whole time again; raises `LeaseLost`."""
        await self._database.write(_scope(lease.tenant_id), self._extend, lease)

    async def end(self, lease: Lease) -> None:
        """Give the lease back; a no-op where it is lost."""
        await self._database.write(_scope(lease.tenant_id), self.end_in, lease)

    async def let_lapse(self, lease: Lease) -> None:
        """Let others take the lease at once, unless somebody else extends it under its token."""
        await self._database.write(_scope(lease.tenant_id), self._lapse, lease)

    async def end_those_of_the_dead(self, prefix: str) -> None:
        """Let the leases lapse whose names begin so, where no other process can live.

        An SQLite file is one process's alone.
        """
        if self._database.dialect == "sqlite":
            await self._database.write(_SYSTEM, _lapse_those, prefix)

    def take_in(self, tx: Transaction, name: str, tenant_id: str | None = None) -> Lease | Held:
        """Take the lease if nobody has it, inside another's unit."""
        token = _statements(tx).take_lease(
            tx.connection,
            name=name,
            tenant_id=tenant_id,
            holder=self._holder,
            now_us=self._clock.now_us(),
            expires_at=self._end_of_time(),
        )
        if token is not None:
            return Lease(name, self._holder, int(token), tenant_id)
        held = self.present_in(tx, name)
        assert held is not None  # noqa: S101 - it was there, and rows stay
        return held

    def take_over_in(self, tx: Transaction, lease: Lease) -> Lease:
        """Take what is held under the token of `lease` for this node: nobody writes under it again.

        Raises `LeaseLost` where another token is in force by now.
        """
        token = _statements(tx).take_lease_from(
            tx.connection,
            name=lease.name,
            token=lease.token,
            holder=self._holder,
            expires_at=self._end_of_time(),
        )
        if token is None:
            raise _lost(lease)
        return Lease(lease.name, self._holder, int(token), lease.tenant_id)

    def revoke_in(self, tx: Transaction, name: str) -> bool:
        """Take the lease from whoever has it, for nobody; False where there has never been one."""
        return _statements(tx).revoke_lease(tx.connection, name=name) is not None

    def present_in(self, tx: Transaction, name: str) -> Held | None:
        """Return who has the lease, or had it last; None where nobody ever had."""
        row = _statements(tx).lease_of_name(tx.connection, name=name)
        if row is None:
            return None
        holder, token, expires_at = row
        return Held(name, holder, expires_at, token)

    def check_in(self, tx: Transaction, lease: Lease) -> None:
        """Raise `LeaseLost` unless the token is in force; nobody raises it before the unit ends.

        It is in force until somebody takes the lease, or it is given back.
        """
        token = _statements(tx).locked_token(tx.connection, name=lease.name)
        if token != lease.token:
            raise _lost(lease)

    def end_in(self, tx: Transaction, lease: Lease) -> None:
        """Give the lease back inside another's unit; a no-op where it is lost."""
        _statements(tx).end_lease(tx.connection, name=lease.name, token=lease.token)

    def _lapse(self, tx: Transaction, lease: Lease) -> None:
        _statements(tx).lapse_lease(tx.connection, name=lease.name, token=lease.token)

    def _take(self, tx: Transaction, name: str, tenant_id: str | None) -> Lease | Held:
        return self.take_in(tx, name, tenant_id)

    def _extend(self, tx: Transaction, lease: Lease) -> None:
        token = _statements(tx).extend_lease(
            tx.connection, name=lease.name, token=lease.token, expires_at=self._end_of_time()
        )
        if token is None:
            raise _lost(lease)

    async def _extend_for_ever(self, lease: Lease) -> None:
        while True:
            await self._clock.sleep(self._ttl_seconds / _EXTENSIONS)
            try:
                await self.extend(lease)
            except Unavailable as error:
                # Another try is due long before the lease is over.
                emit("tenantry.scheduling.lease_kept_short", lease=lease.name, reason=error.message)
            except LeaseLost as error:
                emit("tenantry.scheduling.lease_lost", lease=lease.name, reason=error.message)
                return

    def _end_of_time(self) -> int:
        return self._clock.now_us() + int(self._ttl_seconds * 1_000_000)


def _scope(tenant_id: str | None) -> Scope:
    return _SYSTEM if tenant_id is None else Tenant(tenant_id)


def _lapse_those(tx: Transaction, prefix: str) -> None:
    _statements(tx).lapse_leases(tx.connection, prefix=prefix)


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(f"lease {lease.name}: {lease.holder} has lost it to another holder")


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.scheduling", tx.dialect)

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
from tenantry.db import Database, System, Transaction, load_statements
from tenantry.telemetry import emit

TTL_SECONDS: Final = 300.0
"""How long a lease lasts that nobody extends."""
_EXTENSIONS: Final = 5
_SYSTEM: Final = System("leases are between nodes, and of no tenant")


class LeaseLost(Conflict):
    """Another holder has the lease by now: nothing is written in its name any more."""

    default_code = "lease_lost"


class Lease(msgspec.Struct, frozen=True):
    """The right to do what `name` stands for, proven by `token`."""

    name: str
    holder: str
    token: int


class Held(msgspec.Struct, frozen=True):
    """Somebody else has the lease, until `expires_at` (µs since 1970) unless they extend it."""

    name: str
    holder: str
    expires_at: int


class Leases:
    """The leases of this node, which is called `holder`; all methods raise `Unavailable`."""

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

        extending = asyncio.create_task(self._extend_for_ever(taken), name=f"lease {name}")
        try:
            yield taken
        finally:
            extending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await extending
            await self.end(taken)

    async def take(self, name: str) -> Lease | Held:
        """Take the lease if nobody has it."""
        return await self._database.write(_SYSTEM, self._take, name)

    async def extend(self, lease: Lease) -> None:
        """Let the lease last its whole time again; raises `LeaseLost`."""
        await self._database.write(_SYSTEM, self._extend, lease)

    async def end(self, lease: Lease) -> None:
        """Give the lease back; a no-op where it is lost."""
        await self._database.write(_SYSTEM, _end, lease)

    def check_in(self, tx: Transaction, lease: Lease) -> None:
        """Raise `LeaseLost` unless the lease is still held, inside the unit that depends on it."""
        row = _statements(tx).lease_of_name(tx.connection, name=lease.name)
        if row is None or row[1] != lease.token:
            raise _lost(lease)

    def _take(self, tx: Transaction, name: str) -> Lease | Held:
        token = _statements(tx).take_lease(
            tx.connection,
            name=name,
            holder=self._holder,
            now_us=self._clock.now_us(),
            expires_at=self._end_of_time(),
        )
        if token is not None:
            return Lease(name, self._holder, int(token))
        holder, _, expires_at = _statements(tx).lease_of_name(tx.connection, name=name)
        return Held(name, holder, expires_at)

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


def _end(tx: Transaction, lease: Lease) -> None:
    _statements(tx).end_lease(tx.connection, name=lease.name, token=lease.token)


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(f"lease {lease.name}: {lease.holder} has lost it to another holder")


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.scheduling", tx.dialect)

"""The rates that nodes share, in the database."""

from typing import Final

from tenantry.base import Clock
from tenantry.db import Database, System
from tenantry.operations import store
from tenantry.reliability import Lease

_SYSTEM: Final = System("rate limits")
_KEPT_US: Final = 86_400 * 1_000_000
"""No rate is over a longer time than a day."""


class DatabaseAllowance:
    """The `SharedAllowance` of all nodes on one database: one statement a lease."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def lease(self, *, limiter: str, key: str, window: int, wanted: int, limit: int) -> Lease:
        """Add up to `wanted` to what is leased of `window`, never beyond `limit`.

        Raises `Unavailable` where the database does not answer, and where clocks disagree by more
        than a window.
        """
        return await self._database.write(
            _SYSTEM,
            store.lease_allowance,
            limiter=limiter,
            key=key,
            window=window,
            wanted=wanted,
            limit=limit,
            now=self._clock.now_us(),
        )

    async def sweep(self) -> None:
        """Delete what nobody can lease of any more; raises `Unavailable`."""
        now = self._clock.now_us()
        await self._database.write(
            _SYSTEM, store.forget_allowances, before=now - _KEPT_US, after=now + _KEPT_US
        )

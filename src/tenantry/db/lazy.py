"""A database that is opened when somebody first needs it, and brought up to date then."""

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from tenantry.base import Clock
from tenantry.db.database import Database, Scope, Transaction
from tenantry.db.migrate import migrate
from tenantry.db.wrapped import WrappedDatabase

P = ParamSpec("P")
T = TypeVar("T")


class LazyDatabase(WrappedDatabase):
    """`driver`, which is not opened before it is used; `start` opens nothing, `stop` closes it.

    A file that nobody asks for is not made.
    """

    def __init__(self, driver: Database, *, clock: Clock) -> None:
        super().__init__(driver)
        self._clock = clock
        self._opening = asyncio.Lock()
        self._is_open = False

    async def start(self) -> None:
        """Do nothing yet."""

    async def stop(self) -> None:
        """Close what was opened."""
        async with self._opening:
            if self._is_open:
                self._is_open = False
                await self._driver.stop()

    async def read(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` on a consistent snapshot."""
        await self.open()
        return await super().read(scope, unit, *args, **kwargs)

    async def write(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` in one transaction."""
        await self.open()
        return await super().write(scope, unit, *args, **kwargs)

    async def open(self) -> None:
        """Open it, if it is not; raises `Unavailable` where that fails, and may be tried again."""
        if self._is_open:
            return
        async with self._opening:
            if not self._is_open:
                await self._driver.start()
                await migrate(self._driver, clock=self._clock)
                self._is_open = True

"""A database around another: what everything that stands between a caller and a driver is."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from tenantry.db.database import Database, Dialect, Scope, Transaction
from tenantry.db.pool_figures import PoolFigures

P = ParamSpec("P")
T = TypeVar("T")


class WrappedDatabase:
    """A `Database` that hands every call on to `driver`; override what is to go another way."""

    def __init__(self, driver: Database) -> None:
        self._driver = driver

    @property
    def dialect(self) -> Dialect:
        """The driver's."""
        return self._driver.dialect

    @property
    def is_ready(self) -> bool:
        """Whether the driver is."""
        return self._driver.is_ready

    async def start(self) -> None:
        """Start the driver."""
        await self._driver.start()

    async def stop(self) -> None:
        """Stop the driver."""
        await self._driver.stop()

    async def read(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` on a consistent snapshot of the driver."""
        return await self._driver.read(scope, unit, *args, **kwargs)

    async def write(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` in one transaction of the driver."""
        return await self._driver.write(scope, unit, *args, **kwargs)

    async def append(
        self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a batch of the appender on the driver."""
        return await self._driver.append(unit, *args, **kwargs)

    async def administer(
        self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` as the schema's owner of the driver."""
        return await self._driver.administer(unit, *args, **kwargs)

    async def ping(self) -> None:
        """Touch the driver."""
        await self._driver.ping()

    def listen(self, hint: Callable[[], None]) -> None:
        """Have the driver call `hint`."""
        self._driver.listen(hint)

    def pool_figures(self) -> PoolFigures:
        """Return the driver's."""
        return self._driver.pool_figures()

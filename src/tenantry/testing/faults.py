"""A database that fails on demand, for who asks for it and for nobody else.

It stands between the guards and the driver of a server, so that what a drill injects meets the very
breakers, retries and figures that everybody's calls go through. A fault belongs to the task that
asked for it, and to those it starts.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Concatenate, Final, ParamSpec, TypeVar

from tenantry.base import Clock, SystemClock
from tenantry.db import Database, NothingWritten, Scope, Transaction, WrappedDatabase

P = ParamSpec("P")
T = TypeVar("T")

_SYSTEM_CLOCK: Final = SystemClock()


class Faults:
    """What is to go wrong: how many calls lose their connection, how late each begins.

    `call_count` counts the calls that have come by.
    """

    def __init__(self, *, lost_calls: int = 0, delay_seconds: float = 0.0) -> None:
        self.lost_calls = lost_calls
        self.delay_seconds = delay_seconds
        self.call_count = 0

    def is_lost(self) -> bool:
        """Count a call, and say whether it is to lose its connection."""
        self.call_count += 1
        return self.call_count <= self.lost_calls


_FAULTS: ContextVar[Faults | None] = ContextVar("tenantry_faults", default=None)


@contextmanager
def injected(faults: Faults) -> Iterator[Faults]:
    """Have `faults` happen to the reads and writes of this task, in the block."""
    token = _FAULTS.set(faults)
    try:
        yield faults
    finally:
        _FAULTS.reset(token)


def inject(*, lost_calls: int, delay_seconds: float) -> AbstractContextManager[Faults]:
    """Have these faults happen in the block; what a drill is given."""
    return injected(Faults(lost_calls=lost_calls, delay_seconds=delay_seconds))


class FaultyDatabase(WrappedDatabase):
    """The `Database` around `driver` in which `injected` faults happen; without them, `driver`.

    They happen to reads and writes: a batch of the appender is shared by many callers.
    """

    def __init__(self, driver: Database, *, clock: Clock = _SYSTEM_CLOCK) -> None:
        super().__init__(driver)
        self._clock = clock

    async def read(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` on the driver, unless a fault comes first."""
        await self._fail()
        return await self._driver.read(scope, unit, *args, **kwargs)

    async def write(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` on the driver, unless a fault comes first."""
        await self._fail()
        return await self._driver.write(scope, unit, *args, **kwargs)

    async def _fail(self) -> None:
        faults = _FAULTS.get()
        if faults is None:
            return
        if faults.delay_seconds:
            await self._clock.sleep(faults.delay_seconds)
        if faults.is_lost():
            raise NothingWritten("the connection is lost: a drill", code="database_unavailable")

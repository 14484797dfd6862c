"""A database behind retries and breakers, which counts what comes of its calls.

    retry > breaker > driver

Each attempt counts for the breaker, each call once in the figures.
"""

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from tenantry.base import Clock, SystemClock
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.db.database import Database, Scope, System, Transaction
from tenantry.db.errors import Contended, NothingWritten
from tenantry.db.figures import DatabaseBreakers, DatabaseFigures, QueryFigures
from tenantry.db.wrapped import WrappedDatabase
from tenantry.reliability import BreakerOpen, CircuitBreaker, Retry, RetryBudget

P = ParamSpec("P")
T = TypeVar("T")

_SYSTEM_CLOCK = SystemClock()

# What the database says when it is ill. A full queue or a closed database says something of us.
_ILLNESSES: Final = {"database_unavailable", "query_timeout", "writer_restarting"}

_PROBE: Final = System("probe")
_FAILURES = 5
_RECOVERY_SECONDS = 2.0
# To find no connection takes two seconds: in the usual five not enough of them would come together.
_MONITOR_SECONDS = 60.0


class GuardedDatabase(WrappedDatabase):
    """A `Database` around `driver`: reads and writes go through one breaker, appends another.

    `query` guards `read` and `write`, `bulk` guards `append`; open, they raise `BreakerOpen`. What
    certainly wrote nothing is attempted again, three times in all unless `retry` says otherwise;
    what took too long is not, since it has had its time. Everything else passes through: a ping
    touches the database whatever a breaker says, and administration is not interrupted.
    """

    def __init__(
        self,
        driver: Database,
        *,
        query: CircuitBreaker,
        bulk: CircuitBreaker,
        retry: Retry | None = None,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        super().__init__(driver)
        self._query = query
        self._bulk = bulk
        self._retry = retry or database_retry(clock=clock)
        self._clock = clock
        self._figures = QueryFigures(clock=clock)

    @property
    def driver(self) -> Database:
        """The database without its guards, for what must get through while a breaker is open."""
        return self._driver

    async def read(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` on a consistent snapshot; again, where the database failed."""
        call = partial(self._driver.read, scope, unit, *args, **kwargs)
        return await self._guarded(self._query, unit, call)

    async def write(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` in one transaction; again, where the database failed and wrote nothing."""
        call = partial(self._driver.write, scope, unit, *args, **kwargs)
        return await self._guarded(self._query, unit, call)

    async def append(
        self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a batch of the appender; again, where the database failed and wrote nothing."""
        call = partial(self._driver.append, unit, *args, **kwargs)
        return await self._guarded(self._bulk, unit, call)

    async def probe(self) -> None:
        """Ask something harmless through each breaker that is not closed, so that it may close.

        Where nobody calls, nothing else would: it would stand open for as long.
        """
        for breaker, call in (
            (self._query, partial(self._driver.read, _PROBE, _nothing)),
            (self._bulk, partial(self._driver.append, _nothing)),
        ):
            if breaker.state != "closed" and breaker.override is None:
                with contextlib.suppress(Unavailable):
                    await breaker.acall(call)

    def figures(self) -> DatabaseFigures:
        """Return what the calls came to, where the breakers stand and how busy the pool is."""
        return self._figures.summed(
            circuit_breakers=DatabaseBreakers(query=self._query.stats(), bulk=self._bulk.stats()),
            pool=self._driver.pool_figures(),
        )

    async def _guarded(
        self, breaker: CircuitBreaker, unit: Callable[..., Any], call: Callable[[], Awaitable[T]]
    ) -> T:
        started_at = self._clock.monotonic()
        try:
            result = await self._retry.acall(breaker.acall, call)
        except BreakerOpen:
            self._figures.note_refused()
            raise
        except Exception as error:  # `_is_failure` says which count
            seconds = self._clock.monotonic() - started_at
            self._figures.note(unit, seconds, is_failed=_is_failure(error))
            raise
        # A cancelled caller is neither: what became of its unit is not known here.
        self._figures.note(unit, self._clock.monotonic() - started_at)
        return result


def _nothing(_: Transaction) -> None:
    """Do nothing, but in a transaction of the database."""


def database_breakers(*, clock: Clock = _SYSTEM_CLOCK) -> tuple[CircuitBreaker, CircuitBreaker]:
    """Return the breakers `query` and `bulk`, each of which opens after five failures in a row.

    They try again after two seconds: it is our own database, and to connect costs it little.
    """
    return _breaker("query", clock), _breaker("bulk", clock)


def database_retry(*, clock: Clock = _SYSTEM_CLOCK) -> Retry:
    """Return the retry of a guarded database: three attempts, at most a quarter second apart."""
    return Retry(
        attempts=3,
        first_seconds=0.02,
        most_seconds=0.25,
        budget=RetryBudget(),
        is_transient=_may_be_repeated,
        clock=clock,
    )


def is_unwell(error: Exception) -> bool:
    """Whether `error` says that the database is ill: what its breakers count as a failure."""
    if isinstance(error, Contended):
        return False
    return isinstance(error, Unavailable) and error.code in _ILLNESSES


def _breaker(name: str, clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(
        name,
        failure_threshold=_FAILURES,
        recovery_timeout=_RECOVERY_SECONDS,
        monitor_timeout=_MONITOR_SECONDS,
        is_failure=is_unwell,
        clock=clock,
    )


def _may_be_repeated(error: Exception) -> bool:
    return isinstance(error, NothingWritten) and error.code != "query_timeout"


def _is_failure(error: Exception) -> bool:
    """Whether a query failed; a unit that found something to refuse has done its work."""
    return isinstance(error, Unavailable) or not isinstance(error, TenantryError)

"""`PostgresDatabase`: the pool, the appender's lane, the owner's lane and the listener."""

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar, cast

from tenantry.base import Service
from tenantry.db.database import (
    DEFAULT_QUERY_TIMEOUT_SECONDS,
    Dialect,
    Scope,
    System,
    Transaction,
)
from tenantry.db.job import Job, job_for, stopped
from tenantry.db.pool_figures import PoolFigures, PostgresPoolFigures
from tenantry.db.postgres.lane import Lane, run_batch
from tenantry.db.postgres.listener import Listener
from tenantry.db.postgres.pool import Pool
from tenantry.db.postgres.reachability import Reachability
from tenantry.db.postgres.session import (
    MIGRATION_LOCK,
    Connection,
    begin,
    committing,
    limit_statements,
)

P = ParamSpec("P")
T = TypeVar("T")

_APPENDER = System("appender")
_OWNER = System("schema owner")


class PostgresDatabase(Service):
    """One PostgreSQL database, shared by as many nodes as there are.

    Whoever `url` connects as must be able to take the roles `tenantry_tenant` and
    `tenantry_system`, which the migrations create.
    """

    def __init__(
        self,
        *,
        url: str,
        pool_min: int = 1,
        pool_max: int = 8,
        queue_max: int = 10_000,
        query_timeout_seconds: float = DEFAULT_QUERY_TIMEOUT_SECONDS,
    ) -> None:
        super().__init__()
        self._url = url
        self._pool_min = pool_min
        self._pool_max = pool_max
        self._queue_max = queue_max
        self._timeout_seconds = query_timeout_seconds
        self._pool: Pool | None = None
        self._appender: Lane | None = None
        self._owner: Lane | None = None
        self._listeners: dict[Callable[[], None], Listener] = {}
        self._reachability = Reachability()

    @property
    def dialect(self) -> Dialect:
        """Always `postgres`."""
        return "postgres"

    @property
    def is_ready(self) -> bool:
        """Whether the last unit found the server."""
        return self._pool is not None and self._reachability.is_known

    async def read(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` in a read-only transaction, on one snapshot."""
        job = job_for(scope, unit, args, kwargs)
        return cast("T", await self._opened(self._pool).run(job, is_read=True))

    async def write(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` in one transaction."""
        job = job_for(scope, unit, args, kwargs)
        return cast("T", await self._opened(self._pool).run(job, is_read=False))

    async def append(
        self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run the appender's batch on the appender's connection."""
        job = job_for(_APPENDER, unit, args, kwargs)
        return cast("T", await self._opened(self._appender).run(job))

    async def administer(
        self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` as the schema's owner, under the one lock that all nodes share."""
        job = job_for(_OWNER, unit, args, kwargs)
        return cast("T", await self._opened(self._owner).run(job))

    async def ping(self) -> None:
        """Ask the server for one value, as every unit would."""
        await self.read(System("ping"), _ping)

    def listen(self, hint: Callable[[], None]) -> None:
        """Start listening; `hint` runs on this event loop until `stop`. Once is enough."""
        if hint in self._listeners:
            return

        loop = asyncio.get_running_loop()

        def from_thread() -> None:
            # The loop may be closing while the last hint is on its way.
            if not loop.is_closed():
                loop.call_soon_threadsafe(hint)

        listener = Listener(url=self._url, hint=from_thread)
        listener.start()
        self._listeners[hint] = listener

    def pool_figures(self) -> PoolFigures:
        """Say how many connections the pool has, and how many units wait for one."""
        if self._pool is None:
            return PostgresPoolFigures(size=0, available=0, waiting=0)
        return self._pool.figures()

    async def _on_start(self) -> None:
        self._pool = Pool(
            url=self._url,
            minimum=self._pool_min,
            maximum=self._pool_max,
            queue_max=self._queue_max,
            reachability=self._reachability,
            timeout_seconds=self._timeout_seconds,
        )
        self._appender = self._lane("appender", self._as_appender, run_batch)
        self._owner = self._lane("owner", _as_owner, _run_owned)
        self._pool.start()

    def _lane(
        self,
        name: str,
        prepare: Callable[[Connection], None],
        run_unit: Callable[[Connection, Job], object],
    ) -> Lane:
        return Lane(
            name=name,
            url=self._url,
            prepare=prepare,
            run_unit=run_unit,
            reachability=self._reachability,
            timeout_seconds=self._timeout_seconds,
        )

    def _as_appender(self, connection: Connection) -> None:
        connection.execute("SET ROLE tenantry_system")
        limit_statements(connection, seconds=self._timeout_seconds)

    async def _on_stop(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()
        for part in (self._appender, self._owner, self._pool):
            if part is not None:
                part.stop()
        self._pool = self._appender = self._owner = None

    def _opened(self, part: T | None) -> T:
        if part is None or not self.is_running:
            raise stopped()
        return part


def _as_owner(_connection: Connection) -> None:
    """Stay who we connected as: migrations create and own the tables."""


def _run_owned(connection: Connection, job: Job) -> object:
    tx = begin(connection, None, is_read=False)
    with committing(tx):
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        return job.run(tx)


def _ping(tx: Transaction) -> None:
    tx.connection.execute("SELECT 1").fetchone()

"""`SqliteDatabase`: the writer, the readers and the file's lock as one `Database`."""

import asyncio
import sys
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import parse_qs

from tenantry.base import Service
from tenantry.db.database import (
    DEFAULT_QUERY_TIMEOUT_SECONDS,
    Dialect,
    Scope,
    System,
    Transaction,
)
from tenantry.db.job import Job, as_unavailable, job_for, stopped
from tenantry.db.pool_figures import PoolFigures, SqlitePoolFigures
from tenantry.db.sqlite.connection import STORAGE_ERRORS
from tenantry.db.sqlite.ownership import Ownership
from tenantry.db.sqlite.readers import Readers
from tenantry.db.sqlite.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")

# With the default of 5 ms a database thread waits that long for the interpreter after every
# statement while the event loop is busy.
_SWITCH_INTERVAL_SECONDS = 0.0005


class SqliteDatabase(Service):
    """One SQLite file, opened by one process at a time, or by several where it `is_shared`.

    Processes that share a file wait for one another before they write, and no event log is kept in
    it. `path` may end in `?vfs=name` to go through a registered VFS (the fault tests do).
    """

    def __init__(
        self,
        *,
        path: str,
        readers: int = 2,
        queue_max: int = 10_000,
        query_timeout_seconds: float = DEFAULT_QUERY_TIMEOUT_SECONDS,
        is_shared: bool = False,
    ) -> None:
        super().__init__()
        self._path, _, query = path.partition("?")
        self._vfs = parse_qs(query).get("vfs", [None])[0]
        self._reader_count = readers
        self._queue_max = queue_max
        self._timeout_seconds = query_timeout_seconds
        self._is_shared = is_shared
        self._ownership = Ownership(path=self._path, is_shared=is_shared)
        self._writer: Writer | None = None
        self._readers: Readers | None = None

    @property
    def dialect(self) -> Dialect:
        """Always `sqlite`."""
        return "sqlite"

    @property
    def is_ready(self) -> bool:
        """Whether the writer has a working connection."""
        return self._writer is not None and self._writer.is_ready

    async def read(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` on a reader thread, on one snapshot."""
        if self._readers is None or not self.is_running:
            raise stopped()
        job = job_for(scope, unit, args, kwargs)
        return cast("T", await self._readers.run(job))

    async def write(
        self,
        scope: Scope,
        unit: Callable[Concatenate[Transaction, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `unit` on the writer thread, in the next group."""
        return cast("T", await self._written(job_for(scope, unit, args, kwargs)))

    async def append(
        self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run the appender's batch; the writer is the one connection that writes anyway."""
        if self._is_shared:
            raise RuntimeError("a file that several processes write has no event log")
        return await self.write(System("appender"), unit, *args, **kwargs)

    async def administer(
        self, unit: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `unit` on the writer: while it runs, no other process writes."""
        job = job_for(System("administer"), unit, args, kwargs, is_limited=False)
        return cast("T", await self._written(job))

    async def ping(self) -> None:
        """Read one value from the file."""
        await self.read(System("ping"), _ping)

    def listen(self, hint: Callable[[], None]) -> None:
        """Do nothing: no other process can append to this file."""

    def pool_figures(self) -> PoolFigures:
        """Say how many threads read, and how many units wait for them and for the writer."""
        return SqlitePoolFigures(
            readers=self._reader_count,
            waiting=self._readers.waiting if self._readers else 0,
            queue_depth=self._writer.queue_depth if self._writer else 0,
        )

    async def _written(self, job: Job) -> object:
        if self._writer is None or not self.is_running:
            raise stopped()
        self._writer.submit(job)
        return await job.outcome()

    async def _on_start(self) -> None:
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL_SECONDS))
        await asyncio.to_thread(self._open)

    def _open(self) -> None:
        self._ownership.acquire()
        writer = Writer(
            path=self._path,
            vfs=self._vfs,
            queue_max=self._queue_max,
            timeout_seconds=self._timeout_seconds,
        )
        try:
            writer.start()
        except BaseException as error:  # whatever it was, the file is not held for nothing
            self._ownership.release()
            if isinstance(error, STORAGE_ERRORS):
                raise as_unavailable(error, what=f"cannot open {self._path}") from error
            raise

        self._writer = writer
        self._readers = Readers(
            path=self._path,
            vfs=self._vfs,
            count=self._reader_count,
            queue_max=self._queue_max,
            timeout_seconds=self._timeout_seconds,
        )

    async def _on_stop(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if self._readers is not None:
            self._readers.stop()
        if self._writer is not None:
            self._writer.stop()
        self._readers = self._writer = None
        self._ownership.release()


def _ping(tx: Transaction) -> None:
    tx.connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()

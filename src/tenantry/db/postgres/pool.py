"""The pool: as many threads as connections, each unit on one of them."""

from concurrent.futures import ThreadPoolExecutor

from psycopg_pool import ConnectionPool

from tenantry.db.errors import NothingWritten
from tenantry.db.job import Job, queue_full
from tenantry.db.pool_figures import PostgresPoolFigures
from tenantry.db.postgres.reachability import Reachability
from tenantry.db.postgres.session import (
    CONNECT_TIMEOUT_SECONDS,
    LOST,
    Connection,
    InDoubt,
    begin,
    committing,
    connection_options,
    limit_statements,
    prepare,
    says_lost,
    told,
)

# Threads and connections are as many, so who waits for one waits for the server to be there.
_WAIT_SECONDS = 2.0


class Pool:
    """Threads that take a connection, run one unit in its scope and give the connection back.

    `reachability` is told whether they found the server. A statement that takes longer than
    `timeout_seconds` is ended.
    """

    def __init__(
        self,
        *,
        url: str,
        minimum: int,
        maximum: int,
        queue_max: int,
        reachability: Reachability,
        timeout_seconds: float,
    ) -> None:
        self._maximum = maximum
        self._reachability = reachability
        self._timeout_seconds = timeout_seconds
        self._queue_max = queue_max
        self._waiting = 0
        self._executor = ThreadPoolExecutor(maximum, thread_name_prefix="tenantry-pool")
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            kwargs=connection_options(),
            configure=self._prepare,
            min_size=minimum,
            max_size=maximum,
            timeout=_WAIT_SECONDS,
            reconnect_timeout=CONNECT_TIMEOUT_SECONDS,
            open=False,
        )

    def start(self) -> None:
        """Open the pool; it connects in the background, and again whenever it must."""
        self._pool.open(wait=False)

    def stop(self) -> None:
        """Finish what is queued and close; blocks until done."""
        self._executor.shutdown(wait=True)
        self._pool.close()

    def figures(self) -> PostgresPoolFigures:
        """Say how many connections there are, and how many units wait for one."""
        known = self._pool.get_stats()
        # Those that have no thread yet, and those whose thread has no connection.
        waiting = max(0, self._waiting - self._maximum) + known.get("requests_waiting", 0)
        return PostgresPoolFigures(
            size=known.get("pool_size", 0),
            available=known.get("pool_available", 0),
            waiting=waiting,
        )

    async def run(self, job: Job, *, is_read: bool) -> object:
        """Run `job` on the next free thread; raises `Unavailable` when too many wait."""
        if self._waiting >= self._queue_max:
            raise queue_full(self._waiting)

        self._waiting += 1
        try:
            self._executor.submit(self._execute, job, is_read=is_read)
            return await job.outcome()
        finally:
            self._waiting -= 1

    def _execute(self, job: Job, *, is_read: bool) -> None:
        if not job.claim():
            return

        with job.measured():
            try:
                result = self._run_unit(job, is_read=is_read)
                self._reachability.found()
                job.succeed(result)
            except BaseException as error:  # noqa: BLE001 - whatever a unit raises belongs to its caller
                if says_lost(error):
                    self._reachability.lost()
                job.fail(self._told(error, job, is_read=is_read))

    def _told(self, error: BaseException, job: Job, *, is_read: bool) -> BaseException:
        if not isinstance(error, LOST):
            return error
        # Who only reads has written nothing, however it ended.
        if is_read and isinstance(error, InDoubt):
            error = error.__cause__ or error
        return told(error, job, timeout_seconds=self._timeout_seconds)

    def _prepare(self, connection: Connection) -> None:
        prepare(connection)
        limit_statements(connection, seconds=self._timeout_seconds)

    def _run_unit(self, job: Job, *, is_read: bool) -> object:
        # Connections that died in the pool are found when a unit begins on them; nothing of the
        # unit has run then, so the next connection may have it.
        for _ in range(self._maximum + 1):
            with self._pool.connection() as connection:
                try:
                    tx = begin(connection, job.scope, is_read=is_read)
                except LOST:
                    if not connection.broken:
                        raise
                    continue
                with committing(tx):
                    return job.run(tx)

        raise NothingWritten("no connection to the database works", code="database_unavailable")

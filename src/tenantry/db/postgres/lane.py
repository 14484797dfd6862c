"""One connection on one thread, for what must not wait for the pool or share it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tenantry.base.errors import Unavailable
from tenantry.db.database import Transaction
from tenantry.db.job import Job
from tenantry.db.postgres.reachability import Reachability
from tenantry.db.postgres.session import Connection, connect, in_doubt, is_lost, says_lost, told


class Lane:
    """A connection kept open, re-opened after a loss, used by one unit at a time.

    `prepare` is run once on each new connection; `run_unit` opens what a unit needs around it;
    `reachability` is told whether it found the server; `timeout_seconds` is what `prepare` lets a
    statement take.
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        prepare: Callable[[Connection], None],
        run_unit: Callable[[Connection, Job], object],
        reachability: Reachability,
        timeout_seconds: float,
    ) -> None:
        self._url = url
        self._prepare = prepare
        self._run_unit = run_unit
        self._reachability = reachability
        self._timeout_seconds = timeout_seconds
        self._connection: Connection | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"tenantry-{name}")

    async def run(self, job: Job) -> object:
        """Run `job` after those before it."""
        self._executor.submit(self._execute, job)
        return await job.outcome()

    def stop(self) -> None:
        """Finish what is queued and close; blocks until done."""
        self._executor.shutdown(wait=True)
        if self._connection is not None:
            self._connection.close()

    def _execute(self, job: Job) -> None:
        if not job.claim():
            return

        with job.measured():
            try:
                result = self._run_unit(self._open(), job)
                self._reachability.found()
                job.succeed(result)
            except BaseException as error:  # noqa: BLE001 - whatever a unit raises belongs to its caller
                self._forget_if_lost(error)
                job.fail(told(error, job, timeout_seconds=self._timeout_seconds))

    def _open(self) -> Connection:
        if self._connection is not None and is_lost(self._connection):
            self._connection.close()
            self._connection = None
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Connection:
        try:
            connection = connect(self._url)
        except Unavailable:
            self._reachability.lost()
            raise

        try:
            self._prepare(connection)
        except BaseException:  # without its role it may see everything: nobody gets it
            connection.close()
            raise
        return connection

    def _forget_if_lost(self, error: BaseException) -> None:
        if not says_lost(error):
            return
        self._reachability.lost()
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def run_batch(connection: Connection, job: Job) -> object:
    """Run the appender's batch: one statement, so its own transaction."""
    tx = Transaction(connection=connection, dialect="postgres", scope=job.scope)
    try:
        with in_doubt():
            return job.run(tx)
    except BaseException:  # whatever ends it, what the unit kept in memory is mended
        tx.undo()
        raise

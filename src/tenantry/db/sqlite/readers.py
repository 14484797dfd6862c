"""The reader threads: each a connection of its own, each unit one consistent snapshot."""

import threading
from concurrent.futures import ThreadPoolExecutor

import apsw

from tenantry.db.database import Transaction
from tenantry.db.errors import as_nothing_written, timed_out
from tenantry.db.job import Job, queue_full
from tenantry.db.sqlite.connection import STORAGE_ERRORS, open_reader
from tenantry.db.sqlite.limit import TimeLimit


class Readers:
    """A small pool of reading threads over one file.

    A unit that takes longer than `timeout_seconds` is ended.
    """

    def __init__(
        self, *, path: str, vfs: str | None, count: int, queue_max: int, timeout_seconds: float
    ) -> None:
        self._path = path
        self._vfs = vfs
        self._count = count
        self._queue_max = queue_max
        self._timeout_seconds = timeout_seconds
        self._local = threading.local()
        self._opened: list[apsw.Connection] = []
        self._waiting = 0
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="tenantry-reader")

    @property
    def waiting(self) -> int:
        """How many units have no thread yet."""
        return max(0, self._waiting - self._count)

    async def run(self, job: Job) -> object:
        """Run `job` on the next free thread; raises `Unavailable` when too many wait."""
        if self._waiting >= self._queue_max:
            raise queue_full(self._waiting)

        self._waiting += 1
        try:
            self._executor.submit(self._execute, job)
            return await job.outcome()
        finally:
            self._waiting -= 1

    def stop(self) -> None:
        """Finish what is queued and close; blocks until done."""
        self._executor.shutdown(wait=True)
        while self._opened:
            self._opened.pop().close(force=True)

    def _execute(self, job: Job) -> None:
        if not job.claim():
            return

        with job.measured():
            try:
                job.succeed(self._read(job))
            except apsw.InterruptError as error:
                job.fail(timed_out(job.name, self._timeout_seconds, cause=error))
            except STORAGE_ERRORS as error:
                job.fail(as_nothing_written(error, what="the database cannot be read now"))
            except BaseException as error:  # noqa: BLE001 - whatever a unit raises belongs to its caller
                job.fail(error)

    def _read(self, job: Job) -> object:
        connection, limit = self._connection()
        connection.execute("BEGIN")
        limit.begin(job)
        try:
            return job.run(Transaction(connection=connection, dialect="sqlite", scope=job.scope))
        finally:
            limit.end()
            # Some errors have ended the transaction already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _connection(self) -> tuple[apsw.Connection, TimeLimit]:
        own: tuple[apsw.Connection, TimeLimit] | None = getattr(self._local, "own", None)
        if own is None:
            connection = open_reader(self._path, vfs=self._vfs)
            self._opened.append(connection)
            own = connection, TimeLimit(connection, seconds=self._timeout_seconds)
            self._local.own = own
        return own

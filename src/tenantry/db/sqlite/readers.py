"""The reader threads: each a connection of its own, each unit one consistent snapshot."""

import threading
from concurrent.futures import ThreadPoolExecutor

import apsw

from tenantry.db.database import Transaction
from tenantry.db.job import Job, as_unavailable, queue_full
from tenantry.db.sqlite.connection import STORAGE_ERRORS, open_reader


class Readers:
    """A small pool of reading threads over one file."""

    def __init__(self, *, path: str, vfs: str | None, count: int, queue_max: int) -> None:
        self._path = path
        self._vfs = vfs
        self._queue_max = queue_max
        self._local = threading.local()
        self._opened: list[apsw.Connection] = []
        self._waiting = 0
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="tenantry-reader")

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
            except STORAGE_ERRORS as error:
                job.fail(as_unavailable(error, what="the database cannot be read now"))
            except BaseException as error:  # noqa: BLE001 - whatever a unit raises belongs to its caller
                job.fail(error)

    def _read(self, job: Job) -> object:
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            return job.run(Transaction(connection=connection, dialect="sqlite", scope=job.scope))
        finally:
            # Some errors have ended the transaction already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _connection(self) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = open_reader(self._path, vfs=self._vfs)
            self._local.connection = connection
            self._opened.append(connection)
        return connection

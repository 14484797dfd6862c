"""The writer thread: every write of the file, many units to one commit.

A group is what waits when the previous commit ends. Each unit of a group is a savepoint, so one
that fails undoes only itself; what all share is the commit, and no result leaves before it.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue

import apsw

from tenantry.base.errors import Unavailable
from tenantry.db.database import Transaction
from tenantry.db.errors import as_nothing_written, timed_out, undone_with
from tenantry.db.job import Job, as_unavailable, queue_full, stopped
from tenantry.db.sqlite.checkpoint import Checkpointer
from tenantry.db.sqlite.connection import STORAGE_ERRORS, open_writer
from tenantry.db.sqlite.limit import TimeLimit
from tenantry.telemetry import emit

GROUP_MAX = 512
"""Units in one commit; more would only lengthen the wait of the first."""

_IDLE_SECONDS = 0.05
_PROBE_SECONDS = 0.5
_REOPEN_SECONDS = 0.2


class Writer:
    """The thread, its queue and its connection.

    Whatever kills the work inside the thread fails all that waits, makes the writer not ready,
    and is followed by a fresh connection. A unit that takes longer than `timeout_seconds` is ended.
    """

    def __init__(
        self, *, path: str, vfs: str | None, queue_max: int, timeout_seconds: float
    ) -> None:
        self._path = path
        self._vfs = vfs
        self._queue_max = queue_max
        self._timeout_seconds = timeout_seconds
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._group: list[Job] = []
        self._done: list[tuple[Job, Transaction, object]] = []
        self._refused: list[tuple[Job, BaseException]] = []
        self._connection: apsw.Connection | None = None
        self._is_stopping = False
        self._is_alive = False
        self._is_failing = False
        self._thread = threading.Thread(target=self._supervise, name="tenantry-writer", daemon=True)

    def start(self) -> None:
        """Open the file once, so that a bad one is told at once, then start the thread."""
        self._connection = open_writer(self._path, vfs=self._vfs)
        self._is_alive = True
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """Whether the thread lives and the last thing it wrote is on the disk."""
        return self._is_alive and not self._is_failing

    @property
    def queue_depth(self) -> int:
        """How many units wait for the thread."""
        return self._queue.qsize()

    def stop(self) -> None:
        """Finish what is queued, truncate the WAL and close; blocks until done."""
        self._is_stopping = True
        self._queue.put(None)
        self._thread.join()

    def submit(self, job: Job) -> None:
        """Queue `job`; raises `Unavailable` when stopping, not ready, or full."""
        if self._is_stopping:
            raise stopped()
        if not self._is_alive:
            raise Unavailable("the database's writer is restarting", code="writer_restarting")
        if self._queue.qsize() >= self._queue_max:
            raise queue_full(self._queue.qsize())
        self._queue.put(job)

    def _supervise(self) -> None:
        is_done = False
        while not is_done:
            try:
                with self._opened() as connection:
                    is_done = self._serve(connection)
            except BaseException as error:  # noqa: BLE001 - the thread's outermost guard: nobody may hang on a dead writer
                self._fail_all(error)
                is_done = self._is_stopping
                time.sleep(_REOPEN_SECONDS)

        self._is_alive = False
        self._fail_waiting(stopped())

    @contextlib.contextmanager
    def _opened(self) -> Iterator[apsw.Connection]:
        connection = self._connection or open_writer(self._path, vfs=self._vfs)
        self._connection = None
        self._is_alive = True
        try:
            yield connection
        finally:
            connection.close(force=True)

    def _serve(self, connection: apsw.Connection) -> bool:
        """Commit group after group; True when asked to stop."""
        checkpointer = Checkpointer(connection)
        limit = TimeLimit(connection, seconds=self._timeout_seconds)

        while True:
            try:
                job = self._queue.get(timeout=self._patience(checkpointer))
            except Empty:
                checkpointer.when_idle()
                self._probe_if_failing(connection)
                continue

            is_last = not self._gather(job)
            if self._group:
                self._commit(connection, limit)
                checkpointer.after_commit()
            if is_last:
                checkpointer.at_close()
                return True

    def _patience(self, checkpointer: Checkpointer) -> float | None:
        """How long to wait for a job before there is something else to do."""
        if checkpointer.is_due:
            return _IDLE_SECONDS
        return _PROBE_SECONDS if self._is_failing else None

    def _probe_if_failing(self, connection: apsw.Connection) -> None:
        """Write something harmless, to notice by ourselves that the disk works again."""
        if not self._is_failing:
            return
        try:
            version = connection.pragma("user_version")
            connection.execute(f"PRAGMA user_version={version:d}")
        except STORAGE_ERRORS:
            return
        self._is_failing = False

    def _gather(self, job: Job | None) -> bool:
        """Move what waits into the group; False where the stop sign was among it."""
        while job is not None:
            if job.claim():
                self._group.append(job)
            if len(self._group) >= GROUP_MAX:
                return True
            try:
                job = self._queue.get_nowait()
            except Empty:
                return True
        return False

    def _commit(self, connection: apsw.Connection, limit: TimeLimit) -> None:
        started_at = time.monotonic()

        try:
            _begin(connection)
            for job in self._group:
                self._run(connection, job, limit)
            committing_at = time.monotonic()
            connection.execute("COMMIT")
        except _TookTooLong as error:
            self._end_group(error)
            return
        except Exception as error:  # noqa: BLE001 - a failed group is told to each of its waiters
            self._undo_group(connection, error)
            return

        # A group that wrote nothing commits on a full disk too, and proves nothing.
        self._probe_if_failing(connection)
        emit(
            "tenantry.db.group_committed",
            unit_count=len(self._done),
            seconds=time.monotonic() - started_at,
            commit_seconds=time.monotonic() - committing_at,
            queue_depth=self._queue.qsize(),
        )
        self._answer_group()

    def _answer_group(self) -> None:
        """Hand out what the commit has made true; a refusal may rest on a unit before it."""
        for job, _, result in self._done:
            job.succeed(result)
        for job, error in self._refused:
            job.fail(error)
        # Only now: whatever comes in between, nobody may be left without an answer.
        self._done, self._refused, self._group = [], [], []

    def _run(self, connection: apsw.Connection, job: Job, limit: TimeLimit) -> None:
        """Run one unit in a savepoint of its own; its error is its own while the group lives."""
        tx = Transaction(connection=connection, dialect="sqlite", scope=job.scope)
        # A unit alone needs no savepoint: the transaction is one.
        is_alone = len(self._group) == 1

        with job.measured():
            limit.begin(job)
            try:
                if not is_alone:
                    connection.execute("SAVEPOINT unit")
                result = job.run(tx)
                if not is_alone:
                    connection.execute("RELEASE unit")
            except Exception as error:  # noqa: BLE001 - whatever a unit raises belongs to its caller
                limit.end()
                tx.undo()
                _undo_unit(connection, job, error, is_alone=is_alone)
                self._refused.append((job, self._as_seen_by_caller(job, error)))
            except BaseException:  # the thread ends; what the unit kept in memory is mended
                tx.undo()
                raise
            else:
                self._done.append((job, tx, result))
            finally:
                limit.end()

    def _as_seen_by_caller(self, job: Job, error: Exception) -> BaseException:
        if isinstance(error, apsw.InterruptError):
            return timed_out(job.name, self._timeout_seconds, cause=error)
        if isinstance(error, STORAGE_ERRORS):
            return as_unavailable(error, what="the database cannot store this now")
        return error

    def _end_group(self, ended: "_TookTooLong") -> None:
        """Fail a group whose transaction went with one unit's: the others may be run again.

        It says nothing about the disk, so the writer stays ready.
        """
        group = self._forget_group()
        for job in group:
            if job is ended.job:
                job.fail(timed_out(job.name, self._timeout_seconds, cause=ended))
            else:
                job.fail(undone_with(ended.job.name))
        emit("tenantry.db.group_failed", unit_count=len(group), error="query_timeout")

    def _undo_group(self, connection: apsw.Connection, error: Exception) -> None:
        """Fail every unit of the group: none of it was written."""
        self._is_failing = True
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        group = self._forget_group()
        for job in group:
            job.fail(as_unavailable(error, what="the database cannot store this now"))
        emit("tenantry.db.group_failed", unit_count=len(group), error=type(error).__name__)

    def _fail_all(self, error: BaseException) -> None:
        """Fail what was under way and all that waits: this connection is not to be trusted."""
        self._is_alive = False
        wrapped = as_unavailable(error, what="the database's writer died")
        for job in self._forget_group():
            job.fail(wrapped)
        self._fail_waiting(wrapped)
        emit("tenantry.db.writer_died", error=type(error).__name__)

    def _forget_group(self) -> list[Job]:
        """Undo what units keep in memory; return the jobs that still wait for an answer."""
        done, self._done = self._done, []
        self._refused.clear()
        for _, tx, _ in reversed(done):
            tx.undo()
        group, self._group = self._group, []
        return [job for job in group if not job.future.done()]

    def _fail_waiting(self, error: Exception) -> None:
        is_stop_among_them = False
        with contextlib.suppress(Empty):
            while True:
                job = self._queue.get_nowait()
                if job is None:
                    is_stop_among_them = True
                else:
                    job.fail(error)
        if is_stop_among_them:
            self._queue.put(None)


class _TookTooLong(Exception):
    """The end of one unit has rolled the transaction of its whole group back."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.name)
        self.job = job


def _begin(connection: apsw.Connection) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except (apsw.BusyError, apsw.LockedError) as error:
        raise as_nothing_written(error, what="the database cannot store this now") from error


def _undo_unit(connection: apsw.Connection, job: Job, error: Exception, *, is_alone: bool) -> None:
    # A full disk, or a write that is interrupted, rolls the whole transaction back under us: then
    # no unit of it was written.
    if not connection.in_transaction:
        if isinstance(error, apsw.InterruptError):
            raise _TookTooLong(job) from error
        raise error
    if is_alone:
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
    else:
        connection.execute("ROLLBACK TO unit")
        connection.execute("RELEASE unit")

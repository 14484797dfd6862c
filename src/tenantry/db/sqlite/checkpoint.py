"""When the WAL goes back into the file: when nobody waits, when it is long, or far too long.

A WAL that has gone back is written again from its beginning. That is what keeps commits quick: in a
file that grows, each of them waits for the file system's own journal too, about as long again.
"""

import time

import apsw

from tenantry.db.sqlite.connection import BUSY_TIMEOUT_MS
from tenantry.telemetry import emit

TRUNCATE_ABOVE_BYTES = 64 * 1024 * 1024
"""A WAL longer than this is folded back and cut even under load."""

FOLD_PAGES = 1_000
"""So many pages are folded back even under load, 16 MB at SQLite's usual size of a page."""

_PATIENCE_MS = 20
_RETRY_SECONDS = 1.0
_PASSIVE = apsw.SQLITE_CHECKPOINT_PASSIVE
_TRUNCATE = apsw.SQLITE_CHECKPOINT_TRUNCATE


class Checkpointer:
    """The writer's own checkpoints; no other connection makes any.

    A passive one never waits for readers; what they still need stays in the WAL, which then goes on
    growing. A truncating one does wait, which is why reads are short; if one is not, the busy error
    is left for the next time.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._page_bytes = int(connection.pragma("page_size"))
        self._wal_pages = 0
        self._fold_at = FOLD_PAGES
        self._retry_at = 0.0
        self.is_due = False
        connection.set_wal_hook(self._committed)

    def after_commit(self) -> None:
        """Note the commit; fold the WAL back where it is long, and cut it where it is too long."""
        is_long = self._wal_pages * self._page_bytes > TRUNCATE_ABOVE_BYTES
        if is_long and time.monotonic() >= self._retry_at:
            # A long read must not hold up every commit: it is waited for a little, now and then.
            self._connection.set_busy_timeout(_PATIENCE_MS)
            self._checkpoint(_TRUNCATE)
            self._connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        elif self._wal_pages >= self._fold_at:
            self._checkpoint(_PASSIVE)
            # Where a reader held something back, not with each commit from now on.
            self._fold_at = self._wal_pages + FOLD_PAGES

    def when_idle(self) -> None:
        """Fold the WAL back while nobody waits."""
        self._checkpoint(_PASSIVE)

    def at_close(self) -> None:
        """Leave one file behind."""
        self._checkpoint(_TRUNCATE)

    def _committed(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        if pages < self._wal_pages:
            # It is written from its beginning again.
            self._fold_at = FOLD_PAGES
        self._wal_pages = pages
        self.is_due = True
        return apsw.SQLITE_OK

    def _checkpoint(self, mode: int) -> None:
        self.is_due = False
        emit("tenantry.db.wal", bytes=self._wal_pages * self._page_bytes)
        try:
            self._connection.wal_checkpoint(mode=mode)
        except (apsw.BusyError, apsw.LockedError, apsw.FullError, apsw.IOError) as error:
            # Nothing is lost: what the WAL holds stays durable there until the next attempt.
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            emit("tenantry.db.checkpoint_postponed", error=type(error).__name__)

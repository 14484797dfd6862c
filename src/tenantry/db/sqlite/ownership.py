"""One process a file, or only such as share it: the lock that says who may write."""

import contextlib
import fcntl
import os

from tenantry.base.errors import Unavailable


class Ownership:
    """The right to open one database file, held as a lock on a file beside it.

    It is exclusive, for the appender keeps the heads of streams in memory, which is only sound
    while nobody else writes; where it `is_shared`, all may hold it who say so. The operating system
    drops the lock with the process, however that ends.
    """

    def __init__(self, *, path: str, is_shared: bool = False) -> None:
        self._lock_path = f"{path}.lock"
        self._kind = fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock; raises `Unavailable` naming the process that holds it."""
        try:
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unavailable(
                f"cannot open {self._lock_path}: {error.strerror}", code="database_unavailable"
            ) from error

        try:
            fcntl.flock(descriptor, self._kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode().strip() or "unknown"
            os.close(descriptor)
            raise Unavailable(
                f"the database is in use by process {holder}", code="database_in_use"
            ) from error

        self._descriptor = descriptor
        # On a full disk the lock is held all the same; only the next one is not told by whom.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the lock back; a no-op where it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

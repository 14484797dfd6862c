"""Opening one SQLite file the one safe way."""

import apsw

from tenantry.base.errors import Unavailable

# The WAL-reset corruption bug of 3.7.0 to 3.51.2: https://sqlite.org/wal.html#walresetbug
_OLDEST_SAFE = (3, 51, 3)

BUSY_TIMEOUT_MS = 5_000

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # Every commit is on the disk before it is acknowledged; NORMAL may lose the last ones.
    "PRAGMA synchronous=FULL",
    # The writer alone checkpoints, at moments it chooses.
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA foreign_keys=ON",
    # INSERT OR REPLACE removes rows, and only with this are the triggers asked about it.
    "PRAGMA recursive_triggers=ON",
    # What is deleted (idempotency keys, later sealed secrets) must not linger in free pages.
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
)

# What SQLite says when the file, the disk or the locks are at fault and not the statement.
STORAGE_ERRORS: tuple[type[Exception], ...] = (
    apsw.FullError,
    apsw.IOError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.NoMemError,
    apsw.ProtocolError,
    apsw.InterruptError,
)


def open_writer(path: str, *, vfs: str | None = None) -> apsw.Connection:
    """Open `path` for reading and writing, creating it; raises one of `STORAGE_ERRORS`."""
    refuse_unsafe_library()
    connection = apsw.Connection(path, vfs=vfs)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    connection.execute("PRAGMA cache_size=-65536")
    return connection


def open_reader(path: str, *, vfs: str | None = None) -> apsw.Connection:
    """Open `path` for reading only; raises one of `STORAGE_ERRORS`."""
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def library_version() -> str:
    """Return the version of the SQLite library."""
    return apsw.sqlite_lib_version()


def refuse_unsafe_library() -> None:
    """Raise `Unavailable` where the SQLite library may corrupt a WAL file."""
    version = tuple(int(part) for part in library_version().split("."))
    if version < _OLDEST_SAFE:
        raise Unavailable(
            f"SQLite {library_version()} can corrupt a WAL file; 3.51.3 cannot",
            code="sqlite_unsafe",
        )

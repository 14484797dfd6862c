"""A disk that fails when it is told to, for what SQLite does on a full or a broken one.

    disk = FaultyDisk(name="faulty")
    database = open_database("sqlite:///tenantry.db?vfs=faulty")
    disk.fail("sync", "io", file="wal", times=1)

Everything else goes to the real disk, so what SQLite believes is stored really is.
"""

import threading
from types import TracebackType
from typing import Literal

import apsw

Operation = Literal["read", "write", "sync"]
Failure = Literal["full", "io"]
File = Literal["database", "wal", "any"]

_IO_ERRORS = {
    "read": apsw.SQLITE_IOERR_READ,
    "write": apsw.SQLITE_IOERR_WRITE,
    "sync": apsw.SQLITE_IOERR_FSYNC,
}


class FaultyDisk:
    """An SQLite VFS called `name`, registered until `close`; safe on any thread."""

    def __init__(self, *, name: str) -> None:
        self._lock = threading.Lock()
        self._faults: list[_Fault] = []
        self._failure_count = 0
        self.name = name
        self._vfs = _Vfs(name, self)

    @property
    def failure_count(self) -> int:
        """How many operations have failed so far."""
        return self._failure_count

    def fail(
        self,
        operation: Operation,
        failure: Failure,
        *,
        file: File = "any",
        after: int = 0,
        times: int | None = None,
    ) -> None:
        """Make `operation` on `file` fail, after `after` more that work: `times` or until `mend`.

        A `full` disk has no room left, an `io` error is the hardware's.
        """
        fault = _Fault(operation=operation, failure=failure, file=file, after=after, times=times)
        with self._lock:
            self._faults.append(fault)

    def mend(self) -> None:
        """Let everything work again."""
        with self._lock:
            self._faults.clear()

    def close(self) -> None:
        """Unregister the VFS; files that are still open go on working."""
        self._vfs.unregister()

    def check(self, operation: Operation, file: File) -> None:
        """Raise what was scripted for this operation; called by the files."""
        with self._lock:
            failing = [fault for fault in self._faults if fault.strikes(operation, file)]
            self._failure_count += bool(failing)
        if failing:
            raise _error(failing[0])


class _Fault:
    def __init__(
        self, *, operation: Operation, failure: Failure, file: File, after: int, times: int | None
    ) -> None:
        self.operation = operation
        self.failure = failure
        self._file = file
        self._after = after
        self._times = times

    def strikes(self, operation: Operation, file: File) -> bool:
        """Whether this operation is to fail; counts it."""
        if operation != self.operation or self._file not in ("any", file) or self._times == 0:
            return False
        if self._after > 0:
            self._after -= 1
            return False
        if self._times is not None:
            self._times -= 1
        return True


class _Vfs(apsw.VFS):
    def __init__(self, name: str, disk: FaultyDisk) -> None:
        super().__init__(name, base="")
        self._disk = disk

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        return _File(name, flags, self._disk)


class _File(apsw.VFSFile):
    """A file whose reads, writes and syncs ask first; shared memory and locks do not."""

    def __init__(
        self, name: str | apsw.URIFilename | None, flags: list[int], disk: FaultyDisk
    ) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._file: File = "wal" if flags[0] & apsw.SQLITE_OPEN_WAL else "database"

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's name
        self._disk.check("read", self._file)
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.check("write", self._file)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        self._disk.check("sync", self._file)
        super().xSync(flags)

    def excepthook(
        self,
        etype: type[BaseException] | None,  # noqa: ARG002 - SQLite's signature
        evalue: BaseException | None,  # noqa: ARG002 - as above
        etraceback: TracebackType | None,  # noqa: ARG002 - as above
    ) -> bool:
        """Stay silent: SQLite has the error and passes it on where it matters."""
        return True


def _error(fault: _Fault) -> Exception:
    is_full = fault.failure == "full"
    return apsw.exception_for(apsw.SQLITE_FULL if is_full else _IO_ERRORS[fault.operation])

"""Who serves a data directory: the lock, and the record beside it of where the server listens."""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tenantry.base.errors import Conflict, Unavailable

LOCK_FILE = "server.lock"
RECORD_FILE = "server.json"


class ServerRecord(msgspec.Struct, frozen=True):
    """What a running server says of itself to those who may read its data directory."""

    pid: int
    address: str
    token: str

    @classmethod
    def read(cls, data_dir: Path) -> "ServerRecord | None":
        """Return the record in `data_dir`; None where there is none, or none that is whole."""
        try:
            content = json.loads((data_dir / RECORD_FILE).read_bytes())
            return msgspec.convert(content, cls)
        except (FileNotFoundError, ValueError):
            return None
        except OSError as error:
            raise Unavailable(f"cannot read {error.filename}: {error.strerror}") from error


class ServerLock:
    """The right to be the one process that works on a data directory.

    The operating system gives it back with the process, however that ends; so a record without a
    held lock is left over, and whoever takes the lock removes it.
    """

    def __init__(self, *, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock, creating the directory where there is none; False where it is held."""
        path = self._data_dir / LOCK_FILE
        try:
            self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(f"cannot open {path}: {error.strerror}") from error

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False

        (self._data_dir / RECORD_FILE).unlink(missing_ok=True)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back; a no-op where it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        if not self.try_acquire():
            raise self._held_by_another()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _held_by_another(self) -> Conflict:
        record = ServerRecord.read(self._data_dir)
        holder = f"the server with process id {record.pid}" if record else "another process"
        return Conflict(f"{self._data_dir} is in use by {holder}", code="data_dir_in_use")

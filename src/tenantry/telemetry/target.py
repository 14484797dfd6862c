"""Where log lines go: a file descriptor, a file, or any object with `write`."""

import contextlib
import io
import os
import select
import sys
from pathlib import Path
from typing import Any, Protocol

from tenantry.base.errors import Invalid


class Target(Protocol):
    """Takes whole batches of lines; what it raises is counted by the sink."""

    def write(self, data: bytes) -> None:
        """Write all of `data`, or raise."""
        ...

    def close(self) -> None:
        """Let go of what the target itself opened; a later write opens it again."""
        ...


class DescriptorTarget:
    """Writes to a file descriptor that somebody else opened, past every buffer of Python's."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._is_torn = False

    def write(self, data: bytes) -> None:
        """Write all of `data`; after a write that broke off, begin a new line first."""
        rest = memoryview(b"\n" + data if self._is_torn else data)
        whole = len(rest)
        try:
            while rest:
                rest = rest[self._write_some(rest) :]
        finally:
            if len(rest) < whole:
                self._is_torn = bool(rest)

    def close(self) -> None:
        """Do nothing: the descriptor is not ours."""

    def _write_some(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            # A parent may have made the pipe we share with it non-blocking.
            select.select([], [self._descriptor], [], 1.0)
            return 0


class FileTarget:
    """Appends to a file, created readable by its owner and group only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: DescriptorTarget | None = None
        self._descriptor = -1
        self._reopen()

    def write(self, data: bytes) -> None:
        """Append all of `data`."""
        (self._open or self._reopen()).write(data)

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open = None
            os.close(self._descriptor)

    def _reopen(self) -> DescriptorTarget:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(self._path, flags, 0o640)
        self._open = DescriptorTarget(self._descriptor)
        return self._open


class StreamTarget:
    """Writes to an object with `write`, binary or text."""

    def __init__(self, stream: Any) -> None:
        self._stream = getattr(stream, "buffer", stream)
        self._is_text = isinstance(self._stream, io.TextIOBase)

    def write(self, data: bytes) -> None:
        """Write all of `data` and flush."""
        self._stream.write(data.decode() if self._is_text else data)
        if hasattr(self._stream, "flush"):
            self._stream.flush()

    def close(self) -> None:
        """Do nothing: the stream is not ours."""


def open_target(*, file: Path | None = None, stream: Any = None) -> Target:
    """Return the target for `file`, else for `stream`, else for standard error.

    Raises `Invalid` where the file cannot be opened for appending.
    """
    if file is not None:
        try:
            return FileTarget(file)
        except OSError as error:
            raise Invalid(
                f"LOG_FILE: cannot append to {file}: {error.strerror}", field="LOG_FILE"
            ) from error

    chosen = stream if stream is not None else sys.stderr
    if chosen is None:  # Python started without a standard error
        return StreamTarget(io.BytesIO())

    with contextlib.suppress(OSError, ValueError, AttributeError):
        descriptor = chosen.fileno()
        chosen.flush()
        return DescriptorTarget(descriptor)
    return StreamTarget(chosen)

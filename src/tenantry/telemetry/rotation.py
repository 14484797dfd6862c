"""Log files of a bounded size: a full one gets a number, and of those that are done few stay."""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tenantry.base.errors import Invalid

_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)


class Rotation:
    """Appends whole lines to a file of `NAME-YYYY-MM-DD.log`, of which none grows too large.

    Before a file would hold more than `rotate_bytes` it becomes `NAME-YYYY-MM-DD.N.log`, where N
    rises within the day, and another one begins; only a line that is longer by itself has a file
    that is. What stays is the newest file, which is the newest day's without a number, and the
    `keep_files` before it, by day and number; the oldest are deleted when another one begins.

    Several processes may do this in one folder: whoever writes holds a lock on the file, so that
    nobody renames it meanwhile. A write that fails leaves nothing of its lines, and is raised.
    """

    def __init__(self, *, folder: Path, name: str, rotate_bytes: int, keep_files: int) -> None:
        if rotate_bytes < 1:
            raise Invalid(field="rotate_bytes", got=rotate_bytes, wants="1 or more")
        if keep_files < 1:
            raise Invalid(field="keep_files", got=keep_files, wants="1 or more")
        self._folder = folder
        self._rotate_bytes = rotate_bytes
        self._keep_files = keep_files
        self._family = re.compile(
            rf"{re.escape(name)}-([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?:\.([0-9]+))?\.log"
        )

    def append(self, path: Path, lines: bytes) -> None:
        """Append all of `lines` to a day's file, and to those that follow it."""
        at = 0
        while at < len(lines):
            at = self._append_some(path, lines, at)

    def _append_some(self, path: Path, lines: bytes, at: int) -> int:
        """Append what there is room for behind `at`, or make room; returns the new `at`."""
        with _locked(path) as descriptor:
            size = os.fstat(descriptor).st_size
            if size == 0:
                # What cannot be deleted is tried again with the next file.
                with contextlib.suppress(OSError):
                    self._forget_oldest(path)

            # Whoever was killed while it wrote has left a part of a line.
            start = b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
            end = _end_of_lines(lines, at, self._rotate_bytes - size - len(start))
            if end == at and size:
                path.rename(self._next_of(path))
                return at
            if end == at:
                end = lines.find(b"\n", at) + 1 or len(lines)
            _write_whole(descriptor, start + lines[at:end], size)
            return end

    def _next_of(self, path: Path) -> Path:
        """Return what a day's file is called once it is full; no other is called that."""
        day = self._place_of(path)[0]
        numbers = (number for its_day, _, number, _ in self._files() if its_day == day)
        return path.with_name(f"{path.stem}.{max(numbers, default=0) + 1}.log")

    def _forget_oldest(self, begun: Path) -> None:
        for *_, path in sorted(self._files())[: -self._keep_files - 1]:
            # A late line of a day that is over may have begun one.
            if path != begun:
                path.unlink(missing_ok=True)

    def _files(self) -> list[tuple[str, bool, int, Path]]:
        places = ((self._place_of(path), path) for path in self._folder.iterdir())
        return [(*place, path) for place, path in places if place[0]]

    def _place_of(self, path: Path) -> tuple[str, bool, int]:
        """Return what files are in order by: of one day, that without a number is the last."""
        found = self._family.fullmatch(path.name)
        if found is None:
            return "", False, 0
        return found[1], found[2] is None, int(found[2] or 0)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open the file that is at `path`, which stays there as long as this holds its lock."""
    while True:
        descriptor = os.open(path, _FLAGS, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Until then another process may have renamed it, or somebody deleted it.
            if _is_at(path, descriptor):
                yield descriptor
                return
        finally:
            # Closing is not enough where a child was forked meanwhile, which has it open too.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _end_of_lines(lines: bytes, at: int, room: int) -> int:
    """Return where those of the lines behind `at` end that there is room for."""
    if len(lines) - at <= room:
        return len(lines)
    return at if room < 1 else max(at, lines.rfind(b"\n", at, at + room) + 1)


def _write_whole(descriptor: int, data: bytes, size: int) -> None:
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        # Nobody else has written since: this has the lock.
        os.ftruncate(descriptor, size)
        raise

"""A log file for each day, which stays for a while and is its owner's alone."""

import contextlib
import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

from tenantry.base.errors import Invalid
from tenantry.telemetry.rotation import Rotation
from tenantry.telemetry.target import DescriptorTarget

MAX_DAY_BYTES: Final = 256 * 1024 * 1024
"""What comes after so much of a day is dropped, and counted."""

# `{"timestamp":"2024-01-15T…`, as the JSON renderer begins a line.
_DAY: Final = slice(14, 24)
_DATE: Final = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class DayFiles:
    """Appends lines to `NAME-YYYY-MM-DD.log` in `folder`, by the day (UTC) that each of them names.

    It takes JSON lines that begin with their timestamp. What cannot be written is raised: the sink
    counts it. How much there can be is said in one of two ways:

    - `keep_days`: a day has one file, of at most `max_bytes`. Files of more days ago are deleted
      when another one begins.
    - `rotate_bytes` and `keep_files`: a file that would get larger becomes `NAME-YYYY-MM-DD.N.log`,
      and another one begins. Besides the one that is written, the `keep_files` newest stay, of
      whatever day; the oldest are deleted when another one begins. Lines are never split, and any
      number of processes may write at once.
    """

    def __init__(
        self,
        *,
        folder: Path,
        name: str,
        keep_days: int | None = None,
        max_bytes: int = MAX_DAY_BYTES,
        rotate_bytes: int | None = None,
        keep_files: int | None = None,
    ) -> None:
        self._rotation: Rotation | None = None
        if keep_days is None and rotate_bytes is not None and keep_files is not None:
            self._rotation = Rotation(
                folder=folder, name=name, rotate_bytes=rotate_bytes, keep_files=keep_files
            )
        elif keep_days is None or rotate_bytes is not None or keep_files is not None:
            raise Invalid("DayFiles: wants either keep_days, or rotate_bytes and keep_files")
        self._folder = folder
        self._name = name
        self._keep_days = keep_days or 0
        self._max_bytes = max_bytes
        self._day = b""
        self._descriptor = -1
        self._size = 0
        self._target: DescriptorTarget | None = None

    def write(self, data: bytes) -> None:
        """Append all of `data`."""
        for day, lines in _by_day(data):
            if self._rotation is not None:
                self._make_folder()
                self._rotation.append(self.path_of(day), lines)
                continue
            target = self._target
            if target is None or day != self._day:
                target = self._open(day)
            if self._size + len(lines) > self._max_bytes:
                raise OSError(f"{self.path_of(day)} has {self._max_bytes} bytes, and gets no more")
            target.write(lines)
            self._size += len(lines)

    def close(self) -> None:
        """Close the file; a later write opens it again."""
        if self._target is not None:
            self._target = None
            os.close(self._descriptor)

    def path_of(self, day: bytes) -> Path:
        """Return the file of a day."""
        return self._folder / f"{self._name}-{day.decode()}.log"

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _open(self, day: bytes) -> DescriptorTarget:
        self.close()
        self._make_folder()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(self.path_of(day), flags, 0o600)
        self._target = DescriptorTarget(self._descriptor)
        self._day, self._size = day, os.fstat(self._descriptor).st_size
        # What cannot be deleted is tried again with the next day.
        with contextlib.suppress(OSError, ValueError):
            self._forget_before(date.fromisoformat(day.decode()) - timedelta(days=self._keep_days))
        return self._target

    def _forget_before(self, first: date) -> None:
        dated = re.compile(rf"{re.escape(self._name)}-([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})\.log")
        for path in self._folder.iterdir():
            found = dated.fullmatch(path.name)
            if found is not None and found[1] < first.isoformat():
                path.unlink()


def _by_day(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield what belongs to each day; nearly always that is all of it."""
    last = data.rfind(b"\n", 0, -1) + 1
    if _day_of(data) == _day_of(data[last : last + _DAY.stop]):
        yield _day_of(data), data
        return
    for day, lines in groupby(data.splitlines(keepends=True), key=_day_of):
        yield day, b"".join(lines)


def _day_of(line: bytes) -> bytes:
    day = line[_DAY]
    if not _DATE.fullmatch(day):
        raise ValueError("a line does not begin with its timestamp")
    return day

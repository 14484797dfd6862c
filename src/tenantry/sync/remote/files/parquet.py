"""A page of a Parquet file, which is read by groups of rows and handed out by pages.

This module is imported when the first such file is read, since pyarrow is optional.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow as pa  # type: ignore[import-untyped] # it has no types
from pyarrow import parquet

from tenantry.sync.errors import ValidationError
from tenantry.sync.remote.values import plain


class ParquetRows:
    """The rows of an open file from `at` on, decoded as they are asked for; closes the file."""

    def __init__(self, file: BinaryIO, *, version: str, at: int, count: int, where: str) -> None:
        self.version = version
        self.at = at
        self._file = file
        self._where = where
        with _told(where):
            self._parquet = parquet.ParquetFile(file, pre_buffer=False)
            self.total: int = self._parquet.metadata.num_rows
        self._batches = self._read(count)
        self._rest: list[dict[str, Any]] = []

    def take(self, count: int) -> list[dict[str, Any]]:
        """Return the next rows, fewer than `count` only at the end."""
        with _told(self._where):
            while len(self._rest) < count and (batch := next(self._batches, None)) is not None:
                self._rest += batch
        page, self._rest = self._rest[:count], self._rest[count:]
        self.at += len(page)
        return [
            {name: plain(value, where=f"{self._where}: {name}") for name, value in row.items()}
            for row in page
        ]

    def is_of(self, file: BinaryIO) -> bool:
        """Whether these are the rows of that very opening of a file."""
        return self._file is file

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read(self, count: int) -> Iterator[list[dict[str, Any]]]:
        group, skipped = self._group_at(self.at)
        groups = list(range(group, self._parquet.metadata.num_row_groups))
        left = self.at - skipped
        for batch in self._parquet.iter_batches(batch_size=count, row_groups=groups):
            rows = batch.slice(left) if left < batch.num_rows else None
            left = max(0, left - batch.num_rows)
            if rows is not None and rows.num_rows:
                yield rows.to_pylist()

    def _group_at(self, row: int) -> tuple[int, int]:
        """Return the group that has a row, and how many rows are before the group."""
        before = 0
        for group in range(self._parquet.metadata.num_row_groups):
            count = self._parquet.metadata.row_group(group).num_rows
            if row < before + count:
                return group, before
            before += count
        return self._parquet.metadata.num_row_groups, before


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what pyarrow raises about a file into a `ValidationError`, without its words."""
    try:
        yield
    except (pa.ArrowException, OSError):
        raise ValidationError(f"{where}: is no Parquet file that can be read") from None

"""A page of a file of lines: JSONL, or CSV with a header."""

import csv
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import msgspec

from tenantry.base.codec import decode_json
from tenantry.base.errors import Invalid
from tenantry.sync.errors import ValidationError
from tenantry.sync.remote.files.position import Place

MAX_LINE_BYTES: Final = 4 * 1024 * 1024
MAX_PAGE_BYTES: Final = 16 * 1024 * 1024
"""A page ends here, however few rows it has."""


class Lines:
    """The lines of a file from a place on; knows where the next one begins."""

    def __init__(self, file: BinaryIO, place: Place, *, where: str) -> None:
        self._file = file
        self._where = where
        self.at = place.at
        self.line = place.line
        file.seek(place.at)

    def __iter__(self) -> Iterator[str]:
        while line := self._file.readline(MAX_LINE_BYTES + 1):
            self.line += 1
            if len(line) > MAX_LINE_BYTES:
                raise self.wrong(f"is longer than {MAX_LINE_BYTES} bytes")
            is_first, self.at = self.at == 0, self.at + len(line)
            try:
                yield line.decode("utf-8-sig" if is_first else "utf-8")
            except UnicodeDecodeError:
                raise self.wrong("holds bytes that are not UTF-8") from None

    def wrong(self, told: str) -> ValidationError:
        """Return what to raise about the line that was read last."""
        return ValidationError(f"{self._where}, line {self.line}: {told}")


class LinesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Rows, and where the next ones are; `is_last` where there are none."""

    rows: list[Any]
    at: int
    line: int
    is_last: bool


def jsonl_page(file: BinaryIO, place: Place, *, count: int, where: str) -> LinesPage:
    """Return the next rows, each of them a line; lines without anything on them are passed over."""
    lines = Lines(file, place, where=where)

    def rows() -> Iterator[Any]:
        for line in lines:
            if line.strip():
                try:
                    yield decode_json(line.encode(), field="line")
                except Invalid:
                    # The decoder's own words could quote what stands there.
                    raise lines.wrong("is no JSON") from None

    return _page(rows(), lines, place, file, count)


def csv_page(file: BinaryIO, place: Place, *, count: int, where: str) -> LinesPage:
    """Return the next rows, whose values are all text; the first line names the fields."""
    top = Lines(file, Place(version=place.version), where=where)
    header = next(_records(top), None)
    if header is None:
        return LinesPage(rows=[], at=0, line=0, is_last=True)
    if not all(header) or len(set(header)) != len(header):
        raise top.wrong("wants a header of names, each once")
    if place.at == 0:
        place = Place(version=place.version, at=top.at, line=top.line)
    lines = Lines(file, place, where=where)

    def rows() -> Iterator[dict[str, str]]:
        for record in _records(lines):
            if len(record) != len(header):
                raise lines.wrong(f"got {len(record)} values, wants {len(header)}")
            yield dict(zip(header, record, strict=True))

    return _page(rows(), lines, place, file, count)


def _records(lines: Lines) -> Iterator[list[str]]:
    try:
        yield from (record for record in csv.reader(lines, strict=True) if record)
    except csv.Error:
        raise lines.wrong("is no CSV, or has a value that is too long") from None


def _page(rows: Iterator[Any], lines: Lines, place: Place, file: BinaryIO, count: int) -> LinesPage:
    page: list[Any] = []
    for row in rows:
        page.append(row)
        if len(page) >= count or lines.at - place.at >= MAX_PAGE_BYTES:
            break
    return LinesPage(rows=page, at=lines.at, line=lines.line, is_last=not file.read(1))

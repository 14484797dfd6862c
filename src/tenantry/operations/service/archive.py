"""The file format of a backup, the same for both databases.

A gzip stream of records, each MessagePack prefixed with its length in four bytes: a header, pages
of rows, and a trailer with the counts and the SHA-256 of every byte before it.
"""

import gzip
import hashlib
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import msgspec

from tenantry.operations.errors import BackupDamaged, BackupTooNew
from tenantry.operations.model import (
    FORMAT,
    ApiKeyPage,
    AppendPage,
    BackupHeader,
    BackupPage,
    BackupRecord,
    BackupTrailer,
    DataKeyPage,
    EventPage,
    MemberPage,
    UserPage,
)

_LENGTH: Final = struct.Struct(">I")
# A page is at most 8 MB, or one event; whatever claims more is not ours.
_LONGEST_RECORD: Final = 256 * 1024 * 1024
# Twice the speed of the default for a tenth more bytes.
_COMPRESSION_LEVEL: Final = 1
_GZIP_CONTAINER: Final = 31

# What of the trailer counts the rows of which page.
_COUNTED: Final[dict[type[BackupPage], str]] = {
    EventPage: "event_count",
    AppendPage: "append_count",
    DataKeyPage: "data_key_count",
    UserPage: "user_count",
    MemberPage: "member_count",
    ApiKeyPage: "api_key_count",
}


class ArchiveWriter:
    """Turns records into the bytes of a file, in the order they must stand there."""

    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._compressor = zlib.compressobj(_COMPRESSION_LEVEL, zlib.DEFLATED, _GZIP_CONTAINER)
        self._digest = hashlib.sha256()
        self._counts: Counter[str] = Counter()

    def header(self, header: BackupHeader) -> bytes:
        """Begin the file."""
        return self._add(header)

    def page(self, page: BackupPage) -> bytes:
        """Add rows."""
        self._counts[_COUNTED[type(page)]] += len(page.rows)
        return self._add(page)

    def trailer(self) -> bytes:
        """End the file."""
        counts = {name: self._counts[name] for name in _COUNTED.values()}
        trailer = BackupTrailer(sha256=self._digest.digest(), **counts)
        return self._add(trailer) + self._compressor.flush()

    def _add(self, record: BackupRecord) -> bytes:
        encoded = self._encoder.encode(record)
        framed = _LENGTH.pack(len(encoded)) + encoded
        self._digest.update(framed)
        return self._compressor.compress(framed)


def read_archive(file: Path) -> Iterator[BackupRecord]:
    """Yield the records of `file`, and fail before the end where anything about it is wrong.

    Raises `BackupDamaged` saying what, and `BackupTooNew`. What was yielded counts only once the
    iterator has ended by itself.
    """
    try:
        with file.open("rb") as raw, gzip.GzipFile(fileobj=raw, mode="rb") as stream:
            # It inflates what the length prefix asks for, never all of the file.
            yield from _Reader(cast("BinaryIO", stream), name=file.name).records()
    except EOFError as error:
        raise _damaged(file.name, "it ends before its trailer, so it was cut off") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(file.name, f"it cannot be decompressed ({error})") from error
    except OSError as error:
        raise _damaged(file.name, f"it cannot be read ({error.strerror})") from error


class _Reader:
    """Checks records against each other while they pass."""

    def __init__(self, stream: BinaryIO, *, name: str) -> None:
        self._stream = stream
        self._name = name
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(BackupRecord)
        self._digest = hashlib.sha256()
        self._counts: Counter[str] = Counter()
        self._position = 0
        self._hash = bytes(32)

    def records(self) -> Iterator[BackupRecord]:
        header = self._next()
        if not isinstance(header, BackupHeader):
            raise _damaged(self._name, "it does not begin with the header of a backup")
        if header.format > FORMAT:
            raise BackupTooNew(
                f"{self._name} is a backup of format {header.format}, written by tenantry "
                f"{header.program_version}; this program reads formats up to {FORMAT}"
            )
        yield header

        while not isinstance(record := self._next(), BackupTrailer):
            self._count(record)
            yield record

        self._check_end(header, record)
        yield record

    def _next(self) -> BackupRecord:
        before = self._digest.digest()
        prefix = self._read(_LENGTH.size)
        length = _LENGTH.unpack(prefix)[0]
        if length > _LONGEST_RECORD:
            raise _damaged(self._name, f"it holds a record of {length} bytes, so it was changed")

        encoded = self._read(length)
        self._digest.update(prefix)
        self._digest.update(encoded)
        try:
            record: BackupRecord = self._decoder.decode(encoded)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _damaged(self._name, f"it holds what is no record ({error})") from error

        if isinstance(record, BackupTrailer) and record.sha256 != before:
            raise _damaged(self._name, "its digest is not that of its content, so it was changed")
        return record

    def _read(self, length: int) -> bytes:
        data = self._stream.read(length)
        if len(data) < length:
            raise EOFError
        return data

    def _count(self, record: BackupHeader | BackupPage) -> None:
        if isinstance(record, BackupHeader):
            raise _damaged(self._name, "it holds a second header")
        self._counts[_COUNTED[type(record)]] += len(record.rows)
        if isinstance(record, EventPage) and record.rows:
            self._position, self._hash = record.rows[-1][0], record.rows[-1][8]

    def _check_end(self, header: BackupHeader, trailer: BackupTrailer) -> None:
        if any(self._counts[name] != getattr(trailer, name) for name in _COUNTED.values()):
            raise _damaged(self._name, "it does not hold as many rows as its trailer says")
        if (self._position, self._hash) != (header.position, header.hash):
            raise _damaged(
                self._name,
                f"its last event is at {self._position}, its header says {header.position}",
            )
        if self._stream.read(1):
            raise _damaged(self._name, "something was added behind its trailer")


def _damaged(name: str, why: str) -> BackupDamaged:
    return BackupDamaged(f"{name} is not a whole backup: {why}", details={"file": name, "why": why})

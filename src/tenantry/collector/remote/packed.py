"""Files of events, packed or not: what they begin with says which."""

import contextlib
import gzip
import io
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

import zstandard

from tenantry.base.errors import Invalid

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
BROKEN: Final = (EOFError, gzip.BadGzipFile, zstandard.ZstdError)
"""What reading raises where the rest of a packed file is none, or is missing."""


@contextlib.contextmanager
def unpacked(file: BinaryIO) -> Iterator[BinaryIO]:
    """Give what a buffered file holds, whether it is packed with gzip or zstd or with nothing."""
    begin = cast("io.BufferedReader", file).peek(len(_ZSTD))[: len(_ZSTD)]
    if begin.startswith(_GZIP):
        with gzip.GzipFile(fileobj=file) as reading:
            yield cast("BinaryIO", reading)
    elif begin == _ZSTD:
        unpacker = zstandard.ZstdDecompressor()
        with unpacker.stream_reader(file, read_across_frames=True, closefd=False) as reader:
            yield cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", reader)))
    else:
        yield file


def broken(error: Exception) -> Invalid:
    """Return what to tell of an error of `BROKEN`."""
    return Invalid(
        field="FILE", got=f"a packed file that ends in the middle ({error})", wants="all of it"
    )

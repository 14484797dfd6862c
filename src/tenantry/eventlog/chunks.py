"""The state of a projection in chunks, as a snapshot keeps it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import msgspec

Row = TypeVar("Row")

CHUNK_BYTES: Final = 1024 * 1024
"""Chunks are written one unit each, so that no write waits behind a whole snapshot."""

# So many rows are encoded together, behind the size of what they come to.
_ROWS: Final = 256
_SIZE_BYTES: Final = 4
_ENCODER: Final = msgspec.msgpack.Encoder()


def encode_rows(rows: Sequence[Any]) -> Iterator[bytes]:
    """Encode the rows of a state in chunks, from which `decode_rows` reads them."""
    pages = (_ENCODER.encode(rows[at : at + _ROWS]) for at in range(0, len(rows), _ROWS))
    return in_chunks(len(page).to_bytes(_SIZE_BYTES, "big") + page for page in pages)


def decode_rows(
    chunks: Iterable[bytes], decoder: msgspec.msgpack.Decoder[list[Row]]
) -> Iterator[Row]:
    """Yield the rows that `encode_rows` has encoded; `decoder` knows what they are."""
    for chunk in chunks:
        at = 0
        while at < len(chunk):
            start = at + _SIZE_BYTES
            at = start + int.from_bytes(chunk[at:start], "big")
            yield from decoder.decode(chunk[start:at])


def in_chunks(records: Iterable[bytes], *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Join `records` into chunks of about `chunk_bytes`, never splitting one."""
    chunk, size = [], 0
    for record in records:
        chunk.append(record)
        size += len(record)
        if size >= chunk_bytes:
            yield b"".join(chunk)
            chunk, size = [], 0
    if chunk:
        yield b"".join(chunk)

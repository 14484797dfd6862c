"""The hash chain: each event's hash covers its every column and the hash before it.

PostgreSQL computes the same inside `append_events`; a test holds the two against each other.
"""

import hashlib
import struct

GENESIS = bytes(32)
"""What the first event's hash builds on."""

_LONG = struct.Struct(">q").pack
_LENGTH = struct.Struct(">i").pack


def chain_hash(  # noqa: PLR0917 - the columns of an event, in their order
    previous: bytes,
    position: int,
    tenant_id: str,
    stream: str,
    version: int,
    type_: str,
    data: bytes,
    metadata: bytes,
    recorded_at: int,
) -> bytes:
    """Return SHA-256 over `previous` and the columns, those of no fixed size with their length."""
    tenant, name, kind = tenant_id.encode(), stream.encode(), type_.encode()
    return hashlib.sha256(
        b"".join(
            (
                previous,
                _LONG(position),
                _LENGTH(len(tenant)),
                tenant,
                _LENGTH(len(name)),
                name,
                _LONG(version),
                _LENGTH(len(kind)),
                kind,
                _LENGTH(len(data)),
                data,
                _LENGTH(len(metadata)),
                metadata,
                _LONG(recorded_at),
            )
        )
    ).digest()

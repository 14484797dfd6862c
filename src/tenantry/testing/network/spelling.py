"""How the protocol spells things: ids that are times, hashes, instants, DIDs and handles."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

_ALPHABET: Final = "234567abcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# CIDv1, DAG-CBOR, SHA-256 of 32 bytes.
_CID_HEAD: Final = b"\x01\x71\x12\x20"


def tid(us: int, clock: int = 0) -> str:
    """Return the id of an instant: 13 characters that sort as time does.

    https://atproto.com/specs/tid: 53 bits of µs since 1970, and ten of a clock's own id.
    """
    bits = (us << 10) | (clock & 1023)
    pairs = _PAIRS
    return (
        _ALPHABET[bits >> 60]
        + pairs[(bits >> 50) & 1023]
        + pairs[(bits >> 40) & 1023]
        + pairs[(bits >> 30) & 1023]
        + pairs[(bits >> 20) & 1023]
        + pairs[(bits >> 10) & 1023]
        + pairs[bits & 1023]
    )


def made_cid(seed: bytes) -> str:
    """Return a CID that is spelled well and is the hash of nothing in particular."""
    digest = hashlib.sha256(seed).digest()
    return "b" + base64.b32encode(_CID_HEAD + digest).decode().rstrip("=").lower()


def made_did(seed: str) -> str:
    """Return a DID of the kind that most people have."""
    digest = hashlib.blake2b(seed.encode(), digest_size=15).digest()
    return "did:plc:" + base64.b32encode(digest).decode().lower()


def iso_ms(us: int) -> str:
    """Return an instant as records and the first wire write it: `2026-06-01T00:00:00.250Z`."""
    at = _EPOCH + timedelta(microseconds=us)
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def iso_us(us: int) -> str:
    """Return an instant as the second wire writes it, to the µs."""
    at = _EPOCH + timedelta(microseconds=us)
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

"""When two values are the same: when their JSON is, with its names in one order.

Python's own `==` would take 1, 1.0 and True for one another, which no front end does.
"""

import hashlib
from typing import Any, Final

import msgspec
from msgspec import UNSET

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def canonical_json(value: Any) -> bytes:
    """Return the JSON of `value` with the names of every object sorted."""
    return _ENCODER.encode(value)


def is_same(one: Any, other: Any) -> bool:
    """Whether two values, either of them maybe `UNSET`, are the same as JSON."""
    if one is other:
        return True
    if one is UNSET or other is UNSET:
        return False
    return _ENCODER.encode(one) == _ENCODER.encode(other)


def plain(value: Any) -> Any:
    """Return `value` as what its JSON is read as; `UNSET` stays itself."""
    # Twice as fast as msgspec.to_builtins, and the very thing that the log gives back.
    return value if value is UNSET else msgspec.json.decode(msgspec.json.encode(value))


def sha256_of(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of `value`, in hex."""
    return hashlib.sha256(_ENCODER.encode(value)).hexdigest()

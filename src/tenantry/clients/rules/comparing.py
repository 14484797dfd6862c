"""When two values are the same: when their JSON is, with its names in one order.

Python's own `==` would take 1, 1.0 and True for one another, which no front end does.
"""

import hashlib
from collections.abc import Sequence
from operator import eq
from typing import Any, Final

import msgspec
from msgspec import UNSET

_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_AS_IT_STANDS: Final = msgspec.json.Encoder()
# Among values of one type their fields have an order already, and sorting them is half the work.
_LINES: Final = msgspec.json.Encoder(order="deterministic")
# So many items of a usual size stay in a processor's cache while they are compared.
_BLOCK: Final = 64


def canonical_json(value: Any) -> bytes:
    """Return the JSON of `value` with the names of every object sorted."""
    return _ENCODER.encode(value)


def is_same(one: Any, other: Any) -> bool:
    """Whether two values, either of them maybe `UNSET`, are the same as JSON."""
    if one is other:
        return True
    if one is UNSET or other is UNSET:
        return False
    # What is the same mostly has its names in the same order too.
    if _AS_IT_STANDS.encode(one) == _AS_IT_STANDS.encode(other):
        return True
    return _ENCODER.encode(one) == _ENCODER.encode(other)


class Comparison(msgspec.Struct, frozen=True):
    """Which values of a collection are the same as those that they are compared with; its digest.

    `digest` is that of the collection's values, as `digest_of_values` would return it.
    """

    are_same: Sequence[bool]
    digest: str


def compared(before: Sequence[Any], after: Sequence[Any]) -> Comparison:
    """Compare each value of a collection with the one at its place in `before`, None where new.

    All are of one type. Each is encoded once, for the comparison and for the digest.
    """
    total = hashlib.sha256()
    are_same: list[bool] = []
    for start in range(0, len(after), _BLOCK):
        block = after[start : start + _BLOCK]
        old, new = _LINES.encode_lines(before[start : start + _BLOCK]), _LINES.encode_lines(block)
        total.update(new)
        if old == new:
            are_same += [True] * len(block)
        else:
            # Each has a line: an end of line within a text is escaped.
            are_same += list(map(eq, old.splitlines(), new.splitlines()))
    return Comparison(are_same, total.hexdigest())


def digest_of_values(values: Sequence[Any]) -> str:
    """Return the SHA-256 of the values of a collection, all of one type, in hex."""
    total = hashlib.sha256()
    for start in range(0, len(values), _BLOCK):
        total.update(_LINES.encode_lines(values[start : start + _BLOCK]))
    return total.hexdigest()


def plain(value: Any) -> Any:
    """Return `value` as what its JSON is read as; `UNSET` stays itself."""
    # Twice as fast as msgspec.to_builtins, and the very thing that the log gives back.
    return value if value is UNSET else msgspec.json.decode(msgspec.json.encode(value))


def sha256_of(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of `value`, in hex."""
    return hashlib.sha256(_ENCODER.encode(value)).hexdigest()

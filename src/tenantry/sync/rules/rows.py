"""Rows of a source to what is stored: keys, digests, and the hashes that tell what is gone."""

import struct
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Collection, Row, StoredRow

MAX_KEY_CHARACTERS: Final = 512
"""Of all fields of a key together."""
MAX_ROW_BYTES: Final = 1024 * 1024

_KEY_SEPARATOR: Final = "\x1f"
_HASH_BYTES: Final = 8
_DIGEST_BYTES: Final = 16
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_KINDS: Final[dict[type, str]] = {
    type(None): "nothing",
    bool: "true or false",
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
}

CheckRow = Callable[[Row], str | None]
"""Says what is wrong with a row, by its collection's schema; None for nothing."""


class Prepared(msgspec.Struct, frozen=True):
    """A page that is ready to be stored: each key once, the last of its rows.

    `since` is the highest cursor of the page, as JSON.
    """

    rows: tuple[StoredRow, ...]
    hashes: frozenset[int]
    since: str | None


class _Wrong(Exception):
    """What is wrong with a row, and in which field."""

    def __init__(self, problem: str, **details: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.details = details


def prepare(
    collection: Collection, rows: Sequence[Row], *, page: int, check: CheckRow | None = None
) -> Prepared:
    """Return what to store of a page; raises `ValidationError` that names row and field."""
    stored: dict[str, StoredRow] = {}
    since: Any = None
    number = 0
    try:
        for number, row in enumerate(rows, start=1):  # noqa: B007 - said where one is wrong
            one, cursor = _stored(collection, row, check)
            stored[one.key] = one
            since = _later(since, cursor)
    except _Wrong as wrong:
        raise ValidationError(
            f"{collection.name}: page {page}, row {number}: {wrong.problem}",
            details={"collection": collection.name, **wrong.details},
        ) from None
    return Prepared(
        rows=tuple(stored.values()),
        hashes=frozenset(map(hash_of, stored)),
        since=None if since is None else _ENCODER.encode(since).decode(),
    )


def hash_of(key: str) -> int:
    """Return what a key is remembered by while a pass goes on: 64 bits.

    Two of a million keys are alike with a chance of one in 30 million; a row that is gone would
    then be kept until the pass after the next.
    """
    return int.from_bytes(blake2b(key.encode(), digest_size=_HASH_BYTES).digest())


def pack_hashes(hashes: Iterable[int]) -> bytes:
    """Write hashes as bytes."""
    numbers = sorted(hashes)
    return struct.pack(f">{len(numbers)}Q", *numbers)


def unpack_hashes(packed: bytes) -> frozenset[int]:
    """Read what `pack_hashes` has written."""
    return frozenset(struct.unpack(f">{len(packed) // _HASH_BYTES}Q", packed))


def later_since(one: str | None, other: str | None) -> str | None:
    """Return the higher of two cursors, each as JSON."""
    if one is None or other is None:
        return one if other is None else other
    higher = _later(msgspec.json.decode(one), msgspec.json.decode(other))
    return _ENCODER.encode(higher).decode()


def _stored(collection: Collection, row: Row, check: CheckRow | None) -> tuple[StoredRow, Any]:
    """Return a row as it is stored, and its cursor."""
    if check is not None and (problem := check(row)) is not None:
        raise _Wrong(problem)
    key = _key_of(collection, row)
    data = _ENCODER.encode(row)
    if len(data) > MAX_ROW_BYTES:
        raise _Wrong(f"got {len(data)} bytes, wants at most {MAX_ROW_BYTES}")
    cursor = None if collection.cursor is None else _cursor_of(collection.cursor, row)
    stored = StoredRow(
        key,
        data.decode(),
        blake2b(data, digest_size=_DIGEST_BYTES).hexdigest(),
        None if cursor is None else _ENCODER.encode(cursor).decode(),
    )
    return stored, cursor


def _key_of(collection: Collection, row: Row) -> str:
    fields = collection.key
    key = _KEY_SEPARATOR.join([_part_of(row, field) for field in fields])
    # With the separator in one of its fields, two rows could have one key.
    is_clear = "\x00" not in key and key.count(_KEY_SEPARATOR) == len(fields) - 1
    if len(key) > MAX_KEY_CHARACTERS or not is_clear:
        raise _Wrong(
            f"{', '.join(fields)}: got a key of {len(key)} characters, wants at most "
            f"{MAX_KEY_CHARACTERS}, none of them NUL or a separator (U+001F)"
        )
    return key


def _part_of(row: Row, field: str) -> str:
    value = row.get(field)
    if isinstance(value, str) and value:
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Wrong(
            f"{field}: got {_kind(value)}, wants a text or a whole number, since it is the key",
            field=field,
        )
    return str(value)


def _cursor_of(field: str, row: Row) -> Any:
    value = row.get(field)
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Wrong(
            f"{field}: got {_kind(value)}, wants a text or a number, since it is the cursor",
            field=field,
        )
    return value


def _later(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return one if other is None else other
    if isinstance(one, str) != isinstance(other, str):
        # A source that changes the kind has changed its mind: the newer one counts.
        return other
    return max(one, other)


def _kind(value: Any) -> str:
    """Name what was there without showing it: rows are people's."""
    if value == "":
        return "an empty text"
    return _KINDS.get(type(value), "an object")

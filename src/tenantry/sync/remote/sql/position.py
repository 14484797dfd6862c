"""Where to read on in a table: behind the key of the row that was read last.

A key is written with the types that the database gave it, so that it compares as it did there.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from tenantry.base.codec import encode_json
from tenantry.sync.errors import ValidationError


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The key that was read last, each part with its type; and since when changes are told."""

    after: tuple[tuple[str, str], ...]
    since: str | None = None


_PLACES: Final = msgspec.json.Decoder(Place)

_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "str": str,
    "int": int,
    "float": float,
    "Decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "UUID": UUID,
    "bytes": base64.b64decode,
}


def place_of(token: str, *, where: str) -> Place:
    """Return the place that a token means."""
    try:
        place = _PLACES.decode(token)
    except msgspec.MsgspecError:
        told = "the place to read on at is not one of this source; begin the collection anew"
        raise ValidationError(f"{where}: {told}") from None
    return place


def token_after(key: Sequence[Any], since: str | None, *, where: str) -> str:
    """Return the token that means what comes behind a row of that key."""
    after = tuple(_written(value, where) for value in key)
    return encode_json(Place(after=after, since=since)).decode()


def key_in(place: Place, *, where: str) -> list[Any]:
    """Return the key that a place is behind of."""
    try:
        return [_READERS[kind](text) for kind, text in place.after]
    except (KeyError, ValueError, ArithmeticError):
        raise ValidationError(f"{where}: the place to read on at cannot be read") from None


def like(text: str, example: Any) -> Any:
    """Return a text as a value of the type of `example`; raises `ValueError` where it is none."""
    reader = _READERS.get(_kind(example))
    if reader is None:
        raise ValueError(type(example).__name__)
    try:
        return reader(text)
    except ArithmeticError as error:
        raise ValueError(text) from error


def _kind(value: Any) -> str:
    if isinstance(value, bytearray | memoryview):
        return "bytes"
    return type(value).__name__


def _written(value: Any, where: str) -> tuple[str, str]:
    kind = _kind(value)
    if kind == "bytes":
        return kind, base64.b64encode(value).decode()
    if isinstance(value, date | time):
        return kind, value.isoformat()
    if kind in _READERS:
        return kind, str(value)
    raise ValidationError(f"{where}: a key that is a {kind} cannot be ordered by")

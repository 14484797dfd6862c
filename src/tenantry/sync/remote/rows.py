"""Whether what a source calls rows can be rows of a collection."""

from collections.abc import Sequence
from typing import Any, Final

from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Collection, Row

MAX_KEY_CHARACTERS: Final = 512


def check_rows(rows: Sequence[Any], collection: Collection, *, where: str) -> list[Row]:
    """Return `rows` where each is an object with every field of the key.

    Raises `ValidationError`, which names the row by its place and the field, and no value.
    """
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise _wrong(where, index, f"got {_kind(row)}, wants an object")
        for field in collection.key:
            value = row.get(field)
            # 1 and true are equal, and would be one key.
            if isinstance(value, bool) or not isinstance(value, str | int):
                got = _kind(value) if field in row else "nothing"
                raise _wrong(where, index, f"{field}: got {got}, wants text or a whole number")
            if value == "" or (isinstance(value, str) and len(value) > MAX_KEY_CHARACTERS):
                told = f"got {len(str(value))} characters, wants 1 to {MAX_KEY_CHARACTERS}"
                raise _wrong(where, index, f"{field}: {told}")
    return list(rows)


def _wrong(where: str, index: int, told: str) -> ValidationError:
    return ValidationError(f"{where}, row {index + 1}: {told}")


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case dict():
            return "an object"
        case _:
            return "a list"

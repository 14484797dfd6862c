"""What a person might write into a row: anything that a column takes, to stay there."""

import random
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from tenantry.updater.model import PARENTS, ROW_TYPES, TableName

MARK: Final = "Zqx"
"""What every text has in it that a person has written here."""
_FIXED: Final = frozenset(
    {"id", "run_id", "created_by", "created_at", "updated_at", "ticket_number", "customer_number"}
)
_INSTANTS: Final = ("_at", "_date", "_since", "_until")
_MOMENTS: Final = ("1970-01-02T00:00:00Z", "2026-03-05T03:14:15Z", "9999-12-31T23:59:59Z")
_TEXTS: Final = (
    "+1 202 456 1111",
    "(202) 456-1111",
    "ann@gmail.com",
    "https://www.google.com/",
    "8.8.8.8",
    "",
    "a" * 9_000,
    "{machine} {0} %s",
    "\u202e\u200b\x07",
    "'; DROP TABLE customers; --",
    "é" * 40,
)


def columns_of(table: TableName) -> list[str]:
    """Return the columns of a table that a person may change."""
    return [
        name
        for name in ROW_TYPES[table].__struct_fields__
        if name not in _FIXED and name not in PARENTS[table]
    ]


def hostile_value(rng: random.Random, table: TableName, column: str) -> Any:
    """Return something that a column takes."""
    kind = get_type_hints(ROW_TYPES[table])[column]
    if column.endswith(_INSTANTS):
        return rng.choice(_MOMENTS)
    return _of_kind(rng, kind)


def _of_kind(rng: random.Random, kind: Any) -> Any:
    if get_origin(kind) is Literal:
        return rng.choice(get_args(kind))
    if get_origin(kind) is tuple:
        return [_text(rng) for _ in range(rng.randrange(3))]
    if kind is bool:
        return rng.random() < 0.5
    if kind is int:
        return rng.choice((-(2**62), -1, 0, 1, 2**62))
    if kind is float:
        return rng.choice((-1.5, 0.0, 1e300))
    options = [option for option in get_args(kind) if option is not type(None)]
    return _of_kind(rng, options[0]) if options else _text(rng)


def _text(rng: random.Random) -> str:
    return f"{rng.choice(_TEXTS)} {MARK}{rng.randrange(1_000_000)}"

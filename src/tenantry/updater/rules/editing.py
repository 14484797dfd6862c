"""Rows as people see and edit them: instants in ISO 8601, and only columns that are theirs."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final, get_type_hints

import msgspec

from tenantry.base.errors import Invalid
from tenantry.base.instant import format_instant, parse_instant
from tenantry.updater.model import PARENTS, ROW_TYPES, Row, StoredRow, TableName, Technician
from tenantry.updater.model.undo import History
from tenantry.updater.rules.ledger import fold
from tenantry.updater.rules.wanting import wanted

_FIXED: Final = frozenset(
    {"id", "run_id", "created_by", "created_at", "updated_at", "ticket_number", "customer_number"}
)
"""What is not a person's to change: what a row is known by, and where it came from."""
_ENDS: Final = ("_at", "_date", "_since", "_until")
MAX_TEXT_CHARACTERS: Final = 10_000
MAX_ENTRIES: Final = 100
"""How long a list may be."""
MAX_NUMBER: Final = 2**63 - 1
_UNKEPT: Final = re.compile("[\0\ud800-\udfff]")
_SHOWN: Final = 64
_ID: Final = re.compile(r"[!-~]{1,64}")


def shown_row(stored: StoredRow) -> dict[str, Any]:
    """Return a row as it is shown, with who edited it."""
    shown = {
        name: format_instant(value) if _is_instant(name) and value is not None else value
        for name, value in msgspec.to_builtins(stored.row).items()
    }
    edited_at = stored.edited_at
    shown["edited_at"] = None if edited_at is None else format_instant(edited_at)
    shown["edited_by"] = stored.edited_by
    return shown


def edited_values(table: TableName, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that a person gives a row, as they are stored.

    Raises `Invalid` that names the column, what it got and what it wants. Whether the row makes
    sense is the person's own affair: it is held to no rule any more.
    """
    if not values:
        raise Invalid(field="row", got="no column", wants="at least one column to change")
    row_type = ROW_TYPES[table]
    hints = get_type_hints(row_type)
    theirs = [
        name for name in row_type.__struct_fields__ if name not in _FIXED | PARENTS[table].keys()
    ]
    checked = dict[str, Any]()
    for name, value in values.items():
        if name not in theirs:
            raise Invalid(field=name[:_SHOWN], got="a column", wants="one of " + ", ".join(theirs))
        checked[name] = _value(name, value, hints[name])
    return checked


def remembered(history: History) -> Row | None:
    """Return a row that a person has edited as the simulation knows it: as runs have left it.

    What people write may be about somebody real, and need not make sense. Only that a technician is
    not available is taken from him: it says nothing about anybody, and who edits it means it.
    None where no run has made the row.
    """
    row = fold(history)
    if isinstance(row, Technician) and history.stored is not None:
        edited = history.stored.row
        if isinstance(edited, Technician) and not edited.is_available:
            return msgspec.structs.replace(row, is_available=False)
    return row


def _value(name: str, value: Any, kind: Any) -> Any:
    if _is_instant(name) and isinstance(value, str):
        return parse_instant(value, field=name)
    if _is_instant(name) and value is not None:
        raise Invalid(field=name, got=_shown(value), wants="an ISO 8601 instant")
    try:
        read = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Invalid(field=name, got=_shown(value), wants=wanted(str(error))) from error
    if isinstance(read, tuple) and len(read) > MAX_ENTRIES:
        raise Invalid(field=name, got=f"{len(read)} entries", wants=f"at most {MAX_ENTRIES}")
    for text in read if isinstance(read, tuple) else (read,):
        check_stored(name, text)
    return read


def check_stored(name: str, value: Any) -> None:
    """Raise `Invalid` for what is of the type of its column, and yet none that databases keep."""
    if isinstance(value, str) and (
        len(value) > MAX_TEXT_CHARACTERS or _UNKEPT.search(value) is not None
    ):
        raise Invalid(
            field=name,
            got=f"{len(value)} characters",
            wants=f"at most {MAX_TEXT_CHARACTERS}, none of them NUL or half of one",
        )
    if isinstance(value, int) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise Invalid(field=name, got=_shown(value), wants=f"-{MAX_NUMBER} to {MAX_NUMBER}")
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid(field=name, got=str(value), wants="a number")


def _is_instant(name: str) -> bool:
    return name.endswith(_ENDS)


def _shown(value: Any) -> Any:
    return value if isinstance(value, (bool, type(None))) else str(value)[:_SHOWN]

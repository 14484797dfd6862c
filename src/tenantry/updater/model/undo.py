"""The ledger of rows, and what undoing runs does to them."""

from typing import Any, Final, Literal, TypeAlias, get_args, get_origin, get_type_hints

import msgspec

from tenantry.updater.model.record import RowName, StoredRow
from tenantry.updater.model.rows import ROW_TYPES, Row, TableName

KeptReason: TypeAlias = Literal["edited", "needed"]
"""A person has edited the row, or what he has edited needs it."""


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did to a row: began it with all of `values`, or gave it these."""

    run_id: str
    is_begun: bool
    is_undone: bool
    values: dict[str, Any]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All that runs did to a row, in the order of their commits, and the row as it is stored.

    `is_removed`: an undo took the row away although its own run stands.
    """

    name: RowName
    deltas: tuple[Delta, ...]
    stored: StoredRow | None = None
    is_removed: bool = False


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A row that stays as it is, though a run that is undone had to do with it."""

    name: RowName
    reason: KeptReason


class UndoPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What undoing some runs does, by table, parents first.

    `removed` began in these runs; `removed_with` did not, but needs what is gone. `restored` are
    as they would be without the runs. `returned` had been removed with what they no longer need.
    `noted` and `forgotten` are rows that from now on are, or are not, removed though their own
    run stands.
    """

    removed: tuple[RowName, ...] = ()
    removed_with: tuple[RowName, ...] = ()
    restored: tuple[Row, ...] = ()
    returned: tuple[Row, ...] = ()
    kept: tuple[Kept, ...] = ()
    noted: tuple[RowName, ...] = ()
    forgotten: tuple[RowName, ...] = ()


def row_from(table: TableName, values: dict[str, Any]) -> Row:
    """Return the row that has these values, which may come from JSON."""
    lists = LISTS[table]
    given = {name: tuple(value) if name in lists else value for name, value in values.items()}
    type_: Any = ROW_TYPES[table]
    row: Row = type_(**given)
    return row


def _is_list(type_: Any) -> bool:
    return any(get_origin(part) is tuple for part in (type_, *get_args(type_)))


LISTS: Final = {
    table: frozenset(name for name, hint in get_type_hints(type_).items() if _is_list(hint))
    for table, type_ in ROW_TYPES.items()
}
"""The columns of each table that are lists."""

"""How a row becomes columns, and columns a row."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias, get_type_hints

import msgspec

from tenantry.updater.model import LISTS, ROW_TYPES, Row, StoredRow, TableName

Json: TypeAlias = dict[str, Any]

_LIST: Final = msgspec.json.Decoder(tuple[str, ...])


def encode(value: Any) -> str:
    """Write what a statement takes as its one JSON parameter."""
    return msgspec.json.encode(value).decode()


def encode_rows(table: TableName, rows: Iterable[Row]) -> str:
    """Write rows as their table takes them."""
    # Most are written as they are.
    return encode(list(map(columns_of, rows)) if _FLAGS[table] else list(rows))


def columns_of(row: Row) -> Json:
    """Return a row as its table takes it."""
    return as_stored(row.table, msgspec.structs.asdict(row))


def as_stored(table: TableName, values: Json) -> Json:
    """Return some columns of a row as the table takes them: no table knows true and false."""
    flags = _FLAGS[table]
    if flags.isdisjoint(values):
        return values
    return {name: int(value) if name in flags else value for name, value in values.items()}


def rows_from(table: TableName, found: Iterable[tuple[Any, ...]]) -> list[StoredRow]:
    """Return what a statement about a table has found."""
    read = _READERS[table]
    return [read(*columns) for columns in found]


_FLAGS: Final = {
    table: frozenset(name for name, hint in get_type_hints(type_).items() if hint is bool)
    for table, type_ in ROW_TYPES.items()
}


def _reader(table: TableName) -> Callable[..., StoredRow]:
    """Return what makes a row of its columns; nothing is checked that the table has taken."""
    type_ = ROW_TYPES[table]
    names = type_.__struct_fields__
    lists, flags = sorted(LISTS[table]), sorted(_FLAGS[table])

    def read(*columns: Any) -> StoredRow:
        values = dict(zip(names, columns, strict=False))
        for name in lists:
            values[name] = _LIST.decode(values[name])
        for name in flags:
            values[name] = bool(values[name])
        return StoredRow(row=type_(**values), edited_at=columns[-2], edited_by=columns[-1])

    return read


_READERS: Final = {table: _reader(table) for table in ROW_TYPES}

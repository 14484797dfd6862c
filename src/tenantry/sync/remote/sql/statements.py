"""The statements that read a collection, for any database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    TextClause,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.types import NullType

from tenantry.sync.model import Collection


def rows_of(collection: Collection, *, count: int, after: Sequence[Any], since: Any) -> Select[Any]:
    """Return the next `count` rows in the order of the key, those since a cursor where given."""
    keys = [_column(name) for name in collection.key]
    statement: Select[Any] = select(literal_column("*")).select_from(_origin(collection))
    if after:
        statement = statement.where(_behind(keys, after))
    if since is not None and collection.cursor is not None:
        statement = statement.where(_column(collection.cursor) >= _value(since))
    return statement.order_by(*keys).limit(count)


def count_of(collection: Collection) -> Select[Any]:
    """Return how many rows there are."""
    return select(func.count()).select_from(_origin(collection))


def a_row_without_key(collection: Collection) -> Select[Any]:
    """Return a row that no order of keys would ever come to."""
    missing = or_(*(_column(name).is_(None) for name in collection.key))
    return select(literal_column("1")).select_from(_origin(collection)).where(missing).limit(1)


def a_cursor_of(collection: Collection) -> Select[Any]:
    """Return some value of the cursor, to see of which type it is."""
    cursor = _column(collection.cursor or "")
    return select(cursor).select_from(_origin(collection)).where(cursor.is_not(None)).limit(1)


def _origin(collection: Collection) -> FromClause | TextClause:
    if collection.table is not None:
        *schema, name = collection.table.split(".")
        return table(name, schema=".".join(schema) or None)
    # A colon would be taken for a parameter. No `AS`: not every database has it here.
    query = (collection.query or "").replace(":", "\\:")
    return text(f"({query}) tenantry_rows")


def _behind(keys: Sequence[ColumnElement[Any]], after: Sequence[Any]) -> ColumnElement[bool]:
    """Return `(k1, k2) > (a1, a2)` as every database can say it."""
    return or_(
        *(
            and_(
                *(keys[same] == _value(after[same]) for same in range(index)),
                keys[index] > _value(after[index]),
            )
            for index in range(len(keys))
        )
    )


def _column(name: str) -> ColumnElement[Any]:
    return column(name)


def _value(value: Any) -> ColumnElement[Any]:
    # Without a type of SQLAlchemy's the driver says what it is, or leaves it to the database: a
    # text is then also an enumeration, as the column may be one.
    return bindparam(None, value, type_=NullType())

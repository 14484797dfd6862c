"""How busy a driver's database threads are, each in its own terms."""

from typing import TypeAlias

import msgspec


class SqlitePoolFigures(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="dialect", tag="sqlite"
):
    """`readers` threads, reading units `waiting` for one, `queue_depth` units before the writer."""

    readers: int
    waiting: int
    queue_depth: int


class PostgresPoolFigures(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="dialect", tag="postgres"
):
    """`size` connections are open and `available` of them idle; so many units are `waiting`."""

    size: int
    available: int
    waiting: int


PoolFigures: TypeAlias = SqlitePoolFigures | PostgresPoolFigures

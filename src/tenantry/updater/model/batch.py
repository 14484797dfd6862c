"""What one run changes, and what it makes of the world."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from tenantry.updater.model.rows import Row, TableName


class Update(msgspec.Struct, frozen=True, gc=False):
    """Columns of one row that get other values.

    A run that moves a row on names every column of its state, also those that stay, so that what
    is left when another run is undone still makes sense by itself.
    """

    table: TableName
    row_id: str
    values: dict[str, Any]


Change: TypeAlias = Row | Update
"""A row that begins, or one that changes."""


class Batch(msgspec.Struct, frozen=True):
    """The changes of one run, in the order in which they happen; parents come first."""

    changes: Sequence[Change] = ()

    @property
    def rows(self) -> list[Row]:
        """The rows that begin."""
        return [change for change in self.changes if not isinstance(change, Update)]

    @property
    def updates(self) -> list[Update]:
        """The rows that change."""
        return [change for change in self.changes if isinstance(change, Update)]

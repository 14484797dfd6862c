"""What rows must be after undoing, by the definition alone: all of them, anew each time."""

from collections.abc import Mapping
from typing import Any

import msgspec

from tenantry.updater.model import PARENTS, TABLES, Batch, Row, RowName, RunRecord, Update


class UndoModel:
    """All runs there were, which of them are undone, and what people made of rows."""

    def __init__(self) -> None:
        self.runs: dict[str, Batch] = {}
        self.undone: set[str] = set()
        self.edited: dict[RowName, Row] = {}

    @property
    def standing(self) -> list[str]:
        """The runs that are not undone."""
        return [run_id for run_id in self.runs if run_id not in self.undone]

    def commit(self, run: RunRecord, batch: Batch) -> None:
        """Take note of a run."""
        self.runs[run.run_id] = batch

    def edit(self, row: Row, values: Mapping[str, Any]) -> None:
        """Take note of what a person makes of a row."""
        self.edited[name_of(row)] = msgspec.structs.replace(row, **values)

    def rows(self) -> dict[RowName, Row]:
        """Return the rows that must be there."""
        values = self._values() | self.edited
        needed = set(self.edited)
        for table in reversed(TABLES):
            for name, row in values.items():
                if name.table == table and name in needed:
                    needed.update(parents_of(row))

        there = dict[RowName, Row]()
        begun = self._begun()
        for table in TABLES:
            for name, row in values.items():
                stands = name in begun and all(parent in there for parent in parents_of(row))
                if name.table == table and (name in needed or stands):
                    there[name] = row
        return there

    def _values(self) -> dict[RowName, Row]:
        values = dict[RowName, Row]()
        for run_id, batch in self.runs.items():
            for change in batch.changes:
                if not isinstance(change, Update):
                    values[name_of(change)] = change
                elif run_id not in self.undone:
                    name = RowName(change.table, change.row_id)
                    values[name] = msgspec.structs.replace(values[name], **change.values)
        return values

    def _begun(self) -> set[RowName]:
        return {
            name_of(row)
            for run_id, batch in self.runs.items()
            if run_id not in self.undone
            for row in batch.rows
        }


def name_of(row: Row) -> RowName:
    return RowName(row.table, row.id)


def parents_of(row: Row) -> set[RowName]:
    return {
        RowName(table, getattr(row, column))
        for column, table in PARENTS[row.table].items()
        if getattr(row, column) is not None
    }

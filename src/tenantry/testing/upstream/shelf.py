"""The rows of one tenant upstream, which may change while somebody reads them."""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tenantry.testing.upstream.rows import KEYS, Row

_CAPITAL: Final = re.compile(r"(?=[A-Z])")


class Shelf:
    """Collections of rows, each in the order of its rows' arrival.

    A row is known by the field that its collection is keyed by: that of the default set, else `id`.
    """

    def __init__(
        self, rows: Mapping[str, Sequence[Row]], *, keys: Mapping[str, str] | None = None
    ) -> None:
        self._keys = {**KEYS, **(keys or {})}
        self._rows = {name: [dict(row) for row in many] for name, many in rows.items()}
        self._versions = dict.fromkeys(self._rows, 1)
        self._ticks = itertools.count(1)

    def rows(self, collection: str) -> list[Row]:
        """Return the rows of a collection, to look at."""
        return self._rows.get(collection, [])

    def has(self, collection: str) -> bool:
        """Whether there is such a collection, though it may be empty."""
        return collection in self._rows

    def version(self, collection: str) -> int:
        """Return how often a collection has changed."""
        return self._versions.get(collection, 0)

    def add(self, collection: str, *rows: Row, at: int | None = None) -> None:
        """Add rows at the end, or at place `at`."""
        held = self._rows.setdefault(collection, [])
        place = len(held) if at is None else at
        held[place:place] = [dict(row) for row in rows]
        self._changed(collection)

    def change(self, collection: str, key: str | int, **fields: Any) -> Row:
        """Set fields of a row, and return it; `updatedAt` rises where it has one."""
        row = self._find(collection, key)
        row.update(fields)
        if "updatedAt" in row and "updatedAt" not in fields:
            row["updatedAt"] = f"2026-06-01T00:00:00.{next(self._ticks):06}+00:00"
        self._changed(collection)
        return row

    def remove(self, collection: str, *keys: str | int) -> None:
        """Remove rows; without keys, all of them."""
        name = self._key(collection)
        gone = set(keys)
        self._rows[collection] = [
            row for row in self._rows[collection] if gone and row.get(name) not in gone
        ]
        self._changed(collection)

    def collection_at(self, segment: str) -> str | None:
        """Return the collection that the last part of a path means: `role-assignments`."""
        return next((name for name in self._rows if segment_of(name) == segment), None)

    def _find(self, collection: str, key: str | int) -> Row:
        name = self._key(collection)
        return next(row for row in self._rows[collection] if row.get(name) == key)

    def _key(self, collection: str) -> str:
        return self._keys.get(collection, "id")

    def _changed(self, collection: str) -> None:
        self._versions[collection] = self._versions.get(collection, 0) + 1


def segment_of(collection: str) -> str:
    """Return how a path spells a collection: roleAssignments as role-assignments."""
    return _CAPITAL.sub("-", collection).lower()

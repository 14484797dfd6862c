"""How far a client has gone from its file, and who has taken it there."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET

from tenantry.clients.model.state import Source

DriftKind: TypeAlias = Literal["changed_live", "changed_file", "both", "same"]
"""Who changed it since the file was applied: somebody else, the file, both, or both alike."""


class DriftChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is not everywhere as the file had it when it was applied last.

    `path` is a field of the client (`siteUrl`), a variable (`variables.NAME`), a field of an item
    (`routes[home].title`), a whole item (`routes[home]`) or the order of a collection (`routes`).
    `owner` changed it last, "" where nobody knows. What is UNSET is not there.
    """

    path: str
    kind: DriftKind
    owner: Source | Literal[""] = ""
    base: Any = UNSET
    live: Any = UNSET
    desired: Any = UNSET


class Drift(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Three sides of one client: its file as it was applied last, what is live, and its file now.

    `base_revision` is the one that the file made last, 0 where it never made one.
    """

    tenant_id: str
    key: str
    base_revision: int = 0
    revision: int = 0
    changes: tuple[DriftChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the file says what is live; what both changed alike is no drift."""
        return all(change.kind == "same" for change in self.changes)

"""What a tenant's data consist of: collections, and where each comes from."""

from typing import Any, Literal

import msgspec

Phase = Literal["essential", "background"]
Deletes = Literal["deactivate", "keep"]


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """One collection of a source.

    `key` names the fields that together tell a row from all others; `cursor` a field that rises
    with every change, which makes later passes incremental; `schema` a JSON Schema for each row.
    What is absent upstream after a complete pass is deactivated, or kept.
    """

    name: str
    phase: Phase
    key: tuple[str, ...]
    cursor: str | None = None
    depends_on: tuple[str, ...] = ()
    deletes: Deletes = "deactivate"
    schema: dict[str, Any] | None = None
    # Where it is: a path of `http`, a table or a query of `sql`, a file of `files`.
    path: str | None = None
    table: str | None = None
    query: str | None = None
    file: str | None = None
    # Whether the answer is one object and not a list (the tenant itself).
    is_single: bool = False

"""What a source answers."""

from typing import Any

import msgspec

Row = dict[str, Any]


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where to read on.

    `token` is the source's own word for the next page, None for the first. `etag` is what a former
    complete pass was answered with, and `since` the JSON of the highest value of the cursor field
    that was seen; both are given with the first page only.
    """

    token: str | None = None
    etag: str | None = None
    since: str | None = None


class SourcePage(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows; `next_token` says where the rest is, None that this was the last page.

    `total` is how many rows the source says the pass has in all, None where it says nothing, and
    `is_incremental` that the pass tells only what has changed since `Position.since`.
    """

    rows: list[Row]
    next_token: str | None = None
    total: int | None = None
    etag: str | None = None
    is_incremental: bool = False


class Unchanged(msgspec.Struct, frozen=True):
    """The whole collection is as it was when `Position.etag` was given."""


class StoredRow(msgspec.Struct, frozen=True, array_like=True):
    """A row as it is stored; `cursor` is the JSON of its cursor field."""

    key: str
    data: str
    digest: str
    cursor: str | None

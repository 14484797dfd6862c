"""Lists in parts: where the next begins is an instant and an id, which say nothing of anybody."""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from tenantry.base.errors import Invalid
from tenantry.tenants.model import Page

T = TypeVar("T")
V = TypeVar("V")

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 500
START: Final = (-1, "")

_CURSOR: Final = re.compile(r"([0-9]{1,18})\.([!-~]{0,128})")


def check_limit(limit: int) -> int:
    """Return how many are wanted at once; raises `Invalid`."""
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(field="limit", got=limit, wants=f"1 to {MAX_LIMIT}")
    return limit


def read_cursor(cursor: str | None) -> tuple[int, str]:
    """Return where a part begins; raises `Invalid`."""
    if cursor is None:
        return START
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Invalid(field="cursor", got=cursor[:64], wants="a next_cursor of an answer")
    return int(found[1]), found[2]


def page_of(
    rows: Sequence[T],
    limit: int,
    *,
    show: Callable[[T], V],
    place: Callable[[T], tuple[int, str]],
) -> Page[V]:
    """Return the first `limit` of `rows`, of which there is one more where the list goes on."""
    shown = rows[:limit]
    cursor = None
    if len(rows) > limit:
        instant, row_id = place(shown[-1])
        cursor = f"{instant}.{row_id}"
    return Page(items=tuple(map(show, shown)), next_cursor=cursor)

"""Lists that a server answers page by page."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tenantry.terminal.context import Terminal
from tenantry.terminal.errors import Unreachable
from tenantry.terminal.table import Column

if TYPE_CHECKING:
    from tenantry.terminal.http import Http

T = TypeVar("T")

_LONGEST_PAGE = 500


class Page(msgspec.Struct):
    """Items as they came, and where those behind them begin, if there are any."""

    items: list[msgspec.Raw]
    next_cursor: str | None = None

    def items_as(self, kind: type[T]) -> list[T]:
        """Return the items as `kind`; raises `Unreachable` where they are something else."""
        try:
            return [msgspec.json.decode(item, type=kind) for item in self.items]
        except msgspec.ValidationError as error:
            raise Unreachable(f"the answer is not a Tenantry server's: {error}") from error


def read_all(http: "Http", path: str, *, limit: int | None = None, **filters: str) -> Page:
    """Return a list as one page; its cursor is None unless `limit` has cut it off."""
    whole = Page(items=[])
    while limit is None or len(whole.items) < limit:
        left = _LONGEST_PAGE if limit is None else limit - len(whole.items)
        params = {**filters, "limit": str(min(left, _LONGEST_PAGE))}
        if whole.next_cursor is not None:
            params["cursor"] = whole.next_cursor
        page = http.send("GET", path, params=params).data(Page)

        # A page may be short, and even empty: only a cursor tells whether there is more.
        whole.items += page.items
        whole.next_cursor = page.next_cursor
        if page.next_cursor is None:
            break
    return whole


def read_pages(
    http: "Http", path: str, *, member: str, limit: int | None = None, **filters: str
) -> Iterator[Page]:
    """Yield a list page by page, whose items are the `member` of the data; at most `limit` items.

    Where `limit` has cut it off, the last page has a cursor.
    """
    cursor: str | None = None
    left = limit
    while left is None or left > 0:
        size = _LONGEST_PAGE if left is None else min(left, _LONGEST_PAGE)
        params = {**filters, "limit": str(size)}
        if cursor is not None:
            params["cursor"] = cursor
        answer = http.send("GET", path, params=params)
        found = answer.data(dict[str, list[msgspec.Raw]])
        cursor = answer.next_cursor
        page = Page(items=found.get(member, []), next_cursor=cursor)
        yield page
        if cursor is None:
            return
        left = None if left is None else left - len(page.items)


def read_list(
    http: "Http", path: str, *, member: str, limit: int | None = None, **filters: str
) -> Page:
    """Return such a list as one page; its cursor is None unless `limit` has cut it off."""
    whole = Page(items=[])
    for page in read_pages(http, path, member=member, limit=limit, **filters):
        whole.items += page.items
        whole.next_cursor = page.next_cursor
    return whole


def show_list(
    terminal: Terminal,
    page: Page,
    kind: type[T],
    columns: Sequence[Column],
    row: Callable[[T], Sequence[str]],
) -> None:
    """Print a list as a document, or as a table with a `row` for each item."""
    if terminal.output.wants_document:
        terminal.output.document(page)
        return
    terminal.output.table(columns, map(row, page.items_as(kind)))

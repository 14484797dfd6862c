"""Lists that a server answers page by page."""

from collections.abc import Callable, Sequence
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

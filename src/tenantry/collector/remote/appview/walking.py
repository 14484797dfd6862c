"""Going through all pages of a list, which may hold the same entry twice and never end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from tenantry.collector.remote.appview.answer import Declined, NotOffered, Page, Post, Profile

MAX_EMPTY_PAGES: Final = 10
"""So many pages in a row may be empty and still promise another one."""

T = TypeVar("T", bound=Profile | Post)


async def walk(
    ask: Callable[[str | None], Awaitable[Page[T] | NotOffered | Declined]],
    *,
    cursor: str | None = None,
    max_pages: int = 1_000,
) -> AsyncIterator[Page[T] | NotOffered | Declined]:
    """Yield page after page, no entry twice; a refusal ends it, and is yielded.

    It ends as well where a cursor comes again, or nothing but empty pages.
    """
    asked: set[str | None] = {cursor}
    seen: set[str] = set()
    empty = 0
    for _ in range(max_pages):
        page = await ask(cursor)
        if not isinstance(page, Page):
            yield page
            return

        items = tuple(item for item in page.items if _key(item) not in seen)
        seen.update(_key(item) for item in items)
        is_over = page.cursor is None or page.cursor in asked
        cursor = None if is_over else page.cursor
        yield msgspec.structs.replace(page, items=items, cursor=cursor)

        empty = 0 if page.items else empty + 1
        if cursor is None or empty >= MAX_EMPTY_PAGES:
            return
        asked.add(cursor)


def _key(item: Profile | Post) -> str:
    return item.uri if isinstance(item, Post) else item.did

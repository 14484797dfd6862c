"""What `tenantry sync sources check` is told of each collection."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from tenantry.sync.errors import SyncError
from tenantry.sync.model import Collection, CollectionCheck, Position, SourcePage, Unchanged

_AT_ONCE: Final = 4
_FIRST: Final = Position()


async def check_collections(
    collections: Sequence[Collection],
    fetch: Callable[[Collection, Position], Awaitable[SourcePage | Unchanged]],
) -> tuple[CollectionCheck, ...]:
    """Ask for the first page of each of `collections`, a few at a time; in their order."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def check(collection: Collection) -> CollectionCheck:
        async with places:
            try:
                page = await fetch(collection, _FIRST)
            except SyncError as error:
                return CollectionCheck(
                    collection=collection.name,
                    is_ok=False,
                    error_type=error.type,
                    error=error.message,
                )
        rows = page.rows if isinstance(page, SourcePage) else []
        return CollectionCheck(
            collection=collection.name, is_ok=True, row_count=len(rows), total=_total(page)
        )

    return tuple(await asyncio.gather(*(check(collection) for collection in collections)))


def _total(page: SourcePage | Unchanged) -> int | None:
    if isinstance(page, Unchanged):
        return None
    return len(page.rows) if page.total is None and page.next_token is None else page.total

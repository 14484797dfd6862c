"""Reading ahead: a page is fetched and prepared while what comes before it is written."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Final

import msgspec

from tenantry.sync import rules
from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Collection, Position, SourcePage, Unchanged
from tenantry.sync.remote import OpenSource

AHEAD_MOST: Final = 4
"""Of so many collections the first page is held that may not be written yet."""

_Upcoming = Callable[[], Awaitable["ReadPage"]]


class ReadPage(msgspec.Struct, frozen=True):
    """A page as the source has told it, and what of it is to be stored."""

    page: SourcePage
    prepared: rules.Prepared


class Reader:
    """Reads one collection; `check` says what is wrong with a row of it."""

    def __init__(
        self, source: OpenSource, collection: Collection, check: rules.CheckRow | None
    ) -> None:
        self._source = source
        self._collection = collection
        self._check = check

    async def read(self, position: Position, *, number: int) -> ReadPage | Unchanged:
        """Return the page at `position`, which is the `number`th; raises a `SyncError`."""
        page = await self._source.fetch(self._collection, position)
        if isinstance(page, Unchanged):
            return page
        prepared = rules.prepare(self._collection, page.rows, page=number, check=self._check)
        return ReadPage(page, prepared)

    @contextlib.asynccontextmanager
    async def reading_on(self, page: SourcePage, *, number: int) -> AsyncIterator[_Upcoming]:
        """Read what follows `page`, which is the `number`th, for a block; what is yielded waits."""
        if page.next_token is None:
            yield _nothing_follows
            return
        reading = asyncio.create_task(
            self.read(Position(token=page.next_token), number=number + 1),
            name=f"sync {self._collection.name}",
        )

        async def upcoming() -> ReadPage:
            following = await reading
            if isinstance(following, Unchanged):
                raise ValidationError(
                    f"{self._collection.name}: a page in the middle has no rows of its own"
                )
            return following

        try:
            yield upcoming
        finally:
            await _let_go(reading)


class Ahead(msgspec.Struct, frozen=True):
    """A pass that is to begin, and its first page, which is being read."""

    begun: rules.Pass
    page: asyncio.Task[ReadPage | Unchanged]


class ReadAhead:
    """The first pages of collections whose turn comes next.

    What depends on others is only written behind them. Read it may be before: they are then
    complete with what it refers to at least as often.
    """

    def __init__(self, begin: Callable[[Collection], Ahead | None]) -> None:
        self._begin = begin
        self._begun: dict[str, Ahead] = {}
        self._reading = set[asyncio.Task[ReadPage | Unchanged]]()

    def begin(self, collections: Iterable[Collection]) -> None:
        """Begin to read collections, as many as may be held."""
        for collection in collections:
            if len(self._begun) >= AHEAD_MOST:
                return
            ahead = self._begin(collection)
            if ahead is not None:
                self._begun[collection.name] = ahead
                self._reading.add(ahead.page)
                ahead.page.add_done_callback(self._reading.discard)

    def take(self, name: str) -> Ahead | None:
        """Hand over what was begun of a collection; None for nothing."""
        return self._begun.pop(name, None)

    async def aclose(self) -> None:
        """Let go of what is still being read, and of what nobody took."""
        untaken = {ahead.page for ahead in self._begun.values()}
        for reading in self._reading | untaken:
            await _let_go(reading)


async def _let_go(reading: asyncio.Task[ReadPage | Unchanged]) -> None:
    reading.cancel()
    # Not the task itself: who is cancelled while it waits here must not take it for the end.
    await asyncio.wait({reading})
    if not reading.cancelled():
        # What it came to has been told to who waited, or is of no interest any more.
        reading.exception()


async def _nothing_follows() -> ReadPage:
    raise AssertionError("the last page has none behind it")

"""Reading sources as a run does, on a clock whose pauses take no time."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from tenantry.base.errors import NotFound
from tenantry.sync.model import Collection, HttpSource, Position, Row, Source, SourcePage, Unchanged
from tenantry.sync.remote import LOOPBACK, HttpPool, OpenSource, Reach, open_source
from tenantry.sync.rules import parse_source
from tenantry.testing import FakeClock
from tenantry.testing.upstream import FakeUpstream

TENANT = "acme"
CORRELATION_ID = "sync-acme-1705314600000-abcdefghi"
LOCAL = Reach(networks=LOOPBACK)


class HurriedClock(FakeClock):
    """A clock on which every pause is over at once; it keeps how long each was."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)


class Secrets:
    """The secrets of a tenant, which may be replaced; keeps which were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.asked: list[str] = []

    async def __call__(self, name: str) -> str:
        self.asked.append(name)
        if name not in self.values:
            raise NotFound(f"there is no setting {name}")
        return self.values[name]


def http_source(upstream: FakeUpstream, **fields: Any) -> Source:
    """Return the source that an upstream is."""
    return parse_source({"type": "http", "base_url": upstream.base_url, **fields})


def collection_of(source: Source, name: str) -> Collection:
    """Return a collection of a source by its name."""
    return next(collection for collection in source.collections if collection.name == name)


@asynccontextmanager
async def opened(
    source: Source,
    *,
    secrets: Secrets | None = None,
    reach: Reach = LOCAL,
    pool: HttpPool | None = None,
    clock: FakeClock | None = None,
    tenant_id: str = TENANT,
) -> AsyncIterator[OpenSource]:
    """Open a source for a run, and close it in the end."""
    shared = pool or HttpPool(reach=reach)
    await shared.start()
    try:
        reader = await open_source(
            source,
            tenant_id=tenant_id,
            correlation_id=CORRELATION_ID,
            secret=secrets or Secrets({}),
            pool=shared,
            reach=reach,
            clock=clock or HurriedClock(),
        )
        try:
            yield reader
        finally:
            await reader.close()
    finally:
        if pool is None:
            await shared.stop()


async def first_page(
    reader: OpenSource,
    collection: Collection,
    *,
    etag: str | None = None,
    since: str | None = None,
) -> SourcePage:
    """Return the first page of a collection, which must not be unchanged; `since` is JSON."""
    page = await reader.fetch(collection, Position(etag=etag, since=since))
    assert isinstance(page, SourcePage)
    return page


async def next_page(reader: OpenSource, collection: Collection, page: SourcePage) -> SourcePage:
    """Return the page behind another."""
    assert page.next_token is not None
    following = await reader.fetch(collection, Position(token=page.next_token))
    assert isinstance(following, SourcePage)
    return following


async def all_pages(
    reader: OpenSource, collection: Collection, *, since: str | None = None
) -> list[SourcePage]:
    """Return every page of a collection."""
    pages = [await first_page(reader, collection, since=since)]
    while pages[-1].next_token is not None:
        pages.append(await next_page(reader, collection, pages[-1]))
    return pages


async def all_rows(
    reader: OpenSource, collection: Collection, *, since: str | None = None
) -> list[Row]:
    """Return every row of a collection."""
    return [row for page in await all_pages(reader, collection, since=since) for row in page.rows]


async def is_unchanged(reader: OpenSource, collection: Collection, etag: str | None) -> bool:
    """Whether a source says that nothing has changed since it gave an etag."""
    return isinstance(await reader.fetch(collection, Position(etag=etag)), Unchanged)


def told_in_full(error: BaseException) -> str:
    """Return an error as a log has it at worst: every line, and every cause that is shown."""
    return "".join(traceback.format_exception(error))


def source_value(source: Source) -> dict[str, Any]:
    """Return what `parse_source` reads as `source`: secrets are references in it."""
    value: dict[str, Any] = msgspec.to_builtins(source)
    for collection in value["collections"]:
        for name in [name for name, item in collection.items() if item is None]:
            del collection[name]
        if not isinstance(source, HttpSource):
            del collection["is_single"]
    return value

"""What every source promises, whatever it is: the same rows behind an API, databases and files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tenantry.sync.errors import SyncError, ValidationError
from tenantry.sync.model import Position
from tests.support.source_worlds import KINDS, TELLS_UNCHANGED, World, world_of
from tests.support.sources import (
    all_pages,
    all_rows,
    first_page,
    is_unchanged,
    next_page,
    opened,
)

ROWS = [
    {"id": f"thing-{index:04}", "region": "north", "words": f'"{index}", said, é\n and 李'}
    for index in range(230)
]


@pytest.fixture(
    params=[
        pytest.param(kind, marks=[pytest.mark.postgres] if kind == "postgres" else [])
        for kind in KINDS
    ]
)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def world(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else None
    async with world_of(kind, tmp_path, url) as world:
        world.put(ROWS)
        yield world


@pytest.mark.parametrize("page_size", [1, 99, 115, 230, 231])
async def test_every_row_is_read_once_whatever_the_size_of_a_page(
    page_size: int, world: World
) -> None:
    source = world.source(page_size=page_size, key="id")

    async with opened(source, reach=world.reach) as reader:
        pages = await all_pages(reader, source.collections[0])

    assert [row for page in pages for row in page.rows] == ROWS
    assert max(len(page.rows) for page in pages) <= page_size


async def test_another_reader_goes_on_where_one_has_stopped(world: World) -> None:
    source = world.source(page_size=50, key="id")
    (things,) = source.collections
    async with opened(source, reach=world.reach) as reader:
        page = await next_page(reader, things, await first_page(reader, things))

    async with opened(source, reach=world.reach) as reader:
        assert (await next_page(reader, things, page)).rows == ROWS[100:150]
        # An attempt that died may be made again, by the same reader too.
        assert (await next_page(reader, things, page)).rows == ROWS[100:150]


async def test_a_collection_without_rows_is_one_empty_page(world: World) -> None:
    world.put([])
    source = world.source(page_size=50, key="id")

    async with opened(source, reach=world.reach) as reader:
        page = await first_page(reader, source.collections[0])

    assert (page.rows, page.next_token, page.total or 0) == ([], None, 0)


async def test_a_key_may_be_of_several_fields(world: World) -> None:
    rows = [
        {"id": f"{index}", "region": region, "words": ""}
        for region in ("east", "west")
        for index in range(10, 40)
    ]
    world.put(rows)
    source = world.source(page_size=7, key=["region", "id"])

    async with opened(source, reach=world.reach) as reader:
        assert await all_rows(reader, source.collections[0]) == rows


async def test_a_key_that_is_not_there_is_named_with_its_collection(world: World) -> None:
    source = world.source(page_size=50, key="thing_id")

    async with opened(source, reach=world.reach) as reader:
        with pytest.raises(ValidationError) as caught:
            await first_page(reader, source.collections[0])

    assert caught.value.message.startswith("things")
    assert "said" not in caught.value.message


async def test_a_place_that_is_none_is_refused(world: World) -> None:
    source = world.source(page_size=50, key="id")

    async with opened(source, reach=world.reach) as reader:
        for token in ("", "null", '{"after":[["int","x"]]}', '{"nobody":1}'):
            with pytest.raises(ValidationError, match="the place to read on at"):
                await reader.fetch(source.collections[0], Position(token=token))


async def test_a_check_tells_how_many_rows_there_are(world: World, kind: str) -> None:
    source = world.source(page_size=50, key="id")

    async with opened(source, reach=world.reach) as reader:
        (check,) = await reader.check()

    assert (check.collection, check.is_ok, check.row_count) == ("things", True, 50)
    # Lines would have to be counted, and that is to read them all.
    assert check.total == (None if kind in ("jsonl", "csv") else 230)


async def test_nothing_is_read_again_where_nothing_has_changed(world: World, kind: str) -> None:
    source = world.source(page_size=500, key="id")
    (things,) = source.collections

    async with opened(source, reach=world.reach) as reader:
        page = await first_page(reader, things)
        if kind not in TELLS_UNCHANGED:
            # A database cannot say whether a table has changed, and does not pretend to.
            assert page.etag is None
            return
        assert await is_unchanged(reader, things, page.etag)

        world.put([{**ROWS[0], "words": "another"}, *ROWS[1:]])
        again = await first_page(reader, things, etag=page.etag)

    assert again.rows[0]["words"] == "another"
    assert again.etag != page.etag


async def test_closing_twice_does_no_harm(world: World) -> None:
    source = world.source(page_size=50, key="id")

    async with opened(source, reach=world.reach) as reader:
        await first_page(reader, source.collections[0])
        await reader.close()


async def test_what_an_error_says_is_no_row(world: World) -> None:
    world.put([{"id": "", "region": "secret-region", "words": "secret-words"}])
    source = world.source(page_size=50, key="id")

    async with opened(source, reach=world.reach) as reader:
        with pytest.raises(SyncError) as caught:
            await first_page(reader, source.collections[0])

    assert "secret" not in caught.value.message
    assert "row 1: id: got 0 characters" in caught.value.message

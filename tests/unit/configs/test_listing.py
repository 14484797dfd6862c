from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from tenantry.base.errors import Invalid
from tenantry.configs.api.listing import (
    MAX_LIMIT,
    next_link,
    read_cursor,
    read_limit,
    stream_entries,
    stream_pages,
)
from tenantry.configs.model import ConfigEntry, ConfigRecord


def entry(name: str) -> ConfigEntry:
    return ConfigEntry(name, b'"v"', 1, 1, 1)


def record(position: int) -> ConfigRecord:
    return ConfigRecord("ConfigValueSet", msgspec.Raw(b"{}"), msgspec.Raw(b"{}"), "", 1, position)


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("limit", [None, 1, MAX_LIMIT])
def test_a_limit_in_bounds_is_taken(limit: int | None) -> None:
    assert read_limit(None if limit is None else str(limit)) == limit


@pytest.mark.parametrize(
    "limit", ["0", "-1", "100001", "", "null", "x", "1.5", "+1", " 1", "\u0661", "9" * 5_000]
)
def test_a_limit_that_is_none_or_out_of_bounds_is_invalid(limit: str) -> None:
    with pytest.raises(Invalid, match="1 to 100000"):
        read_limit(limit)


@pytest.mark.parametrize(
    "name", ["a", "ab", "abc", "abcd", "ключ 🚀", ">>>???", "\U0010ffff" * 512]
)
def test_a_cursor_leads_back_to_its_name(name: str) -> None:
    link = next_link("/config", entry(name), prefix="a b&c", limit=7, at=None)
    url, parameter = link.split("; ")
    query = parse_qs(urlsplit(url.strip("<>")).query)
    assert parameter == 'rel="next"'
    assert url.isascii()
    assert read_cursor(query.pop("cursor")[0]) == name
    assert query == {"prefix": ["a b&c"], "limit": ["7"]}


@pytest.mark.parametrize("cursor", ["!", "a", "_w", "é", "YQ==="])
def test_what_is_no_cursor_is_invalid(cursor: str) -> None:
    with pytest.raises(Invalid, match="an earlier page"):
        read_cursor(cursor)


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1_000, 1_001])
async def test_entries_are_one_array_whatever_their_number(count: int) -> None:
    names = [f"n{n}" for n in range(count)]
    body = await whole(stream_entries([entry(name) for name in names]))
    assert [item["name"] for item in msgspec.json.decode(body)] == names


@pytest.mark.parametrize("sizes", [[], [1], [2, 1], [3, 3, 3]])
async def test_pages_are_one_array_whatever_their_number(sizes: list[int]) -> None:
    async def rest() -> AsyncIterator[list[ConfigRecord]]:
        for number, size in enumerate(sizes[1:], 1):
            yield [record(number * 10 + n) for n in range(size)]

    first = [record(n) for n in range(sizes[0])] if sizes else []
    found = msgspec.json.decode(await whole(stream_pages(rest(), first)))
    assert [item["position"] for item in found] == [
        number * 10 + n for number, size in enumerate(sizes) for n in range(size)
    ]

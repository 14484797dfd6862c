"""Writers of one name at the same time, on one node."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.support.nodes import ConfigClient

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITERS = 50


async def test_of_ten_concurrent_deletes_one_is_ok_and_nine_are_gone(
    configs: ConfigClient,
) -> None:
    await configs.put("name", "v")
    answers = await asyncio.gather(*(configs.delete("name") for _ in range(10)))
    assert _statuses(answers) == {200: 1, 410: 9}
    assert len(await configs.history("name")) == 2


async def test_concurrent_deletes_of_what_never_was_are_all_not_found(
    configs: ConfigClient,
) -> None:
    answers = await asyncio.gather(*(configs.delete("name") for _ in range(10)))
    assert _statuses(answers) == {404: 10}


async def test_fifty_concurrent_writers_make_one_unbroken_chain(configs: ConfigClient) -> None:
    answers = await asyncio.gather(*(configs.put("name", n) for n in range(WRITERS)))
    assert _statuses(answers) == {200: WRITERS}
    assert {answer.headers["etag"] for answer in answers} == {
        f'"{version}"' for version in range(1, WRITERS + 1)
    }

    records = await configs.history("name")
    assert [record["stream_version"] for record in records] == list(range(1, WRITERS + 1))
    _assert_chain(records)
    assert (await configs.show("name"))["value"] == records[-1]["data"]["value"]


async def test_concurrent_writers_and_deleters_make_one_unbroken_chain(
    configs: ConfigClient,
) -> None:
    await configs.put("name", "first")
    answers = await asyncio.gather(
        *(configs.delete("name") if n % 3 == 0 else configs.put("name", n) for n in range(WRITERS))
    )
    records = await configs.history("name")
    _assert_chain(records)

    assert set(_statuses(answers)) <= {200, 410}
    assert len(records) == 1 + _statuses(answers)[200]
    last = records[-1]["data"]
    assert await configs.tree() == ({"name": last["value"]} if "value" in last else {})


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_of_many_writers_to_one_version_exactly_one_wins(
    configs: ConfigClient, method: str
) -> None:
    await configs.put("name", "v1")
    headers = {"If-Match": '"1"'}
    answers = await asyncio.gather(
        *(
            configs.ask(method, "/name", content=b'{"value":%d}' % n, headers=headers)
            for n in range(10)
        )
    )
    assert _statuses(answers) == {200: 1, 412: 9}
    assert len(await configs.history("name")) == 2
    if method == "PUT":
        (winner,) = [n for n, answer in enumerate(answers) if answer.status_code == 200]
        assert await configs.tree() == {"name": winner}
        losers = [answer for answer in answers if answer.status_code == 412]
        assert {answer.text for answer in losers} == {"name is at version 2"}


async def test_of_many_creators_exactly_one_creates(configs: ConfigClient) -> None:
    answers = await asyncio.gather(*(configs.put("name", n, if_none_match="*") for n in range(10)))
    assert _statuses(answers) == {200: 1, 412: 9}


async def test_compare_and_set_loses_no_increment(configs: ConfigClient) -> None:
    await configs.put("counter", 0)

    async def increment() -> None:
        while True:
            read = await configs.get("counter")
            etag = read.headers["etag"]
            if (await configs.put("counter", read.json() + 1, if_match=etag)).status_code == 200:
                return

    await asyncio.gather(*(increment() for _ in range(10)))
    assert (await configs.show("counter"))["value"] == 10
    assert (await configs.show("counter"))["version"] == 11


async def test_a_write_that_was_answered_is_what_everybody_reads(configs: ConfigClient) -> None:
    async def write_and_read(name: str) -> None:
        for n in range(10):
            stored = await configs.put(name, n)
            read = await configs.get(name)
            assert (read.text, read.headers["etag"]) == (str(n), stored.headers["etag"])
            assert (await configs.tree())[name] == n

    await asyncio.gather(*(write_and_read(name) for name in "abcdefgh"))


async def test_a_hundred_readers_see_whole_values_while_one_is_written(
    configs: ConfigClient,
) -> None:
    await configs.put("name", "0" * 1_000)

    async def write() -> None:
        for n in range(10):
            await configs.put("name", str(n) * 1_000)

    async def read() -> str:
        return (await configs.get("name")).text

    _, *texts = await asyncio.gather(write(), *(read() for _ in range(100)))
    assert all(text is not None and text == text[0] * 1_000 for text in texts)


def _statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def _assert_chain(records: list[dict[str, Any]]) -> None:
    """Check that each event tells the very value that the one before it left behind."""
    before = None
    for record in records:
        data = record["data"]
        told = data["old_value"] if "old_value" in data else data["deleted_value"]
        assert told == before
        before = data.get("value", before)

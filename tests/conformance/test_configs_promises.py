"""Writes decided on a write that is not durable yet, and turns out never to be.

The node decides the next write of a name on the one under way. Where that one is refused, what
was decided on it must be decided again: also where the versions happen to fit.
"""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from tests.support.nodes import ConfigClient, Node, running_node

WRITERS = 8


@pytest.mark.parametrize("version", [2, 4, 6])
async def test_writers_of_a_name_that_was_deleted_make_one_unbroken_chain(
    node: Node, version: int
) -> None:
    """A deleted name is not in memory, so the first of them expects one that never was."""
    configs = node.configs()
    for _ in range(version // 2):
        await configs.put("name", "before")
        await configs.delete("name")

    answers = await asyncio.gather(*(configs.put("name", n) for n in range(WRITERS)))

    assert [answer.status_code for answer in answers] == [200] * WRITERS
    records = await configs.history("name")
    assert len(records) == version + WRITERS
    _assert_chain(records)


async def test_writers_on_two_nodes_make_one_unbroken_chain(
    postgres_url: str, tmp_path: Path
) -> None:
    """Each node hears of the other's writes only after its own were decided."""
    async with (
        running_node(url=postgres_url, folder=tmp_path) as one,
        running_node(url=postgres_url, folder=tmp_path) as other,
    ):
        clients = itertools.cycle([one.configs(), other.configs()])
        answers = await asyncio.gather(
            *(_write(client, n) for client, n in zip(clients, range(200), strict=False))
        )

        assert {answer.status_code for answer in answers} <= {200, 404, 410}
        stored = [answer for answer in answers if answer.status_code == 200]
        records = await one.configs().history("name")
        assert len(records) == len(stored)
        _assert_chain(records)


async def _write(client: ConfigClient, number: int) -> Any:
    return await (client.delete("name") if number % 4 == 3 else client.put("name", number))


def _assert_chain(records: list[dict[str, Any]]) -> None:
    before = None
    for record in records:
        data = record["data"]
        is_set = record["event_type"] == "ConfigValueSet"
        assert data["old_value" if is_set else "deleted_value"] == before, record
        before = data["value"] if is_set else before

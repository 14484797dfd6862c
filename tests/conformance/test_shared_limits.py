"""Limits that nodes share: together they let through what one would, and none is locked out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tenantry.db import Database
from tenantry.operations import DatabaseAllowance
from tenantry.reliability import Lease, SharedRateLimiter
from tenantry.testing import FakeClock
from tests.support.nodes import Node, running_node

LIMIT = 40


@pytest.fixture
def allowance(database: Database, clock: FakeClock) -> DatabaseAllowance:
    return DatabaseAllowance(database=database, clock=clock)


async def lease(allowance: DatabaseAllowance, *, window: int, wanted: int, key: str = "k") -> Lease:
    return await allowance.lease(limiter="api", key=key, window=window, wanted=wanted, limit=10)


async def test_no_more_is_leased_of_a_window_than_there_is(allowance: DatabaseAllowance) -> None:
    assert await lease(allowance, window=1, wanted=4) == Lease(4, 6)
    assert await lease(allowance, window=1, wanted=4) == Lease(4, 2)
    assert await lease(allowance, window=1, wanted=4) == Lease(2, 0)
    assert await lease(allowance, window=1, wanted=4) == Lease(0, 0)


async def test_more_than_the_limit_is_never_leased_at_once(allowance: DatabaseAllowance) -> None:
    assert await lease(allowance, window=1, wanted=400) == Lease(10, 0)


async def test_a_new_window_begins_anew(allowance: DatabaseAllowance) -> None:
    await lease(allowance, window=1, wanted=10)

    assert await lease(allowance, window=2, wanted=3) == Lease(3, 7)


async def test_a_node_whose_clock_is_behind_gets_nothing(allowance: DatabaseAllowance) -> None:
    await lease(allowance, window=2, wanted=3)

    assert await lease(allowance, window=1, wanted=3) == Lease(0, 0)
    assert await lease(allowance, window=2, wanted=3) == Lease(3, 4)


async def test_a_node_whose_clock_is_far_behind_decides_alone(
    database: Database, clock: FakeClock
) -> None:
    def node(clock: FakeClock) -> SharedRateLimiter:
        allowance = DatabaseAllowance(database=database, clock=clock)
        return SharedRateLimiter("api", allowance=allowance, limit=2, clock=clock)

    ahead = FakeClock()
    ahead.advance(3600)
    assert (await node(ahead).is_allowed("ada")).allowed

    behind = node(clock)
    decisions = [await behind.is_allowed("ada") for _ in range(3)]

    assert [decision.allowed for decision in decisions] == [True, True, False]


async def test_what_a_clock_far_ahead_has_left_is_swept(
    database: Database, clock: FakeClock
) -> None:
    ahead = FakeClock()
    ahead.advance(90_000)
    await lease(DatabaseAllowance(database=database, clock=ahead), window=9, wanted=3)
    allowance = DatabaseAllowance(database=database, clock=clock)

    await allowance.sweep()

    assert await lease(allowance, window=1, wanted=3) == Lease(3, 7)


async def test_keys_do_not_share(allowance: DatabaseAllowance) -> None:
    await lease(allowance, window=1, wanted=10)

    assert await lease(allowance, window=1, wanted=10, key="other") == Lease(10, 0)


async def test_leases_taken_at_the_same_time_add_up(allowance: DatabaseAllowance) -> None:
    leases = await asyncio.gather(*(lease(allowance, window=1, wanted=3) for _ in range(20)))

    assert sum(lease.granted for lease in leases) == 10


async def test_what_is_over_is_swept(allowance: DatabaseAllowance, clock: FakeClock) -> None:
    await lease(allowance, window=1, wanted=3)
    clock.advance(90_000)
    await lease(allowance, window=9, wanted=3, key="fresh")

    await allowance.sweep()

    # Only what is gone can be leased in an older window again.
    assert await lease(allowance, window=0, wanted=3) == Lease(3, 7)
    assert await lease(allowance, window=8, wanted=3, key="fresh") == Lease(0, 0)


async def test_nodes_together_allow_no_more_than_one_would(
    database: Database, clock: FakeClock
) -> None:
    nodes = [
        SharedRateLimiter(
            "api",
            allowance=DatabaseAllowance(database=database, clock=clock),
            limit=LIMIT,
            clock=clock,
        )
        for _ in range(4)
    ]

    decisions = await asyncio.gather(
        *(nodes[number % 4].is_allowed("ada") for number in range(4 * LIMIT))
    )

    allowed = sum(decision.allowed for decision in decisions)
    # What a node has leased for itself another cannot spend.
    assert LIMIT // 2 <= allowed <= LIMIT


@pytest_asyncio.fixture
async def two_nodes(
    postgres_url: str, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes on one PostgreSQL, whose clocks show the same."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    limited: dict[str, Any] = {"CONFIG_RATE_LIMIT": LIMIT, "MASTER_KEY": key}
    async with (
        running_node(url=postgres_url, folder=one, clock=clock, **limited) as first,
        running_node(url=postgres_url, folder=other, clock=clock, **limited) as second,
    ):
        yield first, second


async def test_two_nodes_share_one_limit(two_nodes: tuple[Node, Node], clock: FakeClock) -> None:
    statuses = [
        (await two_nodes[number % 2].http.get("/config/x")).status_code
        for number in range(3 * LIMIT)
    ]

    admitted = sum(status == 404 for status in statuses)
    assert LIMIT // 2 <= admitted <= LIMIT
    assert set(statuses) == {404, 429}

    refused = await two_nodes[0].http.get("/config/x")
    clock.advance(float(refused.headers["retry-after"]))
    for node in two_nodes:
        assert (await node.http.get("/config/x")).status_code == 404

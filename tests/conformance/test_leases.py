"""Leases on both databases: one holder at a time, and whoever lost one is refused."""

import asyncio
from functools import partial

import pytest

from tenantry.db import Database, System, Transaction
from tenantry.scheduling import Held, Lease, LeaseLost, Leases
from tenantry.testing import FakeClock
from tests.support.waiting import eventually

NAME = "upkeep"
TTL = 60.0


def leases_of(database: Database, clock: FakeClock, holder: str) -> Leases:
    return Leases(database=database, clock=clock, holder=holder, ttl_seconds=TTL)


async def checked(database: Database, leases: Leases, lease: Lease) -> None:
    def unit(tx: Transaction) -> None:
        leases.check_in(tx, lease)

    await database.write(System("a test"), unit)


async def test_only_one_of_many_gets_it(database: Database, clock: FakeClock) -> None:
    nodes = [leases_of(database, clock, f"node-{number}") for number in range(8)]

    taken = await asyncio.gather(*(node.take(NAME) for node in nodes))

    (lease,) = [each for each in taken if isinstance(each, Lease)]
    assert {each.holder for each in taken if isinstance(each, Held)} == {lease.holder}
    assert isinstance(await nodes[0].take("another"), Lease)


async def test_given_back_it_is_the_next_ones_under_a_higher_token(
    database: Database, clock: FakeClock
) -> None:
    one, other = (leases_of(database, clock, name) for name in ("one", "other"))

    async with one.held(NAME) as first:
        assert isinstance(first, Lease)
        assert isinstance(await other.take(NAME), Held)
    second = await other.take(NAME)

    assert isinstance(second, Lease)
    assert second.token > first.token


async def test_whoever_lost_it_unnoticed_is_refused_when_they_write(
    database: Database, clock: FakeClock
) -> None:
    one, other = (leases_of(database, clock, name) for name in ("one", "other"))
    lost = await one.take(NAME)
    assert isinstance(lost, Lease)
    await checked(database, one, lost)

    clock.advance(TTL)
    found = await other.take(NAME)

    assert isinstance(found, Lease)
    await checked(database, other, found)
    with pytest.raises(LeaseLost, match="one has lost it"):
        await checked(database, one, lost)
    with pytest.raises(LeaseLost):
        await one.extend(lost)
    # Nor does it take anything from the next one to give back what one has not.
    await one.end(lost)
    await checked(database, other, found)


async def test_a_block_keeps_it_for_as_long_as_it_takes(
    database: Database, clock: FakeClock
) -> None:
    one, other = (leases_of(database, clock, name) for name in ("one", "other"))

    async with one.held(NAME) as lease:
        assert isinstance(lease, Lease)
        ends = await _end_seen_by(other)
        for _ in range(10):
            clock.advance(TTL / 5)
            ends = await eventually(partial(_later, other, ends))
        await checked(database, one, lease)


async def _end_seen_by(leases: Leases) -> int:
    held = await leases.take(NAME)
    assert isinstance(held, Held)
    return held.expires_at


async def _later(leases: Leases, before: int) -> int:
    end = await _end_seen_by(leases)
    return end if end > before else 0

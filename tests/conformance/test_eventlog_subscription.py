"""Subscriptions: every event once and in order, whatever becomes of the hints."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from tenantry.db import Database
from tenantry.eventlog import EventLog, EventTypes, RecordedEvent, UnknownEventType
from tests.conformance.spine import (
    HAPPENED,
    TEST,
    TYPES,
    append,
    append_many,
    read_all,
    request,
    running_log,
)
from tests.support.waiting import eventually

LISTENERS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


class Follower:
    """What a subscription has delivered."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []

    @property
    def positions(self) -> list[int]:
        return [event.position for event in self.events]

    async def follow(self, log: EventLog, after: int) -> None:
        async for events in log.subscribe(after=after):
            self.events += events


@asynccontextmanager
async def following(log: EventLog, *, after: int = 0) -> AsyncIterator[Follower]:
    follower = Follower()
    task = asyncio.create_task(follower.follow(log, after))
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_subscription_catches_up_and_then_gets_what_is_appended(log: EventLog) -> None:
    await append_many(log, 5_000)
    async with following(log) as follower:
        await eventually(lambda: len(follower.events) == 5_000)
        for _ in range(10):
            await append(log, request("live"))
        await eventually(lambda: len(follower.events) == 5_010)
    assert follower.positions == list(range(1, 5_011))
    assert follower.events == await read_all(log)


@pytest.mark.parametrize("after", [0, 1, 7, 19, 20])
async def test_a_subscription_begins_behind_any_position(log: EventLog, after: int) -> None:
    await append(log, request(count=20))
    async with following(log, after=after) as follower:
        await append(log)
        await eventually(lambda: len(follower.events) == 21 - after)
    assert follower.positions == list(range(after + 1, 22))


async def test_a_subscription_from_the_future_waits_for_it(log: EventLog) -> None:
    await append(log, request(count=3))
    async with following(log, after=5) as follower:
        await append(log, request(count=4))
        await eventually(lambda: len(follower.events) == 2)
    assert follower.positions == [6, 7]


async def test_who_comes_back_goes_on_exactly_where_it_left(log: EventLog) -> None:
    writing = asyncio.create_task(_append_slowly(log, 200))
    seen: list[int] = []
    position = 0

    while position < 200:
        async for events in log.subscribe(after=position):
            seen += [event.position for event in events]
            position = events[-1].position
            break

    await writing
    assert seen == list(range(1, 201))


async def test_many_subscribers_get_the_same(log: EventLog) -> None:
    writing = asyncio.create_task(_append_slowly(log, 100))
    async with following(log) as one, following(log) as two, following(log, after=50) as three:
        await writing
        await eventually(lambda: len(one.events) == len(two.events) == 100)
        await eventually(lambda: len(three.events) == 50)
    assert one.events == two.events
    assert three.events == one.events[50:]


async def test_a_lost_hint_only_delays(log: EventLog) -> None:
    async with following(log) as follower:
        await append(log)
        await eventually(lambda: follower.positions == [1])
        # Nobody says `appended` after this one.
        await log.database.write(TEST, log.append_in, request())
        await eventually(lambda: follower.positions == [1, 2])


async def test_another_nodes_events_come_in_their_place(
    postgres_log: EventLog, second_log: EventLog
) -> None:
    async with following(postgres_log) as one, following(second_log) as two:
        for n in range(20):
            await append((postgres_log, second_log)[n % 2], request(f"s{n}", count=2))
        await eventually(lambda: len(one.events) == len(two.events) == 40)
    assert one.positions == list(range(1, 41))
    assert one.events == two.events


async def test_another_nodes_append_is_hinted(
    postgres_log: EventLog, second_log: EventLog, postgres_url: str
) -> None:
    hints: list[bool] = []
    postgres_log.database.listen(lambda: hints.append(True))
    await _listening(postgres_url, 3)
    await eventually(lambda: hints)

    for _ in range(3):
        hints.clear()
        await append(second_log)
        await eventually(lambda: hints)


async def test_events_arrive_although_the_connection_of_the_hints_was_killed(
    postgres_log: EventLog, second_log: EventLog, postgres_url: str
) -> None:
    await _listening(postgres_url, 2)
    async with following(postgres_log) as follower:
        await append(second_log)
        await eventually(lambda: follower.positions == [1])

        killed = _query(postgres_url, f"SELECT pid, pg_terminate_backend(pid) {LISTENERS}")
        assert len(killed) == 2
        await append(second_log)
        await eventually(lambda: follower.positions == [1, 2])

        # And the hints come back by themselves, on a new connection.
        await _listening(postgres_url, 2)
        assert not set(_query(postgres_url, f"SELECT pid {LISTENERS}")) & {(p,) for p, _ in killed}
        await append(second_log)
        await eventually(lambda: follower.positions == [1, 2, 3])


async def test_a_stopped_database_leaves_no_connection_behind(postgres_url: str) -> None:
    async with running_log(postgres_url) as log:
        await append(log)
        await _listening(postgres_url, 1)
    others = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await eventually(lambda: _query(postgres_url, others) == [(0,)])


async def test_a_log_that_is_started_again_listens_once(
    postgres_log: EventLog, postgres_url: str
) -> None:
    for _ in range(3):
        await postgres_log.stop()
        await postgres_log.start()
    await append(postgres_log)
    await _listening(postgres_url, 1)


async def test_an_event_of_an_unknown_type_ends_the_subscription_and_the_rest_waits(
    database: Database, database_url: str
) -> None:
    await database.stop()
    async with running_log(database_url, types=TYPES) as newer:
        await append(newer)
    async with running_log(database_url, types=EventTypes(present=["other.v1"])) as older:
        with pytest.raises(UnknownEventType, match=HAPPENED):
            await anext(older.subscribe(after=0))
    async with running_log(database_url, types=TYPES) as upgraded, following(upgraded) as follower:
        await eventually(lambda: follower.positions == [1])


async def _append_slowly(log: EventLog, count: int) -> None:
    for _ in range(count):
        await append(log)


async def _listening(url: str, count: int) -> None:
    await eventually(lambda: _query(url, f"SELECT count(*) {LISTENERS}") == [(count,)])


def _query(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as session:
        return session.execute(query).fetchall()

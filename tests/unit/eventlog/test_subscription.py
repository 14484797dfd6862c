"""Following a log that is a list, so that hints and polls can be told apart."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from tenantry.eventlog import RecordedEvent
from tenantry.eventlog.subscription import Hint, follow
from tests.support.waiting import eventually


class Source:
    """A log of numbered events that counts how often it is read."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self.reads = 0
        self.is_end_known = False

    def add(self, count: int = 1) -> None:
        for _ in range(count):
            p = len(self.events) + 1
            self.events.append(RecordedEvent(p, "acme", "s", p, "t.v1", b"{}", b"{}", p))

    async def read(self, position: int) -> list[RecordedEvent]:
        self.reads += 1
        await asyncio.sleep(0)
        return self.events[position : position + 3]

    def is_end(self, position: int) -> bool:
        return self.is_end_known and position == len(self.events)


class Follower:
    def __init__(self, source: Source, *, poll_seconds: float) -> None:
        self.source = source
        self.hint = Hint()
        self.positions: list[int] = []
        self._events = follow(
            after=0,
            read=source.read,
            is_end=source.is_end,
            hint=self.hint,
            poll_seconds=poll_seconds,
        )
        self.task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async for events in self._events:
            self.positions += [event.position for event in events]

    async def has(self, count: int) -> None:
        await eventually(lambda: len(self.positions) == count)


@pytest_asyncio.fixture
async def followers() -> AsyncIterator[list[Follower]]:
    """A list whose followers are stopped in the end."""
    started: list[Follower] = []
    yield started
    for follower in started:
        follower.task.cancel()
    await asyncio.gather(*(follower.task for follower in started), return_exceptions=True)


async def test_a_hint_is_enough(followers: list[Follower]) -> None:
    follower = Follower(Source(), poll_seconds=3_600)
    followers.append(follower)
    for n in range(5):
        follower.source.add()
        follower.hint()
        await follower.has(n + 1)
    assert follower.positions == [1, 2, 3, 4, 5]


async def test_a_poll_is_enough(followers: list[Follower]) -> None:
    follower = Follower(Source(), poll_seconds=0.001)
    followers.append(follower)
    follower.source.add(7)
    await follower.has(7)
    follower.source.add()
    await follower.has(8)


async def test_what_is_known_to_be_the_end_is_not_read_for_a_hint_but_for_a_poll(
    followers: list[Follower],
) -> None:
    source = Source()
    source.is_end_known = True
    hinted = Follower(source, poll_seconds=3_600)
    followers.append(hinted)
    source.add(2)
    hinted.hint()
    await hinted.has(2)

    reads = source.reads
    for _ in range(5):
        hinted.hint()
        await asyncio.sleep(0)
    assert source.reads == reads

    polling = Follower(source, poll_seconds=0.001)
    followers.append(polling)
    await eventually(lambda: source.reads > reads + 5)


async def test_a_hint_during_a_read_is_not_lost(followers: list[Follower]) -> None:
    follower = Follower(Source(), poll_seconds=3_600)
    followers.append(follower)
    await eventually(lambda: follower.source.reads == 1)
    for n in range(200):
        follower.source.add()
        follower.hint()
        if n % 3 == 0:
            await asyncio.sleep(0)
    await follower.has(200)


async def test_who_no_longer_follows_is_forgotten() -> None:
    hint = Hint()
    source = Source()
    source.add()
    events = follow(after=0, read=source.read, is_end=source.is_end, hint=hint)
    waiting = hint.register()
    async for _ in events:
        break
    await events.aclose()  # type: ignore[attr-defined]  # a generator, behind its protocol
    hint.unregister(waiting)
    hint()
    assert not waiting.is_set()

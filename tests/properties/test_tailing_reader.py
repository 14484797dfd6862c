"""Nothing is missed and nothing comes twice, however many nodes write while others read."""

import asyncio
from itertools import pairwise

import pytest

from tenantry.eventlog import EventLog, RecordedEvent, verify
from tests.conformance.spine import append, request, running_log, stored_events
from tests.support.counts import soak_count
from tests.support.waiting import eventually

pytestmark = pytest.mark.soak

APPENDS = soak_count(10_000)
WRITERS = 8


async def test_a_tailing_reader_of_one_node_sees_every_event_once(database_url: str) -> None:
    async with running_log(database_url) as log:
        await _write_and_tail([log])


async def test_tailing_readers_of_two_nodes_see_every_event_once(postgres_url: str) -> None:
    async with running_log(postgres_url) as one, running_log(postgres_url) as two:
        await _write_and_tail([one, two])


async def _write_and_tail(nodes: list[EventLog]) -> None:
    """Let eight writers share the nodes while a reader follows on each of them."""
    seen: list[list[RecordedEvent]] = [[] for _ in nodes]
    readers = [
        asyncio.create_task(_follow(node, events)) for node, events in zip(nodes, seen, strict=True)
    ]

    await asyncio.gather(
        *(_write(nodes[n % len(nodes)], f"s{n}", APPENDS // WRITERS) for n in range(WRITERS))
    )

    rows = await stored_events(nodes[0])
    assert [event.position for event in rows] == list(range(1, APPENDS // WRITERS * WRITERS + 1))
    assert all(a.recorded_at < b.recorded_at for a, b in pairwise(rows))

    await eventually(lambda: all(len(events) >= len(rows) for events in seen), timeout=30)
    assert all(events == rows for events in seen)
    assert (await verify(nodes[0].database)).is_intact

    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)


async def _write(log: EventLog, stream: str, appends: int) -> None:
    position = 0
    for n in range(appends):
        outcome = await append(log, request(stream, expected=n))
        assert outcome.first > position, "a later append of one writer has a later position"
        position = outcome.last


async def _follow(log: EventLog, events: list[RecordedEvent]) -> None:
    async for batch in log.subscribe(after=0):
        events += batch

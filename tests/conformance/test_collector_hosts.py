"""Whatever hosts do, what is stored is what was sent: all of it, and nothing else."""

import asyncio
import time
from collections import Counter
from typing import Any

import pytest

from tenantry.base import SystemClock
from tenantry.collector import store
from tenantry.collector.model import LIKES, Switch
from tenantry.collector.remote.jetstream import Connector, host_of
from tenantry.collector.remote.jetstream.stream import CHUNK
from tenantry.collector.service import intake
from tenantry.db import Database, Tenant
from tenantry.testing import FaultyDatabase, inject
from tenantry.testing.jetstream import DAY_US, Answer, FakeJetstream, Mood
from tenantry.testing.network import GeneratedNetwork, Sent
from tests.support.collecting import (
    TENANT,
    check_stored,
    collect_all,
    collecting,
    eventually_stored,
    figures,
    gaps,
)
from tests.support.waiting import eventually

COUNT = 3_000
ON_EITHER_WIRE = pytest.mark.parametrize("wire", ["v1", "v2"])


def events_of(count: int = COUNT, *, seed: int = 7, rate: float = 500.0) -> list[Sent]:
    return GeneratedNetwork(seed, users=60, rate=rate).events(count)


def url_of(host: FakeJetstream, wire: str) -> str:
    return host.v1 if wire == "v1" else host.v2


@ON_EITHER_WIRE
@pytest.mark.parametrize(
    "mood",
    [
        pytest.param(Mood(), id="well"),
        pytest.param(Mood(close_after=1_000), id="reset"),
        pytest.param(Mood(close_after=1_000, close_with="frame"), id="frame"),
        pytest.param(Mood(close_after=1_000, close_with="late"), id="late"),
        pytest.param(Mood(skew_us=DAY_US, skew_share=0.1, close_after=1_000), id="skew-share"),
        pytest.param(Mood(skew_us=DAY_US, close_after=1_000), id="ahead"),
        pytest.param(Mood(skew_us=-DAY_US, close_after=1_000), id="behind"),
        pytest.param(Mood(shuffle=64, close_after=1_000), id="shuffle"),
        pytest.param(Mood(repeat_share=0.3, close_after=1_500), id="repeats"),
        pytest.param(
            Mood(
                shuffle=32,
                repeat_share=0.2,
                skew_us=DAY_US,
                skew_share=0.3,
                malformed_every=50,
                close_after=1_000,
            ),
            id="everything",
        ),
    ],
)
async def test_a_host_that_is_unwell_has_all_of_its_stream_stored(
    database: Database, wire: str, mood: Mood
) -> None:
    events = events_of()
    async with FakeJetstream(events, mood=mood) as host:
        await collect_all(database, events, url_of(host, wire))

    assert await gaps(database) == []


@ON_EITHER_WIRE
async def test_what_is_no_event_is_kept_as_a_dead_letter_and_the_rest_is_stored(
    database: Database, wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.collector.store.batches.DEAD_LETTERS_KEPT", 20)
    events = events_of(2_000)
    mood = Mood(malformed_every=50, oversized_every=1_000)
    async with FakeJetstream(events, mood=mood) as host:
        await collect_all(database, events, url_of(host, wire))

    kept = await database.read(Tenant(TENANT), store.dead_letters_before, TENANT, 2**62, 100)
    assert (await figures(database)).dead_letters == 42
    assert len(kept) == 20
    assert all(len(letter.frame) <= 64 * 1024 for letter in kept)
    assert any(letter.reason == "oversized" for letter in kept)


@ON_EITHER_WIRE
async def test_a_host_that_falls_silent_is_left_for_the_next(database: Database, wire: str) -> None:
    events = events_of()
    async with (
        FakeJetstream(events, mood=Mood(silent_after=1_000)) as silent,
        FakeJetstream(events, first_seq=50_000) as well,
    ):
        endpoints = url_of(silent, wire), url_of(well, wire)
        await collect_all(database, events, *endpoints, idle_seconds=1.5)

    assert len(silent.connections) == 1
    assert await gaps(database) == []


@ON_EITHER_WIRE
async def test_what_a_blind_host_leaves_out_is_fetched_from_another(
    database: Database, wire: str
) -> None:
    # Of a minute, so that more is missing than could be by accident.
    events = events_of(4_000, rate=60.0)
    async with (
        FakeJetstream(events, published=2_000) as blind,
        FakeJetstream(events, first_seq=50_000, mood=Mood(answer=Answer(status=503))) as well,
    ):
        async with collecting(database, url_of(blind, wire), url_of(well, wire)):
            await eventually_stored(database, events[:2_000])
            blind.feel(Mood(blind_to=(LIKES,)))
            blind.cut()
            blind.publish(2_000)
            await eventually(lambda: gaps(database))
            well.feel(Mood())
            await eventually_stored(database, events)

            async def is_closed() -> bool:
                found = await gaps(database)
                return bool(found) and all(gap.state != "open" for gap in found)

            await eventually(is_closed)
        await check_stored(database, events)

    (gap,) = await gaps(database)
    assert (gap.collection, gap.reason, gap.state) == (LIKES, "blind", "refilled")
    assert gap.host == host_of(blind.v1)
    assert gap.closed_by == host_of(well.v1)


@ON_EITHER_WIRE
async def test_what_the_only_host_leaves_out_stays_an_open_gap(
    database: Database, wire: str
) -> None:
    events = events_of(4_000, rate=60.0)
    async with FakeJetstream(events, published=2_000) as host:
        async with collecting(database, url_of(host, wire)):
            await eventually_stored(database, events[:2_000])
            host.feel(Mood(blind_to=(LIKES,)))
            host.cut()
            host.publish(2_000)
            seen = [
                event
                for at, event in enumerate(events)
                if at < 2_000 or getattr(event, "collection", None) != LIKES
            ]
            await eventually_stored(database, seen)
        await check_stored(database, seen)

    (gap,) = await gaps(database)
    assert (gap.collection, gap.reason, gap.state) == (LIKES, "blind", "open")


@ON_EITHER_WIRE
async def test_where_no_host_goes_back_far_enough_the_ledger_says_what_is_lost(
    database: Database, wire: str
) -> None:
    events = events_of()
    async with FakeJetstream(events, published=1_000) as host:
        async with collecting(database, url_of(host, wire)):
            await eventually_stored(database, events[:1_000])
        host.publish(2_000)
        host.feel(Mood(keeps_us=2_000_000))
        oldest = host.program.oldest_place(host.published)
        rest = [*events[:1_000], *events[oldest:]]
        async with collecting(database, url_of(host, wire)):
            await eventually_stored(database, rest)
        await check_stored(database, rest)

    (gap,) = await gaps(database)
    assert (gap.reason, gap.state) == ("cursor_too_old", "lost")
    assert gap.from_us <= events[1_000].time_us
    assert gap.until_us >= events[oldest - 1].time_us


@ON_EITHER_WIRE
async def test_a_host_that_goes_back_further_fills_what_another_no_longer_has(
    database: Database, wire: str
) -> None:
    events = events_of()
    async with (
        FakeJetstream(events, published=1_000) as short,
        FakeJetstream(events, first_seq=50_000) as long,
    ):
        async with collecting(database, url_of(short, wire)):
            await eventually_stored(database, events[:1_000])
        short.publish(2_000)
        short.feel(Mood(keeps_us=1_000_000))
        await collect_all(database, events, url_of(short, wire), url_of(long, wire))

    assert await gaps(database) == []


@ON_EITHER_WIRE
@pytest.mark.parametrize("status", [429, 503])
async def test_a_host_that_has_no_place_is_asked_again_when_it_said(
    database: Database, wire: str, status: int
) -> None:
    events = events_of(2_000)
    answer = Answer(status=status, retry_after=1.0)
    async with FakeJetstream(events, mood=Mood(answer=answer)) as host:
        async with collecting(database, url_of(host, wire)):
            await eventually(lambda: host.connections)
            refused_at = time.monotonic()
            host.feel(Mood())
            await eventually_stored(database, events)
            waited = time.monotonic() - refused_at
        await check_stored(database, events)

    assert len(host.connections) == 2
    assert waited >= 0.9


@pytest.mark.parametrize(
    "mood",
    [
        pytest.param(Mood(hangs=True), id="hangs"),
        pytest.param(Mood(answer=Answer(status=404)), id="refuses"),
        pytest.param(Mood(answer=Answer(status=503)), id="warms-up"),
        pytest.param(Mood(silent_after=500), id="silent"),
        pytest.param(Mood(close_after=500), id="closes"),
    ],
)
@ON_EITHER_WIRE
async def test_three_hosts_stand_in_for_one_another(
    database: Database, wire: str, mood: Mood
) -> None:
    events = events_of()
    async with (
        FakeJetstream(events, mood=mood) as first,
        FakeJetstream(events, mood=mood, first_seq=9_000) as second,
        FakeJetstream(events, first_seq=50_000) as third,
    ):
        endpoints = [url_of(host, wire) for host in (first, second, third)]
        connector = Connector(is_compressed=False, connect_seconds=0.3)
        await collect_all(database, events, *endpoints, connector=connector, idle_seconds=0.3)

    assert await gaps(database) == []


@pytest.mark.parametrize(
    "mood",
    [
        pytest.param(Mood(too_slow_after=1_000), id="too-slow"),
        pytest.param(Mood(tells_outdated=True), id="outdated"),
    ],
)
async def test_what_the_second_wire_tells_loses_nothing(database: Database, mood: Mood) -> None:
    events = events_of()
    async with FakeJetstream(events, mood=mood) as host:
        await collect_all(database, events, host.v2)


@pytest.mark.parametrize(
    "mood",
    [
        pytest.param(Mood(garbles=True), id="garbles"),
        pytest.param(Mood(forgets_dictionary=True), id="forgets"),
    ],
)
async def test_where_compression_does_not_work_the_stream_comes_without_it(
    database: Database, mood: Mood
) -> None:
    events = events_of(2_000)
    connector = Connector()
    async with FakeJetstream(events, mood=mood) as host:
        await collect_all(database, events, host.v2, connector=connector)

    assert host_of(host.v2) in connector.plain_because
    assert not host.connections[-1].is_compressed


@ON_EITHER_WIRE
async def test_a_stream_that_is_compressed_with_a_dictionary_is_stored(
    database: Database, wire: str
) -> None:
    events = events_of(2_000)
    async with FakeJetstream(events) as host:
        connector = Connector(dictionary=host.dictionary)
        await collect_all(database, events, url_of(host, wire), connector=connector)

    assert [asked.is_compressed for asked in host.connections] == [True]


@ON_EITHER_WIRE
async def test_what_happens_while_it_is_switched_off_is_collected_afterwards(
    database: Database, wire: str
) -> None:
    events = events_of()

    async def switch(*, is_on: bool) -> None:
        await database.write(Tenant(TENANT), store.keep_switch, TENANT, Switch(is_on=is_on))

    async with FakeJetstream(events, published=1_000) as host:
        async with collecting(database, url_of(host, wire)):
            await eventually_stored(database, events[:1_000])
            await switch(is_on=False)
            await eventually(lambda: host.connection_count == 0)
            host.publish(2_000)
            assert len(host.connections) == 1
            await switch(is_on=True)
            await eventually_stored(database, events)
        await check_stored(database, events)


@ON_EITHER_WIRE
async def test_a_database_that_fails_for_a_while_loses_nothing(
    database: Database, wire: str
) -> None:
    events = events_of()
    async with FakeJetstream(events, mood=Mood(rate=6_000)) as host:
        with inject(lost_calls=8, delay_seconds=0.0) as faults:
            async with collecting(FaultyDatabase(database), url_of(host, wire)):
                await eventually_stored(database, events)
    await check_stored(database, events)
    assert faults.call_count > 8


@ON_EITHER_WIRE
async def test_a_slow_database_holds_the_host_up_and_not_the_memory(
    database: Database, wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_EVENTS", 1_000)
    monkeypatch.setattr(intake, "BATCH_EVENTS", 500)
    most: Counter[str] = Counter()
    take = intake.Intake.take

    async def watched(self: intake.Intake, chunk: Any) -> None:
        taking = asyncio.ensure_future(take(self, chunk))
        await asyncio.sleep(0)
        most["events"] = max(most["events"], self.count)
        await taking

    monkeypatch.setattr(intake.Intake, "take", watched)
    events = events_of(5_000)
    async with FakeJetstream(events) as host:
        with inject(lost_calls=0, delay_seconds=0.05):
            async with collecting(
                FaultyDatabase(database, clock=SystemClock()), url_of(host, wire)
            ):
                await eventually_stored(database, events)
    await check_stored(database, events)
    # What is being taken when there is no more room is one chunk.
    assert 1_000 <= most["events"] < 1_000 + CHUNK

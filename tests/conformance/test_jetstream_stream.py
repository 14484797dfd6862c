"""What the client of Jetstream makes of every mood of a host."""

import asyncio
from typing import Literal

import pytest

from tenantry.collector.errors import (
    CursorTooOld,
    StreamBroken,
    StreamBusy,
    StreamError,
    StreamSilent,
)
from tenantry.collector.model import DeadLetter, Refusal
from tenantry.collector.remote.jetstream import Chunk, Connector, StreamRequest
from tenantry.collector.rules import parse_v2
from tenantry.testing.jetstream import Answer, FakeJetstream, Mood
from tenantry.testing.network import GeneratedNetwork

COUNT = 2_000
EVENTS = GeneratedNetwork(11, users=40).events(COUNT)
ALL = StreamRequest()


async def collect(
    connector: Connector,
    url: str,
    request: StreamRequest = ALL,
    *,
    idle_seconds: float = 10.0,
) -> tuple[Chunk, StreamError]:
    """Return all that comes of one connection, and what ended it."""
    frames: Chunk = []
    try:
        async with connector.open(url, request, idle_seconds=idle_seconds) as stream:
            async for chunk in stream.chunks():
                frames += chunk
    except StreamError as error:
        return frames, error
    raise AssertionError("a stream ends by an error alone")


async def plain(host: FakeJetstream, url: str) -> Chunk:
    """Return what the host sends to who reads it uncompressed; it closes behind that then."""
    frames, _ = await collect(Connector(is_compressed=False), url, idle_seconds=0.5)
    host.feel(Mood(close_after=len(frames) - 1))
    return frames[:-1]


@pytest.mark.parametrize("wire", ["v1", "v2"])
async def test_every_frame_comes_in_order_compressed_or_not(wire: str) -> None:
    async with FakeJetstream(EVENTS) as host:
        url = host.v1 if wire == "v1" else host.v2
        expected = await plain(host, url)
        connector = Connector(dictionary=host.dictionary)

        async with connector.open(url, ALL) as stream:
            assert stream.is_compressed
        frames, _ = await collect(connector, url)

    assert host.connections[-1].is_compressed
    assert frames == expected
    assert len(frames) > COUNT * 0.9
    assert connector.plain_because == {}


async def test_frames_come_many_at_a_time() -> None:
    async with FakeJetstream(EVENTS) as host:
        expected = await plain(host, host.v1)
        counts: list[int] = []
        async with Connector().open(host.v1, ALL) as stream:
            chunks = stream.chunks()
            while sum(counts) < len(expected):
                counts.append(len(await anext(chunks)))

    assert sum(counts) / len(counts) > 20
    assert max(counts) <= 1_000


@pytest.mark.parametrize("close_with", ["reset", "frame", "late"])
async def test_an_end_of_any_kind_comes_behind_all_that_was_sent(
    close_with: Literal["reset", "frame", "late"],
) -> None:
    mood = Mood(close_after=300, close_with=close_with)
    async with FakeJetstream(EVENTS, mood=mood) as host:
        frames, error = await collect(Connector(), host.v2)

    assert len(frames) == 300
    assert "has ended the connection" in error.message
    assert error.retry_after_seconds == 0


async def test_a_host_that_says_nothing_more_is_left_in_time() -> None:
    async with FakeJetstream(EVENTS, mood=Mood(silent_after=50)) as host:
        began_at = asyncio.get_running_loop().time()
        frames, error = await collect(Connector(), host.v1, idle_seconds=0.2)
        seconds = asyncio.get_running_loop().time() - began_at

    assert len(frames) == 50
    assert isinstance(error, StreamSilent)
    assert 0.2 <= seconds < 5


async def test_a_host_that_answers_nothing_is_left_in_time() -> None:
    async with FakeJetstream(EVENTS, mood=Mood(hangs=True)) as host:
        _, error = await collect(Connector(connect_seconds=0.2), host.v1)

    assert "did not answer within 0.2 s" in error.message


@pytest.mark.parametrize("status, asked", [(503, 7.0), (429, 30.0), (503, None)])
async def test_a_busy_host_says_when_to_come_back(status: int, asked: float | None) -> None:
    answer = Answer(status=status, error="ServiceUnavailable", retry_after=asked)
    async with FakeJetstream(EVENTS, mood=Mood(answer=answer)) as host:
        _, error = await collect(Connector(), host.v2)

    assert isinstance(error, StreamBusy)
    assert error.retry_after_seconds == (asked or 0)


async def test_a_cursor_that_is_too_old_tells_where_the_host_begins() -> None:
    async with FakeJetstream(EVENTS, mood=Mood(keeps_us=500_000), first_seq=9_000) as host:
        _, error = await collect(Connector(), host.v2, StreamRequest(cursor=9_000))
        assert isinstance(error, CursorTooOld)
        assert error.floor_seq is not None
        assert error.floor_seq > 9_000

        host.feel(Mood(keeps_us=500_000, close_after=10))
        frames, _ = await collect(Connector(), host.v2, StreamRequest(cursor=error.floor_seq))

    assert len(frames) == 10


async def test_a_dictionary_that_its_own_host_does_not_know_is_done_without() -> None:
    mood = Mood(forgets_dictionary=True, close_after=20)
    async with FakeJetstream(EVENTS, mood=mood) as host:
        connector = Connector()
        frames, _ = await collect(connector, host.v2)

    assert len(frames) == 20
    assert list(connector.plain_because) == [host.address.removeprefix("ws://")]
    assert [asked.is_compressed for asked in host.connections] == [True, False]


@pytest.mark.parametrize("wire", ["v1", "v2"])
async def test_what_does_not_decompress_is_had_plain_and_nothing_is_lost(wire: str) -> None:
    async with FakeJetstream(EVENTS) as host:
        url = host.v1 if wire == "v1" else host.v2
        expected = await plain(host, url)
        connector = Connector(dictionary=host.dictionary)
        host.feel(Mood(garbles=True, close_after=len(expected)))

        before, error = await collect(connector, url)
        after, _ = await collect(connector, url)

    assert before == []
    assert isinstance(error, StreamBroken)
    assert after == expected


async def test_an_oversized_frame_is_told_of_and_the_stream_goes_on() -> None:
    mood = Mood(oversized_every=100, close_after=250)
    async with FakeJetstream(EVENTS, mood=mood) as host:
        frames, _ = await collect(Connector(), host.v1)

    dead = [frame for frame in frames if isinstance(frame, DeadLetter)]
    assert len(frames) == 250
    assert len(dead) >= 2
    assert all(letter.reason == "oversized" for letter in dead)
    assert all(letter.size > 6 * 1024 * 1024 for letter in dead)
    assert all(len(letter.frame) == 64 * 1024 for letter in dead)


async def test_malformed_frames_are_handed_on_as_they_came() -> None:
    mood = Mood(malformed_every=10, close_after=200)
    async with FakeJetstream(EVENTS, mood=mood) as host:
        frames, _ = await collect(Connector(is_compressed=False), host.v2)

    assert len(frames) == 200
    assert b"\xff\xfe" in frames


async def test_the_last_word_of_a_host_is_handed_on() -> None:
    async with FakeJetstream(EVENTS, mood=Mood(too_slow_after=30)) as host:
        frames, _ = await collect(Connector(), host.v2)

    assert len(frames) == 31
    last = frames[-1]
    assert isinstance(last, bytes)
    assert parse_v2(last) == Refusal("ConsumerTooSlow", "as asked")


@pytest.mark.parametrize("wires, found", [(("v1",), "v1"), (("v2",), "v2"), (("v1", "v2"), "v2")])
async def test_the_wire_of_a_host_is_found_out_and_kept(wires: tuple[str, ...], found: str) -> None:
    async with FakeJetstream(EVENTS, mood=Mood(close_after=5), wires=wires) as host:
        connector = Connector(dictionary=host.dictionary)
        assert connector.wire_of(host.address) is None

        frames, _ = await collect(connector, host.address)
        await collect(connector, host.address)

    assert len(frames) == 5
    assert connector.wire_of(host.address) == found
    assert [asked.wire for asked in host.connections] == [found, found]
    assert host.connections[-1].is_compressed


async def test_what_is_wanted_is_asked_for_as_either_wire_has_it() -> None:
    dids = frozenset(event.did for event in EVENTS[:3])
    request = StreamRequest(
        collections=("app.bsky.feed.*", "app.bsky.graph.follow"), dids=tuple(dids), cursor=7
    )
    async with FakeJetstream(EVENTS, mood=Mood(close_after=1)) as host:
        await collect(Connector(), host.v1, request)
        await collect(Connector(), host.v2, request)

    for asked in host.connections:
        assert asked.cursor == 7
        assert asked.collections == request.collections
        assert asked.dids == dids


async def test_many_dids_are_not_in_the_url_of_the_first_wire() -> None:
    everybody = tuple(sorted({event.did for event in EVENTS}))
    strangers = tuple(f"did:plc:{number:024d}".replace("0", "a") for number in range(2_000))
    request = StreamRequest(dids=(*everybody[:1], *strangers))
    async with FakeJetstream(EVENTS, mood=Mood()) as host:
        frames, error = await collect(Connector(), host.v1, request, idle_seconds=1.0)

    assert isinstance(error, StreamSilent)
    assert 0 < len(frames) < COUNT
    assert all(everybody[0].encode() in bytes(frame) for frame in frames if type(frame) is bytes)

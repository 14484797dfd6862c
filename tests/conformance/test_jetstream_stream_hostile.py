"""What the client of Jetstream makes of hosts that no well-made server resembles."""

import asyncio
import gc
import json
import tracemalloc

import pytest

from tenantry.base.errors import Invalid
from tenantry.collector.errors import (
    CursorTooOld,
    FrameTooLong,
    StreamBusy,
    StreamError,
    StreamRefused,
)
from tenantry.collector.model import DeadLetter
from tenantry.collector.remote.jetstream import Connector, StreamRequest
from tests.conformance.test_jetstream_stream import ALL, collect
from tests.support.scripted_host import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    ScriptedHost,
    Talk,
    dictionary,
    frame,
    packed,
)
from tests.support.waiting import eventually

WORDS = dictionary(1)
NEWER_WORDS = dictionary(2)
EVENT = b'{"did":"did:plc:1","kind":"riddle"}'


def test_what_is_no_trained_dictionary_is_refused() -> None:
    for data in (b"", b"words, words, words" * 100, WORDS[:100]):
        with pytest.raises(Invalid):
            Connector(dictionary=data)


async def test_redirects_are_not_followed() -> None:
    async def script(talk: Talk) -> None:
        if talk.path == "/elsewhere":
            await talk.upgrade()
        else:
            await talk.answer(307, Location="/elsewhere")

    async with ScriptedHost(script) as host:
        _, error = await collect(Connector(), host.v1)

    assert isinstance(error, StreamRefused)
    assert "nothing is followed" in error.message
    assert len(host.talks) == 1


@pytest.mark.parametrize(
    "message",
    [
        "cursor 17 is below the lookback floor 4711",
        "floor seq is 4711, cursor was 17",
        "the oldest event has seq 4711",
    ],
)
async def test_the_floor_is_told_from_the_cursor(message: str) -> None:
    async def script(talk: Talk) -> None:
        body = json.dumps({"error": "CursorTooOld", "message": message}).encode()
        await talk.answer(400, body)

    async with ScriptedHost(script) as host:
        _, error = await collect(Connector(is_compressed=False), host.v2)

    assert isinstance(error, CursorTooOld)
    assert error.floor_seq == 4711


async def test_a_refusal_is_told_without_its_text() -> None:
    async def script(talk: Talk) -> None:
        await talk.answer(400, b'{"error":"InvalidRequest","message":"did:plc:secret"}')

    async with ScriptedHost(script) as host:
        _, error = await collect(Connector(is_compressed=False), host.v2)

    assert isinstance(error, StreamRefused)
    assert error.message == f"{host.name} answers 400 (InvalidRequest)"


@pytest.mark.parametrize(
    "asked, least, most",
    [("Fri, 01 Jan 2100 00:00:00 GMT", 3_600, 3_600), ("soon", 0, 0), ("-5", 0, 0), ("9", 9, 9)],
)
async def test_retry_after_is_read_in_either_form_and_bounded(
    asked: str, least: float, most: float
) -> None:
    async def script(talk: Talk) -> None:
        await talk.answer(503, Retry_After=asked)

    async with ScriptedHost(script) as host:
        _, error = await collect(Connector(), host.v1)

    assert isinstance(error, StreamBusy)
    assert least <= error.retry_after_seconds <= most


async def test_a_refused_request_is_no_sign_of_the_other_wire() -> None:
    async def script(talk: Talk) -> None:
        await talk.answer(400, b'{"error":"InvalidRequest","message":"no"}')

    async with ScriptedHost(script) as host:
        _, error = await collect(Connector(is_compressed=False), host.url)

    assert isinstance(error, StreamRefused)
    assert [talk.path for talk in host.talks] == [host.v2.removeprefix(host.url)]


async def test_a_newer_dictionary_is_fetched_once_and_used() -> None:
    given = iter((WORDS, NEWER_WORDS))

    async def script(talk: Talk) -> None:
        if talk.path.endswith("getZstdDictionary"):
            await talk.answer(200, next(given))
        elif talk.query["zstdDictionary"] == ["1002"]:
            await talk.upgrade()
            await talk.send(packed(EVENT, NEWER_WORDS), opcode=BINARY)
        else:
            await talk.answer(400, b'{"error":"UnknownZstdDictionary","message":"it is 1002"}')

    async with ScriptedHost(script) as host:
        connector = Connector()
        frames, _ = await collect(connector, host.v2)

    assert frames == [EVENT]
    assert connector.plain_because == {}


@pytest.mark.parametrize("status", [404, 500])
async def test_without_a_dictionary_a_host_is_plain(status: int) -> None:
    async def script(talk: Talk) -> None:
        if talk.path.endswith("getZstdDictionary"):
            await talk.answer(status)
            return
        assert "zstdDictionary" not in talk.query
        await talk.upgrade()
        await talk.send(EVENT)

    async with ScriptedHost(script) as host:
        connector = Connector()
        frames, _ = await collect(connector, host.v2)

    assert frames == [EVENT]
    # What is busy now may have it the next time.
    assert bool(connector.plain_because) == (status == 404)


@pytest.mark.parametrize("tells_size", [True, False])
async def test_a_bomb_is_not_unpacked(tells_size: bool) -> None:  # noqa: FBT001 - a case
    bomb = packed(bytes(300 * 1024 * 1024), WORDS, tells_size=tells_size)

    async def script(talk: Talk) -> None:
        await talk.upgrade()
        await talk.send(bomb, packed(EVENT, WORDS, tells_size=tells_size), opcode=BINARY)

    async with ScriptedHost(script) as host:
        tracemalloc.start()
        try:
            frames, _ = await collect(Connector(dictionary=WORDS), host.v1)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    letter = frames[0]
    assert isinstance(letter, DeadLetter)
    assert letter.reason == "oversized"
    assert letter.size > 5 * 1024 * 1024
    assert frames[1] == EVENT
    assert peak < 32 * 1024 * 1024


async def test_a_frame_beyond_all_bounds_is_asked_to_be_left_out_the_next_time() -> None:
    async def script(talk: Talk) -> None:
        await talk.upgrade()
        await talk.send(EVENT)
        if "maxMessageSizeBytes" not in talk.query:
            # Nothing of it has to come: what it claims is enough.
            talk.writer.write(frame(b"")[:1] + b"\x7f" + (2**40).to_bytes(8, "big"))
        await talk.send(EVENT)

    async with ScriptedHost(script) as host:
        connector = Connector(is_compressed=False)
        frames, error = await collect(connector, host.v2)
        again, _ = await collect(connector, host.v2)

    assert frames[0] == EVENT
    assert isinstance(frames[1], DeadLetter)
    assert isinstance(error, FrameTooLong)
    assert again == [EVENT, EVENT]
    assert host.talks[-1].query["maxMessageSizeBytes"] == [str(5 * 1024 * 1024)]


async def test_what_is_no_websocket_ends_the_stream() -> None:
    async def script(talk: Talk) -> None:
        await talk.upgrade()
        await talk.send(EVENT)
        talk.writer.write(b"\xff\xff did:plc:secret")
        await talk.writer.drain()

    async with ScriptedHost(script) as host:
        frames, error = await collect(Connector(), host.v1)

    assert frames == [EVENT]
    assert "secret" not in error.message


async def test_fragments_are_one_frame() -> None:
    async def script(talk: Talk) -> None:
        await talk.upgrade()
        talk.writer.write(bytes((0x01, 3)) + b'{"a' + bytes((0x80, 4)) + b'":1}')
        await talk.send(EVENT)

    async with ScriptedHost(script) as host:
        frames, _ = await collect(Connector(), host.v1)

    assert frames == [b'{"a":1}', EVENT]


async def test_nothing_is_sent_but_pongs_and_the_end() -> None:
    heard = []

    async def script(talk: Talk) -> None:
        await talk.upgrade()
        await talk.send(EVENT)
        await talk.send(b"are you there", opcode=PING)
        heard.append(await talk.heard())
        await talk.send(EVENT)
        heard.append(await talk.heard())

    async with ScriptedHost(script) as host:
        async with Connector(is_compressed=False).open(host.v2, ALL) as stream:
            count = 0
            async for chunk in stream.chunks():
                count += len(chunk)
                if count == 2:
                    break
        await eventually(lambda: len(heard) == 2)

    assert heard[0] == (PONG, b"are you there")
    assert heard[1][0] == CLOSE


async def test_pings_do_not_make_a_silent_host_live() -> None:
    async def script(talk: Talk) -> None:
        await talk.upgrade()
        while True:
            await talk.send(b"", opcode=PING)
            await talk.heard()
            await asyncio.sleep(0.02)

    async with ScriptedHost(script) as host:
        _, error = await collect(Connector(), host.v1, idle_seconds=0.2)

    assert error.code == "stream_silent"


async def test_options_are_changed_on_the_first_wire_alone() -> None:
    heard = []

    async def script(talk: Talk) -> None:
        await talk.upgrade()
        if talk.path == "/subscribe":
            heard.append(json.loads((await talk.heard())[1]))
        await talk.send(EVENT)
        await talk.heard()

    request = StreamRequest(collections=("app.bsky.feed.post",), dids=("did:plc:1",))
    async with ScriptedHost(script) as host:
        connector = Connector(is_compressed=False)
        async with connector.open(host.v1, ALL) as stream:
            await stream.update_options(request)
            assert await anext(stream.chunks()) == [EVENT]
        async with connector.open(host.v2, ALL) as stream:
            with pytest.raises(Invalid):
                await stream.update_options(request)

    assert heard == [
        {
            "type": "options_update",
            "payload": {
                "wantedCollections": ["app.bsky.feed.post"],
                "wantedDids": ["did:plc:1"],
                "maxMessageSizeBytes": 0,
            },
        }
    ]


async def test_a_host_that_sends_on_and_on_does_not_hold_up_the_end() -> None:
    async def script(talk: Talk) -> None:
        await talk.upgrade()
        while True:
            await talk.send(*[EVENT] * 1_000)

    async with ScriptedHost(script) as host:
        loop = asyncio.get_running_loop()
        async with Connector().open(host.v1, ALL) as stream:
            await anext(stream.chunks())
            began_at = loop.time()
        seconds = loop.time() - began_at

    assert seconds < 3


async def test_who_takes_nothing_stops_the_host_and_memory_stays_bounded() -> None:
    sent = 0
    payload = EVENT + b" " * 500

    async def script(talk: Talk) -> None:
        nonlocal sent
        await talk.upgrade()
        while True:
            await talk.send(*[payload] * 100)
            sent += 100

    async with ScriptedHost(script) as host, Connector().open(host.v1, ALL) as stream:
        before = -1
        tracemalloc.start()
        try:
            # It is stopped when nothing more leaves it for a while.
            async with asyncio.timeout(20):
                while sent != before:
                    before = sent
                    await asyncio.sleep(0.3)
            gc.collect()
            waiting, stopped_at = stream.waiting_count, sent
            size, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        taken = 0
        async for chunk in stream.chunks():
            taken += len(chunk)
            if taken > stopped_at + 10_000:
                break

    assert 0 < waiting <= 1_000
    assert size < 16 * 1024 * 1024
    assert stopped_at < 100_000
    assert sent > stopped_at


async def test_a_host_that_cannot_be_reached_is_told_by_name_alone() -> None:
    async with ScriptedHost(lambda talk: talk.answer(404)) as host:
        url = f"{host.v1}?token=secret"
    _, error = await collect(Connector(), url)

    assert type(error) is StreamError
    assert error.message == f"{host.name} cannot be reached (ClientConnectorError)"

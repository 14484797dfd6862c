"""Reading: bytes come back as they were, nothing is cut off, and every instant has its position."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tenantry.base import SystemClock
from tenantry.eventlog import (
    ANY,
    AppendRequest,
    EventLog,
    EventTypes,
    StreamAppend,
    UnknownEventType,
)
from tenantry.testing import FakeClock
from tests.conformance.spine import (
    HAPPENED,
    append,
    append_many,
    event,
    read_all,
    request,
    running_log,
    stored_events,
)

AWKWARD = [
    '"你好世界 🚀 é e\u0301 \u202e"'.encode(),
    b'"\\u0000 and \\u001f and \\\\ and \\" and \\/"',
    b'"\\ud83d\\ude80"',
    b"123456789012345678901234567890.000000000000000000000001e-400",
    b"-0",
    b' { "b" : 1 ,\r\n\t"a":2, "b": 3 } ',
    b"[[],{},null,true,1.0]",
    b'""',
    b"",
    b"'; DROP TABLE events; -- %s %(x)s :name ? $1",
    b"\x7f\x01\t\n",
]


@pytest.mark.parametrize("data", AWKWARD, ids=range(len(AWKWARD)))
async def test_bytes_come_back_exactly(log: EventLog, data: bytes) -> None:
    awkward = event(data, metadata=data[::-1] if data.isascii() else data)
    await append(log, AppendRequest("acme", (StreamAppend("one", ANY, (awkward,)),)))

    (stored,) = await stored_events(log)
    assert (stored.data, stored.metadata) == (awkward.data, awkward.metadata)
    assert await read_all(log) == [stored]


@pytest.mark.parametrize(
    "name", ["config-a/b c", "🚀", "a'b", 'a"b\\c', "x" * 500, "%s", ":x", " "]
)
async def test_any_text_names_a_stream_and_a_tenant(log: EventLog, name: str) -> None:
    await append(log, request(name, tenant=name, count=2))
    pages = [page async for page in log.read_stream(name, name)]
    assert [(e.tenant_id, e.stream, e.version) for page in pages for e in page] == [
        (name, name, 1),
        (name, name, 2),
    ]


async def test_the_log_is_read_page_by_page_to_its_end(log: EventLog) -> None:
    await append_many(log, 25)
    assert [e.position for e in await log.read(after=0, limit=10)] == list(range(1, 11))
    assert [e.position for e in await log.read(after=20, limit=10)] == list(range(21, 26))
    assert await log.read(after=25) == []
    assert await log.read(after=1_000) == []


async def test_a_stream_of_5000_versions_is_read_whole(log: EventLog) -> None:
    await append_many(log, 5_000, name="long")
    await append(log, request("other"))

    versions = [e.version async for page in log.read_stream("acme", "long") for e in page]
    assert versions == list(range(1, 5_001))
    tail = [e.version async for page in log.read_stream("acme", "long", after=4_990) for e in page]
    assert tail == list(range(4_991, 5_001))


async def test_a_stream_that_does_not_exist_is_empty(log: EventLog) -> None:
    await append(log, request(tenant="globex"))
    assert [page async for page in log.read_stream("acme", "one")] == []
    assert await log.last_of_stream("acme", "one") is None


async def test_the_last_event_of_a_stream_is_found_as_of_any_position(log: EventLog) -> None:
    for name in ("a", "b", "a", "a", "b"):
        await append(log, request(name))

    async def version_at(position: int) -> int:
        event = await log.last_of_stream("acme", "a", position=position)
        return event.version if event else 0

    assert [await version_at(position) for position in range(7)] == [0, 1, 1, 2, 3, 3, 3]


async def test_the_last_events_of_all_streams_come_in_code_point_order(log: EventLog) -> None:
    names = ["config-a", "config-B", "config-ä", "config-a/b", "config-🚀", "config-ﬀ", "config-"]
    for name in [*names, "conf", "config", "config.", "configs", "other"]:
        await append(log, request(name, count=2))
    await append(log, request("config-a", tenant="globex"))
    end = (await log.head()).position
    await append(log, request("config-z"))

    found = [
        (e.stream, e.version)
        async for page in log.lasts_of_streams("acme", prefix="config-", position=end)
        for e in page
    ]
    assert found == [(name, 2) for name in sorted(names)]


async def test_more_streams_than_fit_a_page_are_all_found(log: EventLog) -> None:
    names = [f"config-{n:05}" for n in range(4_100)]
    for start in range(0, len(names), 2_000):
        streams = tuple(StreamAppend(n, ANY, (event(),)) for n in names[start : start + 2_000])
        await append(log, AppendRequest("acme", streams))
    found = [
        e.stream
        async for page in log.lasts_of_streams("acme", prefix="config-", position=2**62)
        for e in page
    ]
    assert found == names


async def test_every_time_is_unique_and_rises_even_when_the_clock_goes_back(
    log: EventLog, clock: FakeClock
) -> None:
    await append(log, request(count=3))
    await append(log)
    clock.advance(1)
    await append(log)
    clock.set_now(datetime(2020, 1, 1, tzinfo=UTC))
    await append(log, request(count=2))
    await asyncio.gather(*(log.append(request()) for _ in range(10)))

    times = [e.recorded_at for e in await stored_events(log)]
    start = FakeClock().now_us()
    assert times == [
        *range(start, start + 4),
        *range(start + 1_000_000, start + 1_000_013),
    ]
    assert await read_all(log) == await stored_events(log)


async def test_a_restart_does_not_forget_how_late_it_was(
    database_url: str, clock: FakeClock
) -> None:
    async with running_log(database_url, clock=clock) as log:
        before = await append(log)
    clock.set_now(clock.now() - timedelta(days=1))
    async with running_log(database_url, clock=clock) as log:
        after = await append(log)
    assert after.recorded_at == before.recorded_at + 1


async def test_the_position_at_an_events_own_time_is_that_event(
    log: EventLog, clock: FakeClock
) -> None:
    for _ in range(12):
        await append(log, request(count=3))
        clock.advance(0.5)

    for recorded in await stored_events(log):
        assert await log.position_at(recorded.recorded_at) == recorded.position
        assert await log.position_at(recorded.recorded_at - 1) == recorded.position - 1


async def test_before_the_first_event_is_position_0_and_after_the_last_the_end(
    log: EventLog, clock: FakeClock
) -> None:
    assert await log.position_at(clock.now_us()) == 0
    await append(log, request(count=3))
    assert await log.position_at(0) == 0
    assert await log.position_at(2**62) == 3


async def test_the_head_is_the_last_event(log: EventLog) -> None:
    empty = await log.head()
    assert (empty.position, empty.hash, empty.recorded_at) == (0, bytes(32), 0)
    last = await append(log, request(count=3))
    head = await log.head()
    assert (head.position, head.recorded_at) == (3, last.recorded_at + 2)


async def test_a_node_reads_what_another_has_appended_behind_its_own(
    postgres_log: EventLog, second_log: EventLog
) -> None:
    for n in range(6):
        await append((postgres_log, second_log)[n % 2], request(f"s{n}"))
        for log in (postgres_log, second_log):
            assert [e.stream for e in await read_all(log)] == [f"s{i}" for i in range(n + 1)]


async def test_old_events_are_read_in_their_present_shape(database_url: str) -> None:
    async with running_log(database_url) as old:
        await append(old, request(data=b'{"n":1}'))

    types = EventTypes(
        present=["tests.happened.v3"],
        upcasters={
            HAPPENED: lambda data: ("tests.happened.v2", data.replace(b'"n"', b'"count"')),
            "tests.happened.v2": lambda data: ("tests.happened.v3", data.replace(b"1", b'"1"')),
        },
    )
    async with running_log(database_url, clock=SystemClock(), types=types) as new:
        (read,) = await new.read()
        assert (read.type, read.data) == ("tests.happened.v3", b'{"count":"1"}')
        assert await new.last_of_stream("acme", "one") == read
        assert [page async for page in new.read_stream("acme", "one")] == [[read]]
        # The row is history, and stays what it was.
        assert (await stored_events(new))[0].type == HAPPENED


async def test_an_event_type_this_program_does_not_know_is_told_with_its_position(
    database_url: str,
) -> None:
    async with running_log(database_url) as newer:
        await append(newer)
        await append(newer)
    async with running_log(database_url, types=EventTypes(present=["other.v1"])) as older:
        for run in (older.read(after=1), older.last_of_stream("acme", "one")):
            with pytest.raises(UnknownEventType, match=f"position 2 .*{HAPPENED}") as caught:
                await run
            assert caught.value.retry_after_seconds > 1

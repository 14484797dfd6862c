"""Appending: expectations, atomicity, limits, and what the database itself refuses."""

import asyncio

import pytest

from tenantry.base import SystemClock
from tenantry.base.errors import TooLarge, Unavailable
from tenantry.db import Database, Transaction
from tenantry.eventlog import (
    ANY,
    EXISTS,
    NO_STREAM,
    Appended,
    AppendRequest,
    Conflict,
    EventLog,
    NewEvent,
    Outcome,
    StaleStream,
    StreamAppend,
)
from tenantry.telemetry import EventRecord, SpanRecord, subscribe
from tests.conformance.spine import (
    HAPPENED,
    TYPES,
    Gate,
    append,
    event,
    read_all,
    request,
    stored_events,
    stream,
)
from tests.support.waiting import eventually

CONFLICTS = [(0, 1), (0, 7), (0, EXISTS), (1, NO_STREAM), (1, 2), (2, 1), (1, -3)]


async def test_an_append_tells_its_positions_its_time_and_the_versions_before(
    log: EventLog,
) -> None:
    assert await append(log, request("one", count=2)) == Appended(
        first=1, last=2, recorded_at=1_705_314_600_000_000, versions=(0,)
    )
    outcome = await append(log, AppendRequest("acme", (stream("two"), stream("one", count=3))))
    assert (outcome.first, outcome.last, outcome.versions) == (3, 6, (0, 2))


async def test_what_was_appended_is_read_with_every_column(log: EventLog) -> None:
    await append(log, request("one"))
    await append(log, AppendRequest("globex", (stream("one", count=2), stream("two"))))

    rows = await stored_events(log)

    assert [(e.position, e.tenant_id, e.stream, e.version) for e in rows] == [
        (1, "acme", "one", 1),
        (2, "globex", "one", 1),
        (3, "globex", "one", 2),
        (4, "globex", "two", 1),
    ]
    # What a node remembers of its own appends is what the database has.
    assert await read_all(log) == rows


@pytest.mark.parametrize(
    "version, expected",
    [(0, ANY), (0, NO_STREAM), (1, ANY), (1, EXISTS), (1, 1), (3, EXISTS), (3, 3)],
)
async def test_an_expectation_that_holds_lets_the_append_through(
    log: EventLog, version: int, expected: int
) -> None:
    await append(log, request("other"))
    for _ in range(version):
        await append(log)
    assert isinstance(await log.append(request(expected=expected)), Appended)


@pytest.mark.parametrize("version, expected", CONFLICTS)
async def test_a_stale_expectation_is_a_conflict_with_the_numbers_in_it(
    log: EventLog, version: int, expected: int
) -> None:
    for _ in range(version):
        await append(log)
    assert await log.append(request(expected=expected)) == Conflict(
        (StaleStream("one", expected, version),)
    )
    assert (await log.head()).position == version


async def test_streams_of_the_same_name_belong_to_their_tenants(log: EventLog) -> None:
    await append(log, request(tenant="acme"))
    assert (await append(log, request(tenant="globex", expected=NO_STREAM))).versions == (0,)


async def test_an_append_reaches_all_of_its_streams_or_none(log: EventLog) -> None:
    await append(log, request("b"))
    wanted = AppendRequest(
        "acme",
        (stream("a", expected=NO_STREAM), stream("b", expected=5), stream("c", expected=EXISTS)),
    )
    assert await log.append(wanted) == Conflict(
        (StaleStream("b", 5, 1), StaleStream("c", EXISTS, 0))
    )
    assert [e.stream for e in await stored_events(log)] == ["b"]


async def test_a_stream_without_events_is_a_condition_only(log: EventLog) -> None:
    await append(log, request("policy"))

    holds = AppendRequest("acme", (StreamAppend("policy", 1), stream("one")))
    assert (await append(log, holds)).versions == (1, 0)
    stale = AppendRequest("acme", (stream("one"), StreamAppend("policy", 2)))
    assert await log.append(stale) == Conflict((StaleStream("policy", 2, 1),))

    assert [(e.stream, e.version) for e in await stored_events(log)] == [("policy", 1), ("one", 1)]


async def test_an_append_of_conditions_alone_writes_nothing(log: EventLog) -> None:
    await append(log)
    outcome = await append(log, AppendRequest("acme", (StreamAppend("one", 1),)))
    assert (outcome.first, outcome.last) == (2, 1)
    assert (await log.head()).position == 1


async def test_concurrent_appends_with_one_expectation_have_one_winner(log: EventLog) -> None:
    outcomes = await asyncio.gather(*(log.append(request(expected=NO_STREAM)) for _ in range(50)))
    assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 1
    assert outcomes.count(Conflict((StaleStream("one", 0, 1),))) == 49


async def test_what_waits_for_a_commit_goes_in_one_batch_in_the_order_it_came(
    log: EventLog,
) -> None:
    batches: list[int] = []

    def note(record: SpanRecord | EventRecord) -> None:
        if record.name == "tenantry.eventlog.appended":
            batches.append(record.attributes["event_count"])

    unsubscribe = subscribe(note)
    appends = [asyncio.create_task(log.append(request(f"s{n}"))) for n in range(300)]
    await asyncio.gather(*appends)
    unsubscribe()

    assert sum(batches) == 300
    assert len(batches) <= 3
    assert [e.stream for e in await stored_events(log)] == [f"s{n}" for n in range(300)]


async def test_requests_of_one_batch_see_those_before_them(log: EventLog) -> None:
    outcomes = await asyncio.gather(*(log.append(request(expected=n)) for n in range(20)))
    assert [o.versions for o in outcomes if isinstance(o, Appended)] == [(n,) for n in range(20)]


async def test_a_request_the_database_refuses_fails_alone(log: EventLog) -> None:
    async def attempt(wanted: AppendRequest) -> Outcome | Exception:
        try:
            return await log.append(wanted)
        except Exception as error:  # noqa: BLE001 - each driver has a class of its own
            return error

    broken = request("no text: \ud800")
    good, bad, other = await asyncio.gather(*map(attempt, [request(), broken, request("two")]))

    assert isinstance(good, Appended)
    assert isinstance(other, Appended)
    assert isinstance(bad, UnicodeError)
    assert [e.stream for e in await stored_events(log)] == ["one", "two"]


async def test_the_largest_append_goes_through_and_one_event_more_is_refused(
    log: EventLog,
) -> None:
    assert (await append(log, request(count=2_000))).last == 2_000
    with pytest.raises(TooLarge, match=r"2001 events.*at most 2000"):
        request(count=2_001)


async def test_the_largest_event_goes_through_whole(log: EventLog) -> None:
    largest = b'"' + b"x" * (256 * 1024 - 4) + b'"'
    await append(log, request(data=largest))
    (recorded,) = await stored_events(log)
    assert recorded.data == largest


async def test_an_event_whose_type_allows_more_may_be_larger(log: EventLog) -> None:
    data = b'"' + b"x" * 1_000_000 + b'"'
    large = NewEvent(HAPPENED, data, b"{}", max_bytes=1_100_000)
    await append(log, AppendRequest("acme", (StreamAppend("one", ANY, (large,)),)))
    (recorded,) = await stored_events(log)
    assert recorded.data == data


async def test_32_megabytes_go_through_in_one_append(log: EventLog) -> None:
    each = b'"' + b"x" * (256 * 1024 - 4) + b'"'
    await append(log, request(count=128, data=each))
    assert (await log.head()).position == 128
    with pytest.raises(TooLarge, match="at most 33554432 bytes in one append"):
        request(count=129, data=each)


async def test_small_appends_beside_a_large_one_keep_their_order_and_all_arrive(
    log: EventLog,
) -> None:
    each = b'"' + b"x" * 10_000 + b'"'
    requests = [request("small-a"), request("large", count=2_000, data=each), request("small-b")]
    outcomes = await asyncio.gather(*(log.append(wanted) for wanted in requests))
    assert [o.first for o in outcomes if isinstance(o, Appended)] == [1, 2, 2_002]


async def test_an_append_cancelled_while_it_waits_is_never_appended(log: EventLog) -> None:
    gate = Gate()
    blocking = asyncio.create_task(log.database.append(gate.pass_through))
    await eventually(gate.entered.is_set)

    tasks = [asyncio.create_task(log.append(request("one")))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(log.append(request(name))) for name in ("two", "three")]
    await asyncio.sleep(0)
    tasks[1].cancel()
    gate.open()

    await asyncio.gather(blocking, *tasks, return_exceptions=True)
    assert [e.stream for e in await stored_events(log)] == ["one", "three"]


async def test_appends_beyond_the_bound_of_the_queue_are_unavailable(database: Database) -> None:
    log = EventLog(database=database, clock=SystemClock(), types=TYPES, queue_max=2)
    await log.start()
    outcomes = await asyncio.gather(
        *(log.append(request()) for _ in range(5)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
    assert len(refused) == 3
    assert all(error.retry_after_seconds > 0 for error in refused)
    await log.stop()


async def test_stop_answers_what_was_taken_in_and_refuses_what_comes_after(
    database: Database,
) -> None:
    log = EventLog(database=database, clock=SystemClock(), types=TYPES)
    with pytest.raises(Unavailable, match="not open"):
        await log.append(request())
    await log.start()

    waiting = [asyncio.create_task(log.append(request())) for _ in range(20)]
    await asyncio.sleep(0)
    await log.stop()
    await log.stop()

    assert all(isinstance(task.result(), Appended) for task in waiting)
    with pytest.raises(Unavailable, match="not open"):
        await log.append(request())
    await log.start()
    assert (await append(log)).first == 21
    await log.stop()


async def test_a_listener_that_fails_does_not_fail_what_is_durable(log: EventLog) -> None:
    def failing(_events: object) -> None:
        raise RuntimeError("a bug in a projection")

    log.on_recorded(failing)
    assert (await append(log)).first == 1
    assert (await append(log)).first == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET data = data WHERE position = 1",
        "UPDATE events SET hash = hash",
        "DELETE FROM events WHERE position = 2",
        "DELETE FROM events",
    ],
)
async def test_the_database_refuses_to_change_or_remove_events(
    log: EventLog, statement: str
) -> None:
    await append(log, request(count=2))
    await _is_refused(log, statement, match="never changed|never removed|changed or removed")


async def test_postgresql_refuses_to_truncate_events(postgres_log: EventLog) -> None:
    await append(postgres_log)
    await _is_refused(postgres_log, "TRUNCATE events", match="changed or removed")
    await _is_refused(postgres_log, "TRUNCATE events CASCADE", match="changed or removed")


async def test_sqlite_refuses_a_gap_and_a_replacement(sqlite_log: EventLog) -> None:
    await append(sqlite_log, request(count=2))
    row = "'acme', 'one', {version}, 'x', x'7b7d', x'7b7d', 1, zeroblob(32)"
    for position in (2, 4, 1, -1):
        values = f"({position}, {row.format(version=3)})"
        await _is_refused(
            sqlite_log, f"INSERT INTO events VALUES {values}", match="next one|UNIQUE"
        )
        await _is_refused(
            sqlite_log, f"INSERT OR REPLACE INTO events VALUES {values}", match="next one"
        )
    await _is_refused(
        sqlite_log,
        f"INSERT OR REPLACE INTO events VALUES (3, {row.format(version=1)})",
        match="never removed",
    )


async def test_one_version_of_a_stream_exists_once(log: EventLog) -> None:
    await append(log)
    zero = (
        "zeroblob(32)" if log.database.dialect == "sqlite" else r"decode(repeat('00', 32), 'hex')"
    )
    empty = "x''" if log.database.dialect == "sqlite" else "''"
    await _is_refused(
        log,
        "INSERT INTO events "
        f"VALUES (2, 'acme', 'one', 1, 'x', {empty}, {empty}, 9223372036854775807, {zero})",
        match=r"(?i)unique",
    )


async def _is_refused(log: EventLog, statement: str, *, match: str) -> None:
    def unit(tx: Transaction) -> None:
        tx.connection.execute(statement)

    before = await stored_events(log)
    with pytest.raises(Exception, match=match):
        await log.database.administer(unit)
    assert await stored_events(log) == before


def test_events_are_small_values() -> None:
    assert event() == event()
    assert hash(request()) == hash(request())

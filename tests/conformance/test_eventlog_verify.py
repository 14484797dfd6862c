"""The hash chain, and that `verify` finds whatever was changed behind the log's back."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio

from tenantry.db import Database, Transaction
from tenantry.eventlog import (
    ANY,
    AppendRequest,
    EventLog,
    Fault,
    StoredProjectionRunner,
    StreamAppend,
    VerifyReport,
    verify,
)
from tenantry.eventlog.chain import GENESIS, chain_hash
from tests.conformance.projections import Counter
from tests.conformance.spine import (
    TEST,
    append,
    append_many,
    blob,
    event,
    request,
    running_database,
    running_log,
    tamper,
)

EVENTS = 10
OTHER = b'{"n":7}'
WRONG_HASH = "its hash is not that of its columns and the one before"
COLUMNS = "position, tenant_id, stream, version, type, data, metadata, recorded_at, hash"

Row = tuple[int, str, str, int, str, bytes, bytes, int, bytes]


def rows_with_hashes(tx: Transaction) -> list[Row]:
    return list(tx.connection.execute(f"SELECT {COLUMNS} FROM events ORDER BY position"))


@pytest_asyncio.fixture
async def written(database_url: str) -> AsyncIterator[Database]:
    """A database with ten events, two at a time, in two streams."""
    async with running_log(database_url) as log:
        for n in range(EVENTS // 2):
            await append(log, AppendRequest("acme", tuple(_streams(n))))
    async with running_database(database_url) as database:
        yield database


def _streams(n: int) -> list[StreamAppend]:
    return [StreamAppend(name, ANY, (event(b'{"n":%d}' % n),)) for name in ("a", "b")]


async def test_both_databases_compute_the_chain_that_python_does(log: EventLog) -> None:
    awkward = ["é🚀".encode(), b"", b'"\\u0000"', b"x" * 100_000]
    for n, data in enumerate(awkward):
        streams = tuple(
            StreamAppend(name, ANY, (event(data, metadata=b"{}" * n),)) for name in ("a", "ü\n🚀")
        )
        await append(log, AppendRequest(f"tenant-{n}", streams))

    rows = await log.database.read(TEST, rows_with_hashes)

    assert chain_hash(GENESIS, *rows[0][:8]) == rows[0][8]
    for before, row in pairwise(rows):
        assert chain_hash(before[8], *row[:8]) == row[8]
    assert (await log.head()).hash == rows[-1][8]


async def test_an_empty_log_is_intact(database: Database) -> None:
    report = await verify(database)
    assert report.is_intact
    assert (report.events_checked, report.head_position) == (0, 0)


async def test_an_untouched_log_is_intact_and_its_end_is_told(written: Database) -> None:
    told: list[tuple[int, int]] = []
    rows = await written.read(TEST, rows_with_hashes)
    expect = (EVENTS // 2, rows[EVENTS // 2 - 1][8])

    report = await verify(
        written, expect=expect, progress=lambda done, total: told.append((done, total))
    )

    assert report.fault is None
    assert report.events_checked == report.head_position == EVENTS
    assert report.head_hash == rows[-1][8].hex()
    assert told == [(EVENTS, EVENTS)]


async def test_a_log_of_several_pages_is_walked_whole(log: EventLog) -> None:
    await append_many(log, 12_000)
    assert (await verify(log.database)).events_checked == 12_000
    await tamper(log.database, "UPDATE events SET version = 99999 WHERE position = 11000")
    report = await verify(log.database)
    assert report.fault == Fault(11_000, "version 99999 is not the next of its stream")


@pytest.mark.parametrize(
    "change",
    [
        "data = {other}",
        "metadata = {other}",
        "type = 'tests.other.v1'",
        "tenant_id = 'globex', version = 1",
        "stream = 'c', version = 1",
        "hash = {zeros}",
    ],
)
async def test_a_changed_column_is_found_at_its_position(written: Database, change: str) -> None:
    change = change.format(other=blob(written, OTHER), zeros=blob(written, bytes(32)))
    await tamper(written, f"UPDATE events SET {change} WHERE position = 5")
    assert (await verify(written)).fault == Fault(5, WRONG_HASH)


async def test_a_changed_time_is_found_even_where_it_keeps_the_order(written: Database) -> None:
    # The sixth came a microsecond after the fifth, and the seventh a commit later.
    await tamper(written, "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 6")
    assert (await verify(written)).fault == Fault(6, WRONG_HASH)


async def test_a_time_that_goes_back_is_found(written: Database) -> None:
    await tamper(written, "UPDATE events SET recorded_at = recorded_at - 999999 WHERE position = 5")
    assert (await verify(written)).fault == Fault(5, "its time is not after the one before")


async def test_an_event_whose_hash_was_made_to_fit_is_found_at_the_next(written: Database) -> None:
    rows = await written.read(TEST, rows_with_hashes)
    forged = list(rows[4])
    forged[5] = OTHER
    hash_ = chain_hash(rows[3][8], *forged[:8])  # type: ignore[arg-type]  # a row is a tuple of both
    changes = f"data = {blob(written, OTHER)}, hash = {blob(written, hash_)}"
    await tamper(written, f"UPDATE events SET {changes} WHERE position = 5")
    assert (await verify(written)).fault == Fault(6, WRONG_HASH)


async def test_swapped_events_are_found(written: Database) -> None:
    await tamper(
        written,
        "UPDATE events SET position = 100 WHERE position = 4",
        "UPDATE events SET position = 4 WHERE position = 5",
        "UPDATE events SET position = 5 WHERE position = 100",
    )
    fault = (await verify(written)).fault
    assert fault is not None
    assert fault.position == 4


async def test_an_event_removed_in_the_middle_is_found(written: Database) -> None:
    await tamper(written, "DELETE FROM events WHERE position = 5")
    assert (await verify(written)).fault == Fault(5, "this position is missing")


async def test_events_removed_at_the_beginning_are_found(written: Database) -> None:
    await tamper(written, "DELETE FROM events WHERE position <= 3")
    assert (await verify(written)).fault == Fault(1, "this position is missing")


async def test_a_tail_that_was_cut_off_is_found_by_the_head(written: Database) -> None:
    await tamper(written, "DELETE FROM events WHERE position > 7")
    fault = (await verify(written)).fault
    assert fault == Fault(8, "this position and all behind it are missing")


async def test_a_log_emptied_as_a_whole_is_found_by_the_head(written: Database) -> None:
    await tamper(written, "DELETE FROM events")
    assert (await verify(written)).fault is not None


async def test_an_event_added_behind_the_head_is_found(written: Database) -> None:
    await tamper(
        written,
        f"INSERT INTO events SELECT 11, tenant_id, 'new', 1, type, data, metadata, "
        f"recorded_at + 1, hash FROM events WHERE position = {EVENTS}",
        f"UPDATE log_head SET position = {EVENTS}",
    )
    fault = (await verify(written)).fault
    assert fault == Fault(11, "an event behind the head")


async def test_a_head_that_remembers_another_hash_is_found(written: Database) -> None:
    await tamper(written, f"UPDATE log_head SET hash = {blob(written, bytes(32))}")
    assert (await verify(written)).fault == Fault(EVENTS, "the head remembers another hash")


async def test_a_tail_cut_off_with_its_head_is_found_by_a_checkpoint(database_url: str) -> None:
    async with running_log(database_url) as log:
        await append(log, request(count=EVENTS))
        counter = Counter()
        await log.database.administer(counter.create)
        await StoredProjectionRunner(log=log, projection=counter).advance()

        await _cut_off_with_head(log.database, behind=7)
        fault = (await verify(log.database)).fault
        assert fault == Fault(8, "the log ends here, but checkpoint counter is at 10")


async def test_a_tail_cut_off_with_its_head_is_found_by_a_snapshot(written: Database) -> None:
    def remember(tx: Transaction) -> None:
        tx.connection.execute(
            "INSERT INTO snapshots (projection, state_version, position, hash, chunk_count, "
            "created_at) SELECT 'configs', 1, position, hash, 0, 0 FROM events WHERE position = 9"
        )

    await written.administer(remember)
    assert (await verify(written)).is_intact
    await _cut_off_with_head(written, behind=7)
    fault = (await verify(written)).fault
    assert fault == Fault(8, "the log ends here, but snapshot configs is at 9")


async def test_a_log_rewritten_as_a_whole_is_found_by_what_was_written_down_elsewhere(
    written: Database,
) -> None:
    head_hash = bytes.fromhex((await verify(written)).head_hash)
    await _cut_off_with_head(written, behind=7)

    assert (await verify(written)).is_intact
    fault = (await verify(written, expect=(EVENTS, head_hash))).fault
    assert fault == Fault(8, "the log ends here, but the expected hash is at 10")
    fault = (await verify(written, expect=(7, head_hash))).fault
    assert fault == Fault(7, "the expected hash remembers another hash")


async def test_an_intact_log_is_never_suspected_while_it_grows(log: EventLog) -> None:
    counter = Counter()
    await log.database.administer(counter.create)
    runner = StoredProjectionRunner(log=log, projection=counter)
    is_done = False

    async def grow() -> None:
        while not is_done:
            await append(log, request(count=20))
            await runner.advance()

    growing = asyncio.create_task(grow())
    reports: list[VerifyReport] = []
    async with asyncio.timeout(60):
        while len(reports) < 25 or reports[-1].head_position == reports[0].head_position:
            reports.append(await verify(log.database))
    is_done = True
    await growing

    assert {report.fault for report in reports} == {None}


async def _cut_off_with_head(database: Database, *, behind: int) -> None:
    last = f"FROM events WHERE position = {behind}"
    await tamper(
        database,
        f"DELETE FROM events WHERE position > {behind}",
        f"UPDATE log_head SET position = {behind}, hash = (SELECT hash {last}), "
        f"recorded_at = (SELECT recorded_at {last})",
    )

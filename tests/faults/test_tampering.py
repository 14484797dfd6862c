"""Changes made by hand, past every trigger, and the position where `verify` finds them."""

import asyncio
import contextlib
import itertools
from pathlib import Path

import apsw
import psycopg
import pytest

from tenantry.eventlog import EventLog, Fault, verify
from tenantry.eventlog.chain import chain_hash
from tests.faults.logs import append, assert_intact, opened_log

COUNT = 20

ONE_BEHIND_THE_END = """
INSERT INTO events (
    position, tenant_id, stream, version, type, data, metadata, recorded_at, hash
)
SELECT 21, tenant_id, stream, 21, type, data, metadata, recorded_at + 1, hash
FROM events WHERE position = 20
"""
HEAD_MOVED_BACK = """
UPDATE log_head SET (position, hash, recorded_at) = (
    SELECT position, hash, recorded_at FROM events WHERE position = 15
)
"""

# What is done, and the first position that is no longer as it was recorded.
TAMPERINGS: dict[str, tuple[list[str], int]] = {
    "data changed": (["UPDATE events SET data = metadata WHERE position = 5"], 5),
    "metadata changed": (["UPDATE events SET metadata = data WHERE position = 5"], 5),
    "type changed": (["UPDATE events SET type = 'forged' WHERE position = 5"], 5),
    "tenant changed": (["UPDATE events SET tenant_id = 'other' WHERE position = 5"], 5),
    "time changed": (["UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 5"], 5),
    "version changed": (["UPDATE events SET version = 99 WHERE position = 5"], 5),
    "hash changed": (
        [
            "UPDATE events SET hash = (SELECT hash FROM log_head) WHERE position = 5",
        ],
        5,
    ),
    "moved to another stream": (
        ["UPDATE events SET stream = 'other', version = 1 WHERE position = 5"],
        5,
    ),
    "two swapped": (
        [
            "UPDATE events SET position = -5 WHERE position = 5",
            "UPDATE events SET position = 5 WHERE position = 6",
            "UPDATE events SET position = 6 WHERE position = -5",
        ],
        5,
    ),
    "first removed": (["DELETE FROM events WHERE position = 1"], 1),
    "one removed": (["DELETE FROM events WHERE position = 5"], 5),
    "one removed, the gap closed": (
        [
            "DELETE FROM events WHERE position = 5",
            "UPDATE events SET position = -position WHERE position > 5",
            "UPDATE events SET position = -position - 1 WHERE position < 0",
            "UPDATE log_head SET position = position - 1",
        ],
        5,
    ),
    "tail cut off": (["DELETE FROM events WHERE position > 15"], 16),
    "one put behind the end": ([ONE_BEHIND_THE_END], 21),
    "head changed": (["UPDATE log_head SET recorded_at = recorded_at + 1"], 20),
}

CUT_WITH_ITS_HEAD = ["DELETE FROM events WHERE position > 15", HEAD_MOVED_BACK]


@pytest.fixture
async def written(database_url: str) -> str:
    """The URL of a log of twenty events, closed."""
    await _write(database_url)
    return database_url


@pytest.mark.parametrize("statements, position", TAMPERINGS.values(), ids=TAMPERINGS.keys())
async def test_tampering_is_found_at_the_first_bad_position(
    written: str, statements: list[str], position: int
) -> None:
    _tamper(written, statements)

    fault = await _verify(written)

    assert fault is not None
    assert fault.position == position


async def test_an_untouched_log_is_intact(written: str) -> None:
    _tamper(written, [])

    assert await _verify(written) is None


async def test_a_tail_cut_off_with_its_head_is_found_by_what_remembers_it(written: str) -> None:
    async with opened_log(written) as log:
        head = await log.head()
    _tamper(written, CUT_WITH_ITS_HEAD)

    assert await _verify(written) is None
    fault = await _verify(written, expect=(head.position, head.hash))
    assert fault is not None
    assert fault.position == 16


async def test_a_tail_cut_off_with_its_head_is_found_by_a_checkpoint(written: str) -> None:
    remember = "INSERT INTO checkpoints SELECT 'some', position, hash FROM log_head"
    _tamper(written, [remember, *CUT_WITH_ITS_HEAD])

    fault = await _verify(written)

    assert fault is not None
    assert fault.position == 16


async def test_a_history_that_was_rewritten_with_its_hashes_is_found_by_an_expected_one(
    written: str,
) -> None:
    async with opened_log(written) as log:
        head = await log.head()
    await _rewrite_from(written, 5)

    assert await _verify(written) is None
    fault = await _verify(written, expect=(head.position, head.hash))
    assert fault is not None
    assert fault.position == head.position


@pytest.mark.parametrize("number", [0, 7, COUNT - 1])
async def test_a_byte_changed_in_the_file_is_found(
    sqlite_url: str, tmp_path: Path, number: int
) -> None:
    await _write(sqlite_url)
    file = tmp_path / "tenantry.db"
    content = file.read_bytes()
    data = f'"raw-{number:06}"'.encode()
    assert data in content

    file.write_bytes(content.replace(data, data.replace(b"raw", b"rew")))

    fault = await _verify(sqlite_url)
    assert fault is not None
    assert fault.position == number + 1


async def test_a_log_that_grows_while_it_is_verified_is_intact(database_url: str) -> None:
    async with opened_log(database_url) as log:
        growing = asyncio.create_task(_append_for_ever(log))
        for _ in range(30):
            await assert_intact(log)
        growing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await growing


async def _write(url: str) -> None:
    async with opened_log(url) as log:
        await asyncio.gather(*(append(log, f"raw-{number:06}") for number in range(COUNT)))


async def _append_for_ever(log: EventLog) -> None:
    for number in itertools.count():
        await append(log, f"{number}")


async def _verify(url: str, *, expect: tuple[int, bytes] | None = None) -> Fault | None:
    async with opened_log(url) as log:
        return (await verify(log.database, expect=expect)).fault


async def _rewrite_from(url: str, position: int) -> None:
    """Change one event and compute every hash behind it anew, as a careful forger would."""
    async with opened_log(url) as log:
        events = await log.read()
    statements = []
    previous = bytes(32)

    for event in events:
        data = b'"forged"' if event.position == position else event.data
        previous = chain_hash(
            previous,
            event.position,
            event.tenant_id,
            event.stream,
            event.version,
            event.type,
            data,
            event.metadata,
            event.recorded_at,
        )
        statements.append(
            f"UPDATE events SET data = {_blob(url, data)}, hash = {_blob(url, previous)}"
            f" WHERE position = {event.position}"
        )
    _tamper(url, [*statements, f"UPDATE log_head SET hash = {_blob(url, previous)}"])


def _tamper(url: str, statements: list[str]) -> None:
    """Do what the triggers would refuse, as somebody with the file or a superuser's password."""
    if url.startswith("sqlite:"):
        connection = apsw.Connection(url.removeprefix("sqlite:///"))
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')
        for statement in statements:
            connection.execute(statement)
        connection.close()
        return

    with psycopg.connect(url) as server:
        server.execute("ALTER TABLE events DISABLE TRIGGER ALL")
        for statement in statements:
            server.execute(statement.encode())


def _blob(url: str, value: bytes) -> str:
    return f"x'{value.hex()}'" if url.startswith("sqlite:") else f"'\\x{value.hex()}'::bytea"

"""SQLite on a disk that is full or broken: nobody hangs, nothing half is kept, it heals."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tenantry.base.errors import Invalid, Unavailable
from tenantry.db import Transaction
from tenantry.eventlog import Appended, EventLog
from tenantry.testing.vfs import Failure, FaultyDisk, Operation
from tests.faults.logs import append, assert_intact, opened_log, request, stored_keys
from tests.faults.projections import SYSTEM
from tests.support.waiting import eventually

DEADLINE_SECONDS = 20

# How a commit can fail: the WAL cannot grow, cannot be written, cannot be synced.
COMMIT_FAULTS: list[tuple[Operation, Failure]] = [
    ("write", "full"),
    ("write", "io"),
    ("sync", "io"),
    ("sync", "full"),
]


@pytest.fixture
async def log(tmp_path: Path, disk: FaultyDisk) -> AsyncIterator[EventLog]:
    async with _opened(tmp_path, disk) as log:
        yield log


@pytest.mark.parametrize("operation, failure", COMMIT_FAULTS)
async def test_a_commit_that_fails_is_unavailable_to_every_waiter_and_stores_nothing(
    log: EventLog, disk: FaultyDisk, operation: Operation, failure: Failure
) -> None:
    await append(log, "before")
    disk.fail(operation, failure, file="wal")

    async with asyncio.timeout(DEADLINE_SECONDS):
        refused = await _append_all(log, 50)

    assert {type(outcome) for outcome in refused} == {Unavailable}
    assert await stored_keys(log) == ["before"]


@pytest.mark.parametrize("operation, failure", COMMIT_FAULTS)
async def test_the_log_goes_on_by_itself_when_the_disk_works_again(
    log: EventLog, disk: FaultyDisk, operation: Operation, failure: Failure
) -> None:
    await append(log, "before")
    disk.fail(operation, failure, file="wal")
    async with asyncio.timeout(DEADLINE_SECONDS):
        await _append_all(log, 10)
    assert not log.database.is_ready

    disk.mend()

    await eventually(lambda: log.database.is_ready)
    assert (await append(log, "after")).first == 2
    assert await stored_keys(log) == ["before", "after"]
    await assert_intact(log)


async def test_a_full_disk_in_one_append_leaves_the_next_ones_dense(
    log: EventLog, disk: FaultyDisk
) -> None:
    for number in range(30):
        if number % 3 == 0:
            disk.fail("write", "full", file="wal", times=1)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await _append_all(log, 5, prefix=f"{number}-")

    positions = [(await append(log, f"last-{n}")).first for n in range(3)]
    assert positions == [*range(positions[0], positions[0] + 3)]
    assert len(await stored_keys(log)) == positions[-1]
    await assert_intact(log)


@pytest.mark.parametrize("bad", range(4))
async def test_a_disk_that_fills_up_in_one_unit_of_a_group_undoes_the_group(
    log: EventLog, disk: FaultyDisk, bad: int
) -> None:
    """Its pages do not fit the cache, so they are written to the WAL in the middle of the unit."""
    await log.database.write(SYSTEM, _make_table)
    answers = await _write_group(log, disk, bad=bad, count=4)

    assert {type(answer) for answer in answers} == {Unavailable}
    assert await log.database.read(SYSTEM, _rows) == []
    await eventually(lambda: log.database.is_ready)
    await log.database.write(SYSTEM, _insert, 9, disk)
    assert await log.database.read(SYSTEM, _rows) == [9]
    assert (await append(log, "after")).first == 1
    await assert_intact(log)


async def test_an_exception_in_commit_is_unavailable_to_every_waiter(log: EventLog) -> None:
    await append(log, "before")

    refused = await _as_one_group(
        log,
        log.database.write(SYSTEM, _fail_in_commit),
        *(log.append(request(f"refused-{number}")) for number in range(20)),
    )

    assert {type(outcome) for outcome in refused} == {Unavailable}
    await eventually(lambda: log.database.is_ready)
    assert (await append(log, "after")).first == 2
    assert await stored_keys(log) == ["before", "after"]
    await assert_intact(log)


async def test_a_refusal_that_rests_on_a_lost_write_is_not_told(
    log: EventLog, disk: FaultyDisk
) -> None:
    await log.database.write(SYSTEM, _make_table)
    disk.fail("sync", "io", file="wal", times=1)

    outcomes = await _as_one_group(
        log,
        log.database.write(SYSTEM, _insert, 1, disk),
        log.database.write(SYSTEM, _refuse_if_there, 1),
    )

    assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
    assert await log.database.read(SYSTEM, _rows) == []


async def test_reads_go_on_while_nothing_can_be_written(log: EventLog, disk: FaultyDisk) -> None:
    await append(log, "before")
    disk.fail("write", "full")
    async with asyncio.timeout(DEADLINE_SECONDS):
        await _append_all(log, 5)

    assert (await log.head()).position == 1
    assert await stored_keys(log) == ["before"]
    await log.database.ping()
    await assert_intact(log)


async def test_a_read_that_fails_is_unavailable_and_the_next_one_works(
    log: EventLog, disk: FaultyDisk
) -> None:
    await append(log, "before")
    disk.fail("read", "io", times=1)

    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(Unavailable):
            await log.head()

    assert (await log.head()).position == 1


async def test_a_refused_write_does_not_make_a_full_disk_look_ready(
    log: EventLog, disk: FaultyDisk
) -> None:
    """A group that writes nothing commits on a full disk too; it proves nothing."""
    await append(log, "before")
    disk.fail("write", "full", file="wal")
    async with asyncio.timeout(DEADLINE_SECONDS):
        await _append_all(log, 1)
    assert not log.database.is_ready

    await log.database.write(SYSTEM, _write_nothing)

    assert not log.database.is_ready


async def test_a_checkpoint_that_fails_loses_nothing(tmp_path: Path, disk: FaultyDisk) -> None:
    async with _opened(tmp_path, disk) as log:
        disk.fail("sync", "io", file="database")
        disk.fail("write", "full", file="database")
        await _append_all(log, 20)
        await eventually(lambda: disk.failure_count > 0)
        assert log.database.is_ready

    disk.mend()
    async with _opened(tmp_path, disk) as log:
        assert len(await stored_keys(log)) == 20
        await assert_intact(log)


async def test_a_database_on_a_full_disk_is_unavailable_and_opens_later(
    tmp_path: Path, disk: FaultyDisk
) -> None:
    disk.fail("write", "full")
    with pytest.raises(Unavailable):
        async with _opened(tmp_path, disk):
            pass

    disk.mend()
    async with _opened(tmp_path, disk) as log:
        await append(log, "first")


async def test_a_real_full_disk_refuses_writes_serves_reads_and_heals(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    async with opened_log(f"sqlite:///{small_disk / 'tenantry.db'}") as log:
        await append(log, "before")
        _fill(ballast)

        acknowledged, refused = ["before"], 0
        async with asyncio.timeout(DEADLINE_SECONDS):
            while refused == 0:
                outcomes = await _append_named(log, 20, prefix=f"{len(acknowledged)}-")
                acknowledged += [key for key, outcome in outcomes if isinstance(outcome, Appended)]
                refused += sum(isinstance(outcome, Unavailable) for _, outcome in outcomes)

        assert not log.database.is_ready
        assert sorted(await stored_keys(log)) == sorted(acknowledged)

        ballast.unlink()
        await eventually(lambda: log.database.is_ready)
        assert (await append(log, "after")).first == len(acknowledged) + 1
        await assert_intact(log)


@asynccontextmanager
async def _opened(folder: Path, disk: FaultyDisk) -> AsyncIterator[EventLog]:
    async with opened_log(f"sqlite:///{folder / 'tenantry.db'}?vfs={disk.name}") as log:
        yield log
        # What is still scripted would also hit the close.
        disk.mend()


async def _append_named(log: EventLog, count: int, *, prefix: str = "") -> list[tuple[str, object]]:
    keys = [f"{prefix}{number}" for number in range(count)]
    outcomes = await asyncio.gather(
        *(log.append(request(key)) for key in keys), return_exceptions=True
    )
    return list(zip(keys, outcomes, strict=True))


async def _append_all(log: EventLog, count: int, *, prefix: str = "") -> list[object]:
    return [outcome for _, outcome in await _append_named(log, count, prefix=prefix)]


async def _write_group(log: EventLog, disk: FaultyDisk, *, bad: int, count: int) -> list[object]:
    """Write `count` units as one group, in whose unit `bad` the disk is full."""
    return await _as_one_group(
        log,
        *(
            log.database.write(SYSTEM, _insert_large if number == bad else _insert, number, disk)
            for number in range(count)
        ),
    )


async def _as_one_group(log: EventLog, *writes: Coroutine[Any, Any, object]) -> list[object]:
    """Let the writer commit all of `writes` at once; returns their outcomes."""
    started, release = threading.Event(), threading.Event()
    blocker = asyncio.create_task(log.database.write(SYSTEM, _hold, started, release))
    # What comes while the blocker runs is the next group.
    await eventually(started.is_set)
    tasks = [asyncio.create_task(write) for write in writes]
    # Appends reach the writer a few turns of the loop later, through the appender's task.
    for _ in range(5):
        await asyncio.sleep(0)
    release.set()

    async with asyncio.timeout(DEADLINE_SECONDS):
        await blocker
        return list(await asyncio.gather(*tasks, return_exceptions=True))


def _hold(_tx: Transaction, started: threading.Event, release: threading.Event) -> None:
    started.set()
    assert release.wait(DEADLINE_SECONDS)


def _make_table(tx: Transaction) -> None:
    tx.connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, data BLOB)")


def _insert(tx: Transaction, number: int, _disk: FaultyDisk) -> None:
    tx.connection.execute("INSERT INTO rows VALUES (?, 'x')", (number,))


def _insert_large(tx: Transaction, number: int, disk: FaultyDisk) -> None:
    # A cache of ten pages cannot hold a row of two hundred.
    tx.connection.execute("PRAGMA cache_size=10")
    disk.fail("write", "full", file="wal", times=1)
    tx.connection.execute("INSERT INTO rows VALUES (?, zeroblob(800000))", (number,))


def _refuse_if_there(tx: Transaction, number: int) -> None:
    if number in _rows(tx):
        raise Invalid(field="number", got=number, wants="one that is not there")


def _rows(tx: Transaction) -> list[int]:
    return [number for (number,) in tx.connection.execute("SELECT number FROM rows").fetchall()]


def _write_nothing(_tx: Transaction) -> None:
    pass


def _fail_in_commit(tx: Transaction) -> None:
    """Make this commit fail, once, for a reason that has nothing to do with the disk."""
    scripted = [RuntimeError("the commit hook failed, as scripted")]

    def refuse() -> bool:
        if scripted:
            raise scripted.pop()
        return False

    tx.connection.set_commit_hook(refuse)


def _fill(file: Path) -> None:
    """Leave no room on the disk but a few pages."""
    block = bytes(65536)
    with file.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while ballast.write(block) == len(block):
            pass

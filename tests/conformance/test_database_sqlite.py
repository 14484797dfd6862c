"""What only SQLite needs: one owner of the file, a safe library, and a WAL that does not grow."""

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from tenantry.base.errors import Unavailable
from tenantry.db import Transaction, open_database
from tenantry.db.sqlite import checkpoint
from tests.conformance.spine import TEST, running_database
from tests.support.waiting import eventually

MEGABYTE = 1024 * 1024

OPEN_FROM_OUTSIDE = """
import asyncio, sys
from tenantry.db import open_database
asyncio.run(open_database(sys.argv[1]).start())
"""


def fill(tx: Transaction) -> None:
    tx.connection.execute("CREATE TABLE IF NOT EXISTS filler (data BLOB)")
    tx.connection.execute("INSERT INTO filler VALUES (randomblob(?))", (MEGABYTE,))


def bytes_of(file: Path) -> int:
    return file.stat().st_size


def wal_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///") + "-wal")


async def test_a_second_instance_is_refused_with_the_process_that_has_the_file(
    sqlite_url: str,
) -> None:
    async with running_database(sqlite_url) as first:
        second = open_database(sqlite_url)
        with pytest.raises(Unavailable, match=f"in use by process {os.getpid()}$") as caught:
            await second.start()
        assert caught.value.code == "database_in_use"

        await first.stop()
        await second.start()
        await second.stop()


async def test_a_second_process_is_refused(sqlite_url: str) -> None:
    async with running_database(sqlite_url):
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", OPEN_FROM_OUTSIDE, sqlite_url],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"in use by process {os.getpid()}" in done.stderr


async def test_a_library_that_can_corrupt_the_file_is_refused_and_a_newer_one_may_follow(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(sqlite_url)
    with monkeypatch.context() as patch:
        patch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
        with pytest.raises(Unavailable, match=r"3\.51\.2.*3\.51\.3") as caught:
            await database.start()
        assert caught.value.code == "sqlite_unsafe"

    await database.start()
    await database.stop()


async def test_a_file_that_cannot_be_opened_is_told_by_its_name(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "log.db", tmp_path):
        with pytest.raises(Unavailable, match=str(path)):
            await open_database(f"sqlite:///{path}").start()


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"Dear database, " * 1_000)
    with pytest.raises(Unavailable, match="NotADBError"):
        await open_database(f"sqlite:///{path}").start()
    assert path.read_bytes() == b"Dear database, " * 1_000


async def test_every_commit_is_synced_and_no_reader_checkpoints(sqlite_url: str) -> None:
    def pragma(tx: Transaction, name: str) -> object:
        return tx.connection.pragma(name)

    async with running_database(sqlite_url) as database:
        assert await database.write(TEST, pragma, "journal_mode") == "wal"
        assert await database.write(TEST, pragma, "synchronous") == 2
        assert await database.write(TEST, pragma, "wal_autocheckpoint") == 0
        assert await database.read(TEST, pragma, "wal_autocheckpoint") == 0
        assert await database.read(TEST, pragma, "query_only") == 1


async def test_the_wal_goes_back_into_the_file_when_nobody_writes(sqlite_url: str) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    async with running_database(sqlite_url) as database:
        for count in range(1, 6):
            await database.write(TEST, fill)
            await eventually(lambda: bytes_of(file) > count * MEGABYTE)  # noqa: B023 - awaited here

        # What has gone back made room for the next.
        assert bytes_of(wal_of(sqlite_url)) < 2 * MEGABYTE


async def test_the_wal_is_written_from_its_beginning_again_even_under_load(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "FOLD_PAGES", 256)
    async with running_database(sqlite_url) as database:
        for _ in range(40):
            await database.write(TEST, fill)
        assert bytes_of(wal_of(sqlite_url)) < 4 * MEGABYTE


async def test_what_a_reader_still_needs_stays_in_the_wal_and_holds_up_nobody(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "FOLD_PAGES", 256)
    is_begun, is_over = threading.Event(), threading.Event()

    def read_for_long(tx: Transaction) -> int:
        tx.connection.execute("SELECT count(*) FROM filler").fetchone()
        is_begun.set()
        is_over.wait(30)
        return int(tx.connection.execute("SELECT count(*) FROM filler").fetchone()[0])

    async with running_database(sqlite_url) as database:
        await database.write(TEST, fill)
        reading = asyncio.create_task(database.read(TEST, read_for_long))
        await asyncio.to_thread(is_begun.wait, 30)
        for _ in range(10):
            await database.write(TEST, fill)
        held = bytes_of(wal_of(sqlite_url))
        is_over.set()
        assert await reading == 1

        for _ in range(40):
            await database.write(TEST, fill)
        assert held > 8 * MEGABYTE
        assert bytes_of(wal_of(sqlite_url)) < held + 4 * MEGABYTE


async def test_the_wal_is_cut_above_its_bound_even_under_load(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "TRUNCATE_ABOVE_BYTES", 4 * MEGABYTE)
    monkeypatch.setattr(checkpoint, "FOLD_PAGES", 1_000_000)
    longest = 0
    async with running_database(sqlite_url) as database:
        for _ in range(20):
            await database.write(TEST, fill)
            longest = max(longest, bytes_of(wal_of(sqlite_url)))
    assert 2 * MEGABYTE < longest < 7 * MEGABYTE


async def test_a_stopped_database_is_one_file(sqlite_url: str) -> None:
    async with running_database(sqlite_url) as database:
        await database.write(TEST, fill)
    assert not wal_of(sqlite_url).exists()


async def test_a_unit_that_breaks_the_writer_leaves_the_next_one_a_new_connection(
    sqlite_url: str,
) -> None:
    def breaking(tx: Transaction) -> None:
        tx.connection.close(force=True)
        raise SystemExit

    async with running_database(sqlite_url) as database:
        with pytest.raises(Unavailable, match="writer died"):
            await database.write(TEST, breaking)

        async def works() -> bool:
            try:
                await database.write(TEST, fill)
            except Unavailable:
                return False
            return True

        await eventually(works)
        assert database.is_ready

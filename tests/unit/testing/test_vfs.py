"""A scripted disk fails when, where and as often as it was told, and works otherwise."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from tenantry.testing.vfs import FaultyDisk


@pytest.fixture
def disk() -> Iterator[FaultyDisk]:
    disk = FaultyDisk(name="faulty-unit")
    yield disk
    disk.close()


@pytest.fixture
def connection(disk: FaultyDisk, tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(str(tmp_path / "some.db"), vfs=disk.name)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (n)"):
        connection.execute(statement)
    yield connection
    disk.mend()
    connection.close()


def test_a_disk_without_a_script_works(connection: apsw.Connection, disk: FaultyDisk) -> None:
    connection.execute("INSERT INTO t VALUES (1)")

    assert connection.execute("SELECT n FROM t").fetchall() == [(1,)]
    assert disk.failure_count == 0


def test_a_full_disk_refuses_writes_until_it_is_mended(
    connection: apsw.Connection, disk: FaultyDisk
) -> None:
    disk.fail("write", "full")
    for _ in range(3):
        with pytest.raises(apsw.FullError):
            connection.execute("INSERT INTO t VALUES (1)")

    disk.mend()
    connection.execute("INSERT INTO t VALUES (2)")
    assert connection.execute("SELECT n FROM t").fetchall() == [(2,)]


def test_a_fault_strikes_as_often_as_it_was_told(
    connection: apsw.Connection, disk: FaultyDisk
) -> None:
    disk.fail("sync", "io", file="wal", times=1)
    with pytest.raises(apsw.IOError):
        connection.execute("INSERT INTO t VALUES (1)")

    connection.execute("INSERT INTO t VALUES (2)")
    assert disk.failure_count == 1


def test_a_fault_lets_pass_what_it_was_told_to(
    connection: apsw.Connection, disk: FaultyDisk
) -> None:
    disk.fail("sync", "io", file="wal", after=2)
    connection.execute("INSERT INTO t VALUES (1)")
    connection.execute("INSERT INTO t VALUES (2)")

    with pytest.raises(apsw.IOError):
        connection.execute("INSERT INTO t VALUES (3)")


def test_a_fault_of_one_file_leaves_the_other_alone(
    connection: apsw.Connection, disk: FaultyDisk
) -> None:
    disk.fail("write", "full", file="database")

    connection.execute("INSERT INTO t VALUES (1)")

    with pytest.raises(apsw.FullError):
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

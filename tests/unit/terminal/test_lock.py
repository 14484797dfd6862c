"""One process works on a data directory, and others know where it listens."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tenantry.base.errors import Conflict, Unavailable
from tenantry.terminal import ServerLock, ServerRecord
from tenantry.terminal.lock import RECORD_FILE

HOLD = """
import sys
from pathlib import Path
from tenantry.terminal import ServerLock
assert ServerLock(data_dir=Path(sys.argv[1])).try_acquire()
print("held", flush=True)
sys.stdin.read()
"""


def write_record(data_dir: Path, content: str) -> None:
    (data_dir / RECORD_FILE).write_text(content)


def test_who_has_the_lock_has_it_alone(tmp_path: Path) -> None:
    first, second = ServerLock(data_dir=tmp_path), ServerLock(data_dir=tmp_path)

    assert first.try_acquire()
    assert not second.try_acquire()
    first.release()
    assert second.try_acquire()
    second.release()


def test_the_lock_ends_with_its_process_however_that_ends(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"held\n"
    lock = ServerLock(data_dir=tmp_path)

    assert not lock.try_acquire()
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()

    assert lock.try_acquire()
    lock.release()


def test_a_data_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with ServerLock(data_dir=tmp_path / "a" / "b"):
        mode = stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode)

    assert mode == 0o700


def test_a_record_is_left_over_where_nobody_held_the_lock(tmp_path: Path) -> None:
    write_record(tmp_path, '{"pid": 1, "address": "http://x", "token": "t"}')

    with ServerLock(data_dir=tmp_path):
        assert ServerRecord.read(tmp_path) is None


def test_entering_a_lock_that_is_held_names_the_server(tmp_path: Path) -> None:
    with ServerLock(data_dir=tmp_path):
        write_record(tmp_path, '{"pid": 77, "address": "http://x", "token": "t"}')
        with (
            pytest.raises(Conflict, match="server with process id 77"),
            ServerLock(data_dir=tmp_path),
        ):
            pass


def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Unavailable, match="file"):
        ServerLock(data_dir=tmp_path / "file").try_acquire()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "\0"])
def test_a_record_that_is_not_whole_is_none(tmp_path: Path, content: str) -> None:
    write_record(tmp_path, content)

    assert ServerRecord.read(tmp_path) is None


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_record(tmp_path, json.dumps({"pid": 1, "address": "http://x", "token": "t"}))

    assert ServerRecord.read(tmp_path) == ServerRecord(pid=1, address="http://x", token="t")

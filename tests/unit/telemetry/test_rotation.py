"""Log files of a bounded size: whole lines, in order, however many write, and few that stay."""

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from itertools import cycle, groupby, islice
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base.errors import Invalid
from tenantry.telemetry import DayFiles, LogSink
from tenantry.telemetry.render import json_renderer
from tests.support.repository import ROOT
from tests.support.waiting import wait_until

DAY, NEXT_DAY = "2026-11-26", "2026-11-27"
SIZE = 100
"""Of a line of these tests, unless it is about others."""


def line(text: str = "", *, day: str = DAY, size: int = SIZE) -> bytes:
    """Return a line as the renderer writes it, of exactly this size."""
    begun = f'{{"timestamp":"{day}T12:00:00.000000Z","event":"{text}'
    return f'{begun}{"x" * (size - len(begun) - 3)}"}}\n'.encode()


def opened(folder: Path, *, rotate_bytes: int = 3 * SIZE, keep_files: int = 5) -> DayFiles:
    return DayFiles(folder=folder, name="u", rotate_bytes=rotate_bytes, keep_files=keep_files)


def in_order(folder: Path) -> list[Path]:
    """Return the files, those first that were begun first."""

    def place(path: Path) -> tuple[str, float]:
        _, dated, *number = path.name.removesuffix(".log").replace("u-", "u.").split(".")
        return dated, int(number[0]) if number else float("inf")

    return sorted(folder.iterdir(), key=place)


def names(folder: Path) -> list[str]:
    return [path.name for path in in_order(folder)]


def test_a_file_is_filled_to_its_last_byte_and_the_next_line_begins_another(tmp_path: Path) -> None:
    files = opened(tmp_path)
    first, second, third = line("1"), line("2"), line("3")
    for each in (first, second, third):
        files.write(each)
    assert names(tmp_path) == [f"u-{DAY}.log"]

    files.write(line("4"))

    assert names(tmp_path) == [f"u-{DAY}.1.log", f"u-{DAY}.log"]
    assert (tmp_path / f"u-{DAY}.1.log").read_bytes() == first + second + third
    assert (tmp_path / f"u-{DAY}.log").read_bytes() == line("4")


def test_one_byte_too_many_begins_another_file(tmp_path: Path) -> None:
    files = opened(tmp_path)
    files.write(line("1") + line("2"))

    files.write(line("3", size=SIZE + 1))

    assert (tmp_path / f"u-{DAY}.1.log").read_bytes() == line("1") + line("2")
    assert (tmp_path / f"u-{DAY}.log").read_bytes() == line("3", size=SIZE + 1)


def test_a_batch_is_divided_between_its_lines(tmp_path: Path) -> None:
    lines = [line(str(number)) for number in range(8)]

    opened(tmp_path).write(b"".join(lines))

    contents = [path.read_bytes() for path in in_order(tmp_path)]
    assert contents == [b"".join(lines[at : at + 3]) for at in (0, 3, 6)]


def test_a_line_that_is_too_long_for_any_file_has_one_of_its_own(tmp_path: Path) -> None:
    long = line("long", size=4 * SIZE)

    opened(tmp_path).write(line("1") + long + line("2"))

    assert [path.read_bytes() for path in in_order(tmp_path)] == [line("1"), long, line("2")]


@given(
    sizes=st.lists(st.integers(70, 400), min_size=1, max_size=30),
    batches=st.lists(st.integers(1, 6), min_size=1, max_size=30),
    rotate_bytes=st.integers(60, 500),
)
def test_whatever_is_written_is_read_back_in_order_from_files_that_are_full_and_not_too_large(
    sizes: list[int], batches: list[int], rotate_bytes: int
) -> None:
    lines = [line(str(number), size=size) for number, size in enumerate(sizes)]
    with tempfile.TemporaryDirectory() as folder:
        files = opened(Path(folder), rotate_bytes=rotate_bytes, keep_files=100)
        rest = iter(lines)
        for count in cycle(batches):
            batch = b"".join(islice(rest, count))
            if not batch:
                break
            files.write(batch)

        contents = [path.read_bytes() for path in in_order(Path(folder))]

    assert b"".join(contents) == b"".join(lines)
    for content, following in zip(contents, [*contents[1:], None], strict=True):
        assert content.endswith(b"\n")
        assert len(content) <= rotate_bytes or content.count(b"\n") == 1
        if following is not None:
            first = following.index(b"\n") + 1
            assert len(content) + first > rotate_bytes


def test_the_newest_files_stay_besides_the_one_that_is_written(tmp_path: Path) -> None:
    files = opened(tmp_path, rotate_bytes=SIZE, keep_files=5)

    files.write(b"".join(line(str(number)) for number in range(12)))

    assert names(tmp_path) == [*(f"u-{DAY}.{n}.log" for n in range(7, 12)), f"u-{DAY}.log"]
    assert (tmp_path / f"u-{DAY}.7.log").read_bytes() == line("6")
    assert (tmp_path / f"u-{DAY}.log").read_bytes() == line("11")


def test_a_number_has_as_many_digits_as_it_needs(tmp_path: Path) -> None:
    (tmp_path / f"u-{DAY}.99.log").write_bytes(line())
    (tmp_path / f"u-{DAY}.100.log").write_bytes(line())
    files = opened(tmp_path, rotate_bytes=SIZE, keep_files=2)

    files.write(line("1") + line("2"))

    assert names(tmp_path) == [f"u-{DAY}.100.log", f"u-{DAY}.101.log", f"u-{DAY}.log"]


def test_the_oldest_go_first_across_days_and_a_days_last_file_is_its_newest(tmp_path: Path) -> None:
    files = opened(tmp_path, rotate_bytes=SIZE, keep_files=3)
    files.write(b"".join(line(str(number)) for number in range(4)))
    midnight = line("4") + line("5", day=NEXT_DAY)

    files.write(midnight)
    assert names(tmp_path) == [
        *(f"u-{DAY}.{number}.log" for number in (3, 4)),
        f"u-{DAY}.log",
        f"u-{NEXT_DAY}.log",
    ]
    files.write(line("6", day=NEXT_DAY) + line("7", day=NEXT_DAY))

    assert names(tmp_path) == [
        f"u-{DAY}.log",
        *(f"u-{NEXT_DAY}.{number}.log" for number in (1, 2)),
        f"u-{NEXT_DAY}.log",
    ]


def test_a_late_line_of_the_day_before_lies_there_and_takes_no_file_of_today(
    tmp_path: Path,
) -> None:
    files = opened(tmp_path, rotate_bytes=SIZE, keep_files=2)
    files.write(b"".join(line(str(number), day=NEXT_DAY) for number in range(5)))
    today = names(tmp_path)

    files.write(line("late"))

    assert names(tmp_path) == [f"u-{DAY}.log", *today]
    files.write(line("5", day=NEXT_DAY))
    assert (tmp_path / f"u-{DAY}.log").exists() is False


def test_a_quiet_day_is_one_file_and_only_so_many_days_stay(tmp_path: Path) -> None:
    files = opened(tmp_path, keep_files=5)
    days = [f"2026-11-{number:02}" for number in range(10, 20)]

    for day in days:
        files.write(line(day=day))

    assert names(tmp_path) == [f"u-{day}.log" for day in days[-6:]]


def test_what_is_called_otherwise_is_nobodys_to_delete(tmp_path: Path) -> None:
    others = [f"v-{DAY}.1.log", "u-2020-01-01.log.gz", "u-2020-01-01.x.log", "u-notes.log"]
    for name in others:
        (tmp_path / name).write_text("line\n")
    (tmp_path / "u-2020-01-01.log").write_text("line\n")

    opened(tmp_path, rotate_bytes=SIZE, keep_files=1).write(line("1") + line("2"))

    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {*others, f"u-{DAY}.1.log", f"u-{DAY}.log"}


def test_a_file_that_another_has_renamed_is_left_to_it(tmp_path: Path) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    one.write(line("1") + line("2"))
    other.write(line("3") + line("4"))

    one.write(line("5"))

    assert (tmp_path / f"u-{DAY}.1.log").read_bytes() == line("1") + line("2") + line("3")
    assert (tmp_path / f"u-{DAY}.log").read_bytes() == line("4") + line("5")


def test_after_a_deletion_by_hand_it_begins_again(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    files = opened(folder)
    files.write(line("1"))
    (folder / f"u-{DAY}.log").unlink()
    folder.rmdir()

    files.write(line("2"))

    assert (folder / f"u-{DAY}.log").read_bytes() == line("2")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / f"u-{DAY}.log").stat().st_mode & 0o777 == 0o600


def test_behind_a_part_of_a_line_a_new_one_begins(tmp_path: Path) -> None:
    torn = tmp_path / f"u-{DAY}.log"
    torn.write_bytes(line("1") + b'{"timestamp":"2026')

    opened(tmp_path).write(line("2"))

    assert torn.read_bytes() == line("1") + b'{"timestamp":"2026\n' + line("2")


WRITER = """
import sys
from pathlib import Path
from tests.unit.telemetry.test_rotation import line, opened
folder, writer, count, batch = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
files = opened(folder, rotate_bytes=1_000, keep_files=10_000)
sys.stdin.readline()
for at in range(0, count, batch):
    numbers = range(at, min(count, at + batch))
    files.write(b"".join(line(f"{writer}.{number}.", size=90 + number % 40) for number in numbers))
"""


def test_processes_that_write_at_once_lose_and_tear_nothing(tmp_path: Path) -> None:
    count, batches = 400, (1, 3, 25)

    _run_together(
        [WRITER, str(tmp_path), str(writer), str(count), str(batch)]
        for writer, batch in enumerate(batches)
    )

    paths = in_order(tmp_path)
    assert all(path.stat().st_size <= 1_000 for path in paths)
    assert [path.name for path in paths[:-1]] == [
        f"u-{DAY}.{number}.log" for number in range(1, len(paths))
    ]
    written = [_written(text) for path in paths for text in path.read_bytes().splitlines()]
    for writer, lines in groupby(sorted(written, key=lambda said: said[0]), lambda said: said[0]):
        assert [number for _, number in lines] == list(range(count)), writer
    assert {writer for writer, _ in written} == set(range(len(batches)))


def test_processes_that_write_at_once_keep_as_few_files(tmp_path: Path) -> None:
    script = WRITER.replace("10_000", "5")

    _run_together([script, str(tmp_path), str(writer), "200", "7"] for writer in range(2))

    assert len(names(tmp_path)) == 6
    for path in tmp_path.iterdir():
        assert path.stat().st_size <= 1_000
        assert all(_written(text) for text in path.read_bytes().splitlines())


def test_a_process_that_is_killed_holds_up_nobody_and_tears_its_own_line_alone(
    tmp_path: Path,
) -> None:
    command = [WRITER, str(tmp_path), "0", str(10**9), "25"]
    with subprocess.Popen(
        [sys.executable, "-c", *command], cwd=ROOT, stdin=subprocess.PIPE
    ) as writer:
        assert writer.stdin is not None
        writer.stdin.write(b"\n")
        writer.stdin.close()
        wait_until(lambda: len(names(tmp_path)) > 20)
        writer.kill()
        writer.wait(60)

    files = opened(tmp_path, rotate_bytes=1_000, keep_files=10_000)
    for number in range(50):
        files.write(line(f"1.{number}."))

    texts = b"".join(path.read_bytes() for path in in_order(tmp_path)).splitlines()
    assert [_written(text) for text in texts[-50:]] == [(1, number) for number in range(50)]
    whole = [_written(text) for text in texts[:-50] if text.endswith(b'"}')]
    assert whole == [(0, number) for number in range(len(whole))]
    assert len(texts) - 50 - len(whole) in (0, 1)


FULL = """
import resource, sys
from pathlib import Path
from tests.unit.telemetry.test_rotation import line, opened
files = opened(Path(sys.argv[1]), rotate_bytes=10_000)
files.write(line("1"))
resource.setrlimit(resource.RLIMIT_FSIZE, (250, resource.RLIM_INFINITY))
try:
    files.write(line("2") + line("3"))
except OSError as error:
    print(type(error).__name__)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
files.write(line("4"))
"""


def test_of_what_could_not_be_written_no_part_is_left(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "OSError\n"
    assert (tmp_path / f"u-{DAY}.log").read_bytes() == line("1") + line("4")


def test_a_folder_that_cannot_be_is_counted_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("no folder")
    sink = LogSink(target=opened(tmp_path / "logs"), render=json_renderer())

    sink.line("info", "one")
    sink.line("info", "two")
    sink.stop()

    # And the notice that these were dropped could not be written either.
    assert sink.dropped_count == 2


def test_a_sink_goes_on_once_it_can(tmp_path: Path) -> None:
    obstacle = tmp_path / "logs"
    obstacle.write_text("no folder")
    sink = LogSink(target=opened(obstacle, rotate_bytes=10_000), render=json_renderer())
    sink.line("info", "lost")
    sink.flush()
    obstacle.unlink()

    sink.line("info", "kept")
    sink.stop()

    (path,) = obstacle.iterdir()
    events = [msgspec.json.decode(text)["event"] for text in path.read_bytes().splitlines()]
    assert events == ["kept", "1 log lines dropped"]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"rotate_bytes": 1},
        {"keep_files": 1},
        {"keep_days": 1, "rotate_bytes": 1, "keep_files": 1},
        {"rotate_bytes": 0, "keep_files": 1},
        {"rotate_bytes": 1, "keep_files": 0},
    ],
)
def test_what_is_kept_is_said_in_one_way(tmp_path: Path, wanted: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        DayFiles(folder=tmp_path, name="u", **wanted)


def _written(text: bytes) -> tuple[int, int]:
    """Return who has written a line, and as which of theirs."""
    writer, number, _ = msgspec.json.decode(text)["event"].split(".")
    return int(writer), int(number)


def _run_together(commands: Iterable[list[str]]) -> None:
    """Run scripts, all of which begin once all of them are there."""
    running = [
        subprocess.Popen([sys.executable, "-c", *command], cwd=ROOT, stdin=subprocess.PIPE)
        for command in commands
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
    assert [process.wait(60) for process in running] == [0] * len(running)

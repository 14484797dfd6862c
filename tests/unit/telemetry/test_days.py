"""A log file for each day: lines lie where their time says, and no longer than they should."""

import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tenantry.telemetry import Context, DayFiles, LogSink
from tenantry.telemetry.render import json_renderer

EVENING = datetime(2024, 2, 28, 23, 59, 59, tzinfo=UTC)
FIRST, SECOND = "sync-2024-02-28.log", "sync-2024-02-29.log"


def rendered(*events: tuple[datetime, str]) -> bytes:
    """Return lines as the sink writes them."""
    render = json_renderer()
    return render(
        [
            (round(at.timestamp()) * 1_000_000_000, "info", event, {}, None, Context())
            for at, event in events
        ]
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "logs"


@pytest.fixture
def files(folder: Path) -> Iterator[DayFiles]:
    files = DayFiles(folder=folder, name="sync", keep_days=30, max_bytes=1_000)
    yield files
    files.close()


def test_a_line_lies_in_the_file_of_its_day(files: DayFiles, folder: Path) -> None:
    files.write(rendered((EVENING, "late")))
    files.write(rendered((EVENING, "later"), (EVENING + timedelta(seconds=1), "early")))
    files.write(rendered((EVENING + timedelta(seconds=2), "earlier")))

    assert (folder / FIRST).read_bytes() == rendered((EVENING, "late"), (EVENING, "later"))
    assert (folder / SECOND).read_text().count("\n") == 2


def test_it_is_its_owners_alone(files: DayFiles, folder: Path) -> None:
    files.write(rendered((EVENING, "line")))

    assert stat.S_IMODE((folder / FIRST).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_goes_on_where_a_file_was_left(files: DayFiles, folder: Path) -> None:
    files.write(rendered((EVENING, "before")))
    files.close()
    DayFiles(folder=folder, name="sync", keep_days=30).write(rendered((EVENING, "after")))

    assert (folder / FIRST).read_bytes() == rendered((EVENING, "before"), (EVENING, "after"))


def test_files_are_kept_for_thirty_days_and_others_for_good(files: DayFiles, folder: Path) -> None:
    folder.mkdir(parents=True)
    kept, gone = (EVENING.date() - timedelta(days=days) for days in (30, 31))
    others = ["sync-notes.log", "audit-2020-01-01.log", "sync-2020-01-01.log.gz"]
    for name in (_name(kept), _name(gone), *others):
        (folder / name).write_text("line\n")

    files.write(rendered((EVENING, "line")))

    assert {path.name for path in folder.iterdir()} == {_name(kept), FIRST, *others}


def test_a_day_takes_no_more_than_it_may(files: DayFiles, folder: Path) -> None:
    line = rendered((EVENING, "x" * 400))
    files.write(line)
    files.write(line)

    with pytest.raises(OSError, match="has 1000 bytes, and gets no more"):
        files.write(line)
    files.write(rendered((EVENING + timedelta(seconds=1), "x" * 400)))
    assert (folder / FIRST).read_bytes() == line * 2
    assert (folder / SECOND).exists()


def test_what_names_no_day_is_refused(files: DayFiles, folder: Path) -> None:
    with pytest.raises(ValueError, match="does not begin with its timestamp"):
        files.write(b'{"timestamp":"../../../../etc/passwd"}\n')
    assert not folder.exists()


def test_a_sink_writes_to_it(files: DayFiles, folder: Path) -> None:
    sink = LogSink(
        target=files, render=json_renderer(), now_ns=lambda: round(EVENING.timestamp() * 1e9)
    )
    sink.line("info", "hello")
    sink.stop()

    assert '"event":"hello"' in (folder / FIRST).read_text()


def _name(day: date) -> str:
    return f"sync-{day.isoformat()}.log"

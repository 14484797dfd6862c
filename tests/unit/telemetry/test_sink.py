import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenantry.base.errors import Invalid
from tenantry.telemetry import LogSink, bind
from tenantry.telemetry.render import json_renderer
from tenantry.telemetry.sink import LARGE_EVENTS_TOTAL
from tenantry.telemetry.target import open_target

MakeSink = Callable[..., LogSink]


class Gate:
    """A stream that takes nothing while it is shut, and fails while it is broken."""

    def __init__(self) -> None:
        self.written = b""
        self.write_count = 0
        self.is_broken = False
        self.open = threading.Event()
        self.open.set()
        self.reached = threading.Event()

    def write(self, data: bytes) -> None:
        self.reached.set()
        self.open.wait(20)
        if self.is_broken:
            raise BrokenPipeError
        self.write_count += 1
        self.written += data

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in lines_of(self.written)]


def lines_of(written: bytes) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in written.splitlines() if line]


@pytest.fixture
def make_sink() -> Iterator[MakeSink]:
    made: list[LogSink] = []

    def make(stream: Any = None, *, file: Path | None = None, **more: Any) -> LogSink:
        sink = LogSink(target=open_target(file=file, stream=stream), render=json_renderer(), **more)
        made.append(sink)
        return sink

    yield make
    for sink in made:
        sink.stop(timeout_seconds=20)


def test_a_flush_returns_when_every_line_so_far_is_written(make_sink: MakeSink) -> None:
    stream = io.BytesIO()
    sink = make_sink(stream)
    for number in range(3000):
        sink.line("info", str(number))

    assert sink.flush()
    assert [line["event"] for line in lines_of(stream.getvalue())] == [
        str(number) for number in range(3000)
    ]


def test_a_line_is_written_without_a_flush(make_sink: MakeSink) -> None:
    gate = Gate()
    make_sink(gate).line("info", "by itself")
    assert gate.reached.wait(10)


def test_a_line_carries_the_time_and_context_of_its_caller(make_sink: MakeSink) -> None:
    stream = io.BytesIO()
    sink = make_sink(stream, now_ns=lambda: 1_705_314_600_000_001_000)
    with bind(correlation_id="c", tenant_id="acme"):
        sink.line("info", "done", count=1)
    sink.flush()

    assert lines_of(stream.getvalue()) == [
        {
            "timestamp": "2024-01-15T10:30:00.000001Z",
            "level": "info",
            "event": "done",
            "correlation_id": "c",
            "tenant_id": "acme",
            "count": 1,
        }
    ]


def test_lines_below_the_level_are_left_out(make_sink: MakeSink) -> None:
    stream = io.BytesIO()
    sink = make_sink(stream, level="warning")
    for level in ("debug", "info", "warning", "error", "critical"):
        assert sink.is_enabled(level) == (level not in ("debug", "info"))
        sink.line(level, level)
    sink.flush()

    assert [line["event"] for line in lines_of(stream.getvalue())] == [
        "warning",
        "error",
        "critical",
    ]


def test_lines_that_wait_are_written_together(make_sink: MakeSink) -> None:
    gate = Gate()
    sink = make_sink(gate, linger_seconds=20)
    for number in range(500):
        sink.line("info", str(number))
    sink.flush()

    assert gate.write_count == 1


def test_lines_beyond_the_bound_are_dropped_counted_and_told(make_sink: MakeSink) -> None:
    gate = Gate()
    sink = make_sink(gate, capacity=10)
    gate.open.clear()
    sink.line("info", "first")
    assert gate.reached.wait(10)
    for number in range(25):
        sink.line("info", str(number))
    assert sink.dropped_count == 15
    gate.open.set()
    sink.flush()

    assert gate.events == ["first", *map(str, range(10)), "15 log lines dropped"]


def test_large_events_together_are_bounded_in_memory(make_sink: MakeSink) -> None:
    gate = Gate()
    sink = make_sink(gate)
    large = "x" * (LARGE_EVENTS_TOTAL // 4)
    gate.open.clear()
    for _ in range(6):
        sink.line("info", large)
    assert sink.dropped_count == 2
    gate.open.set()
    sink.flush()
    sink.line("info", large)
    sink.flush()

    assert sink.dropped_count == 2


def test_a_stream_that_fails_loses_lines_but_never_the_sink(make_sink: MakeSink) -> None:
    gate = Gate()
    sink = make_sink(gate)
    gate.is_broken = True
    sink.line("info", "lost")
    assert sink.flush()
    sink.line("info", "lost too")
    assert sink.flush()
    assert sink.dropped_count == 2
    gate.is_broken = False
    sink.line("info", "heard")
    sink.flush()

    assert gate.events == ["heard", "2 log lines dropped"]


def test_a_closed_pipe_is_counted(make_sink: MakeSink) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as stream:
        sink = make_sink(stream)
        os.close(reading)
        sink.line("info", "nobody reads")
        assert sink.flush()

        assert sink.dropped_count == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_counted(make_sink: MakeSink) -> None:
    sink = make_sink(file=Path("/dev/full"))
    sink.line("info", "no room")
    assert sink.flush()

    assert sink.dropped_count == 1


def test_a_pipe_that_does_not_block_is_waited_for(make_sink: MakeSink) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with os.fdopen(reading, "rb") as reader, os.fdopen(writing, "wb", buffering=0) as stream:
        sink = make_sink(stream)
        for number in range(20_000):
            sink.line("info", str(number))
        received = [msgspec.json.decode(reader.readline())["event"] for _ in range(20_000)]

    assert received == [str(number) for number in range(20_000)]


def test_a_reader_that_is_stuck_delays_a_stop_no_longer_than_told(make_sink: MakeSink) -> None:
    gate = Gate()
    gate.open.clear()
    sink = make_sink(gate)
    sink.line("info", "stuck")
    assert gate.reached.wait(10)

    assert not sink.flush(timeout_seconds=0.01)
    assert not sink.stop(timeout_seconds=0.01)
    gate.open.set()


def test_a_stop_flushes_and_may_be_repeated_and_a_later_line_is_still_written(
    make_sink: MakeSink, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    sink = make_sink(file=path)
    sink.line("info", "before")
    assert sink.stop()
    assert sink.stop()
    sink.line("info", "after")
    assert sink.flush()

    assert [line["event"] for line in lines_of(path.read_bytes())] == ["before", "after"]


def test_a_file_is_appended_to_and_not_for_everybody_to_read(
    make_sink: MakeSink, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    for event in ("first", "second"):
        sink = make_sink(file=path)
        sink.line("info", event)
        sink.stop()

    assert [line["event"] for line in lines_of(path.read_bytes())] == ["first", "second"]
    assert path.stat().st_mode & 0o007 == 0


def test_a_file_that_cannot_be_opened_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"LOG_FILE: cannot append to .*missing"):
        open_target(file=tmp_path / "missing" / "log")


def test_many_threads_lose_no_line(make_sink: MakeSink) -> None:
    stream = io.BytesIO()
    sink = make_sink(stream, linger_seconds=0)

    def write(name: int) -> None:
        for number in range(500):
            sink.line("info", f"{name}-{number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sink.flush()

    events = [line["event"] for line in lines_of(stream.getvalue())]
    assert len(events) == 4000
    for name in range(8):
        own = [event for event in events if event.startswith(f"{name}-")]
        assert own == [f"{name}-{number}" for number in range(500)]


# Newer interpreters warn of forks beside threads; that they are safe here is the promise.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_writes_its_own_lines_and_not_its_parents(
    make_sink: MakeSink, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    sink = make_sink(file=path, linger_seconds=20)
    sink.line("info", "parent")

    child = os.fork()
    if child == 0:
        sink.line("info", "child")
        os._exit(0 if sink.flush(timeout_seconds=10) else 1)
    assert _exit_code(child) == 0
    sink.flush()

    assert sorted(line["event"] for line in lines_of(path.read_bytes())) == ["child", "parent"]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forks_under_load_never_hang_a_child(make_sink: MakeSink, tmp_path: Path) -> None:
    sink = make_sink(file=tmp_path / "log", linger_seconds=0)
    is_done = threading.Event()

    def write() -> None:
        while not is_done.is_set():
            sink.line("info", "busy")

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            child = os.fork()
            if child == 0:
                sink.line("info", "child")
                os._exit(0 if sink.flush(timeout_seconds=10) and sink.stop() else 1)
            assert _exit_code(child) == 0
    finally:
        is_done.set()
        for thread in threads:
            thread.join()


def _exit_code(child: int) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return -9

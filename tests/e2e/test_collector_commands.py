"""The commands of the collector, against a real server and against a made-up host."""

import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import apsw
import pytest
import zstandard

from tenantry.testing.jetstream.rendering import render
from tenantry.testing.network import GeneratedNetwork
from tests.support.command_line import CommandLine, environment, running_server
from tests.support.jetstream_process import jetstream_process
from tests.support.terminals import TerminalProcess
from tests.support.waiting import wait_until

COUNT: Final = 1_500
POSTS: Final = "app.bsky.feed.post"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("collector")
    with running_server(folder):
        yield folder


@pytest.fixture
def tenantry(folder: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(folder, capsys)


def frames(seed: int) -> bytes:
    events = GeneratedNetwork(seed, users=60).events(COUNT)
    return b"".join((render(e, "v1", seq=n) or b"") + b"\n" for n, e in enumerate(events))


@pytest.mark.parametrize(
    "name, pack",
    [
        ("plain.ndjson", bytes),
        ("packed.gz", gzip.compress),
        ("packed.zst", zstandard.ZstdCompressor().compress),
    ],
)
def test_a_file_is_taken_in_packed_or_not(tenantry: CommandLine, name: str, pack: Any) -> None:
    tenantry.write(name, pack(frames(1)))

    done = tenantry.json("collector", "replay", name)

    assert tenantry.code == 0, tenantry.err
    assert (done["events"], done["dead_letters"]) == (COUNT, 0)
    again = tenantry.json("collector", "replay", name)["by_collection"][POSTS]
    assert (again["stored"], again["duplicates"]) == (0, again["events"])


def test_a_packed_file_without_its_end_is_refused_by_name(tenantry: CommandLine) -> None:
    tenantry.write("half.gz", gzip.compress(frames(2))[:-900])

    assert tenantry("collector", "replay", "half.gz") == 1
    assert "FILE: got 'a packed file that ends in the middle" in tenantry.err
    assert tenantry("collector", "replay", "none.ndjson") == 1
    assert "No such file" in tenantry.err


def test_what_is_collected_is_shown_to_people_and_to_programs(tenantry: CommandLine) -> None:
    tenantry.write("events.ndjson", frames(3) + b"not an event\n")
    tenantry("collector", "replay", "events.ndjson")

    for arguments in (
        ["status"],
        ["stats"],
        ["ledger"],
        ["dead-letters"],
        ["trending"],
        ["growth"],
        ["leaders", "--limit", "3"],
        ["network"],
        ["strategies", "list"],
    ):
        assert tenantry("collector", *arguments) == 0, tenantry.err
        assert tenantry.out
        assert tenantry.json("collector", *arguments) is not None
        assert tenantry.code == 0, tenantry.err
    tenantry("collector", "status")
    assert tenantry.out.startswith("wanted, and nobody collects\n")
    tenantry("collector", "dead-letters")
    assert "replay" in tenantry.out
    tenantry("collector", "trending", "--limit", "101")
    assert tenantry.code == 1


def test_collecting_is_switched_off_and_on(tenantry: CommandLine) -> None:
    assert not tenantry.json("collector", "stop")["is_on"]
    tenantry("collector", "status")
    assert tenantry.out.startswith("not wanted, by ")
    assert tenantry.json("collector", "start")["is_on"]


def test_a_strategy_is_planned_begun_looked_at_and_cancelled(tenantry: CommandLine) -> None:
    order = ["follow-graph", 'seedHandles=["ada.example"]', "maxUsers=200"]

    plan = tenantry.json("collector", "strategies", "run", *order, "--dry-run")
    assert plan["params"]["maxUsers"] == 200
    assert tenantry("collector", "strategies", "run", *order, "--dry-run") == 0
    assert "requests" in tenantry.out
    run = tenantry.json("collector", "strategies", "run", *order)["id"]
    assert tenantry("collector", "strategies", "show", run) == 0
    assert tenantry.json("collector", "strategies", "users", run) is not None
    assert tenantry.json("collector", "strategies", "cancel", run)["status"] == "cancelled"
    assert tenantry("collector", "strategies", "show", "nothing") == 1
    assert tenantry("collector", "strategies", "run", "follow-graph", "nonsense") == 1


def test_somebody_collects_in_the_foreground_and_sees_how_it_goes(tmp_path: Path) -> None:
    with (
        jetstream_process(seed=4, users=60, count=COUNT) as host,
        TerminalProcess(
            tmp_path, "collector", "run", JETSTREAM_ENDPOINT=host.v2, COLUMNS="120"
        ) as terminal,
    ):
        wait_until(lambda: f"{COUNT:,} events" in terminal.shown, timeout=30)
        wait_until(lambda: "connected 127.0.0.1" in terminal.shown)

        terminal.interrupt()

        assert terminal.wait() == 0
    assert (tmp_path / "data" / "collector.sqlite").exists()


def test_a_program_that_has_it_collect_is_told_at_the_end_what_came(tmp_path: Path) -> None:
    with jetstream_process(seed=4, users=60, count=COUNT) as host:
        collecting = subprocess.Popen(
            [sys.executable, "-m", "tenantry", "collector", "run", "-o", "json"],
            cwd=tmp_path,
            env={**environment(), "JETSTREAM_ENDPOINT": host.v1},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(lambda: stored_in(tmp_path / "data" / "collector.sqlite"), timeout=30)
            collecting.send_signal(signal.SIGTERM)
            said, _ = collecting.communicate(timeout=30)
        finally:
            collecting.kill()
            collecting.wait()

    document = json.loads(said)
    assert collecting.returncode == 0
    assert (document["events"], document["dead_letters"]) == (COUNT, 0)
    assert document["by_collection"][POSTS]["stored"] > 0


def stored_in(file: Path) -> bool:
    """Whether all events have been stored."""
    if not file.exists():
        return False
    try:
        connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
        (count,) = next(
            connection.execute("SELECT coalesce(sum(events), 0) FROM collector_figures")
        )
    except apsw.Error:
        # It is being made.
        return False
    return bool(count == COUNT)

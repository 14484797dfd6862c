"""The life of a replica: starts from its file, secrets in its memory, and stops."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tenantry.sdk import ConfigReplica, Denied, Retry
from tenantry.testing import FakeClock
from tests.support.replicas import DEFAULTS, A, held, refused, replica_of
from tests.support.scripted import (
    Exchange,
    Script,
    ScriptedServer,
    set_frame,
    snapshot_frames,
)
from tests.support.waiting import wait_until


def secret_entry(value: str, position: int) -> Script:
    entry = {"name": "key", "value": value, "version": position, "position": position}
    return lambda exchange: exchange.reply(
        200, {**entry, "updated_at": "2024-01-15T12:00:00Z", "layer": "own"}
    )


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_it_starts_from_its_file_and_says_how_old_it_is(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "cache"
    with ScriptedServer(held(snapshot_frames(9, A, DEFAULTS))) as server:
        with replica_of(server, cache_file=path, clock=clock) as replica:
            replica.wait_ready(10)
            wait_until(lambda: replica.is_live)
            clock.advance(5)
        assert not replica.is_live

    clock.advance(3600)
    with replica_of(server, cache_file=path, clock=clock) as again:
        again.wait_ready(0)
        assert again.snapshot() == replica.snapshot()
        assert again.staleness == timedelta(seconds=3605)
        assert not again.is_live
        clock.advance(1)
        assert again.staleness == timedelta(seconds=3606)


def test_who_has_a_state_knows_its_age_even_before_the_first_batch_is_through() -> None:
    ages = list[timedelta]()
    with ScriptedServer(held(snapshot_frames(9, A) + set_frame("a", 2, 10))) as server:
        replica = replica_of(server)
        replica.on_change(lambda *_: ages.append(replica.staleness))
        with replica:
            wait_until(lambda: ages)
    assert ages[0] < timedelta(seconds=60)


def test_what_the_file_did_not_know_is_told(tmp_path: Path) -> None:
    path, told = tmp_path / "cache", list[tuple[str, Any, Any]]()
    later = snapshot_frames(12, {**A, "value": 2, "position": 12})
    with ScriptedServer(held(snapshot_frames(9, A)), held(later)) as server:
        with replica_of(server, cache_file=path) as replica:
            replica.wait_ready(10)

        again = replica_of(server, cache_file=str(path))
        again.on_change(lambda *change: told.append(change))
        with again:
            again.reach(12, 10)
            wait_until(lambda: told == [("a", 1, 2)])


def test_the_file_is_saved_while_it_runs(tmp_path: Path, gate: threading.Event) -> None:
    path = tmp_path / "cache"

    def script(exchange: Exchange) -> None:
        exchange.stream(snapshot_frames(9, A))
        gate.wait(10)
        exchange.send(set_frame("a", 2, 10))
        exchange.wait_until_left()

    with ScriptedServer(script) as server, replica_of(server, cache_file=path):
        wait_until(path.exists)
        gate.set()
        wait_until(lambda: b'"position":10' in path.read_bytes())


def test_a_secret_is_fetched_once_a_version(tmp_path: Path, gate: threading.Event) -> None:
    path = tmp_path / "cache"
    first = {"name": "key", "value": "[secret]", "position": 5, "secret": True}

    def script(exchange: Exchange) -> None:
        exchange.stream(snapshot_frames(9, first))
        gate.wait(10)
        exchange.send(set_frame("key", "[secret]", 10, secret=True))
        exchange.wait_until_left()

    scripts = [script, secret_entry("hunter2", 5), secret_entry("hunter3", 10)]
    with ScriptedServer(*scripts) as server, replica_of(server, cache_file=path) as replica:
        replica.wait_ready(10)
        assert "key" in replica
        assert replica.snapshot().values == {"key": "[secret]"}
        assert replica["key"] == replica.get("key") == "hunter2"
        assert len(server.seen) == 2
        gate.set()
        replica.reach(10, 10)
        assert replica["key"] == replica["key"] == "hunter3"

    assert [seen.target for seen in server.seen[1:]] == ["/config/key", "/config/key"]
    assert b"hunter" not in path.read_bytes()


def test_a_secret_that_is_not_for_us_is_no_value() -> None:
    sealed = {"name": "key", "value": "[secret]", "position": 5, "secret": True}
    scripts = [held(snapshot_frames(9, sealed)), secret_entry("[secret]", 5)]
    with ScriptedServer(*scripts) as server, replica_of(server) as replica:
        replica.wait_ready(10)
        with pytest.raises(Denied, match="configs:reveal"):
            replica["key"]


def test_a_secret_that_is_gone_meanwhile_is_not_there() -> None:
    sealed = {"name": "key", "value": "[secret]", "position": 5, "secret": True}

    def gone(exchange: Exchange) -> None:
        exchange.fail(404, "not_found")

    with (
        ScriptedServer(held(snapshot_frames(9, sealed)), gone) as server,
        replica_of(server) as replica,
    ):
        replica.wait_ready(10)
        with pytest.raises(KeyError):
            replica["key"]
        assert replica.get("key", "default") == "default"


def test_start_and_stop_are_safe_twice_and_in_any_order(tmp_path: Path) -> None:
    with ScriptedServer(held(snapshot_frames(9, A))) as server:
        replica = replica_of(server, cache_file=tmp_path / "cache")
        replica.stop()
        for _ in range(3):
            replica.start()
            replica.start()
            replica.wait_ready(10)
            replica.stop()
            replica.stop()
        assert replica["a"] == 1
        assert not replica.is_live

    assert not [
        each
        for each in threading.enumerate()
        if each.name in ("tenantry-replica", "tenantry-cache")
    ]


@pytest.mark.parametrize(
    "script",
    [held(snapshot_frames(9, A)), Exchange.wait_until_left, held(b":\n\n")],
    ids=["while it follows", "before the answer", "before the state"],
)
def test_a_stop_waits_for_no_answer(script: Script) -> None:
    with ScriptedServer(script) as server:
        replica = replica_of(server)
        replica.start()
        wait_until(lambda: server.seen)
        started_at = time.monotonic()
        replica.stop()

    assert time.monotonic() - started_at < 3


def test_a_stop_ends_the_pause_between_connections() -> None:
    with ScriptedServer(refused) as server:
        patient = Retry(first_seconds=600.0, most_seconds=600.0)
        replica = ConfigReplica(server=server.address, retry=patient)
        replica.start()
        wait_until(lambda: replica.last_error is not None)
        started_at = time.monotonic()
        replica.stop()

    assert time.monotonic() - started_at < 3


def test_a_callback_may_stop_the_replica() -> None:
    stopped = threading.Event()

    with ScriptedServer(held(snapshot_frames(9), set_frame("a", 1, 10))) as server:
        replica = replica_of(server)

        def stop(*_: object) -> None:
            replica.stop()
            stopped.set()

        replica.on_change(stop)
        replica.start()
        assert stopped.wait(10)
        wait_until(lambda: not replica.is_live)

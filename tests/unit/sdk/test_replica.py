"""The replica on a real socket, against a server that does what a test wants."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tenantry.sdk import ABSENT, ConfigReplica, Denied, Invalid, Unavailable
from tenantry.testing import FakeClock
from tests.support.replicas import DEFAULTS, A, cut, held, refused, replica_of
from tests.support.scripted import (
    Exchange,
    ScriptedServer,
    delete_frame,
    frame,
    set_frame,
    snapshot_frames,
)
from tests.support.waiting import wait_until


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_read_is_a_look_up() -> None:
    with (
        ScriptedServer(held(snapshot_frames(9, A, DEFAULTS))) as server,
        replica_of(server) as replica,
    ):
        replica.wait_ready(10)

        assert replica["a"] == 1
        assert replica.get("app:size") == 10
        assert replica.get("b") is None
        assert replica.get("b", "default") == "default"
        assert "a" in replica
        assert "b" not in replica
        assert sorted(replica) == ["a", "app:size"]
        assert len(replica) == 2
        assert replica.position == 9
        assert replica.is_live
        assert replica.last_error is None
        with pytest.raises(KeyError):
            replica["b"]

    assert server.seen[0].target == "/config/watch?snapshot=true"


def test_own_wins_over_global_whatever_the_order() -> None:
    frames = (
        set_frame("a", "own", 10)
        + set_frame("a", "global", 11, layer="global")
        + set_frame("b", "global", 12, layer="global")
        + set_frame("b", "own", 13)
        + delete_frame("b", 14)
    )
    with ScriptedServer(held(snapshot_frames(9), frames)) as server, replica_of(server) as replica:
        replica.reach(14, 10)

        assert replica.snapshot().values == {"a": "own", "b": "global"}
        assert replica.snapshot().position == 14


def test_a_replica_that_knows_nothing_does_not_pretend_to() -> None:
    with ScriptedServer(refused) as server, replica_of(server) as replica:
        with pytest.raises(Unavailable, match="heard nothing") as waited:
            replica.wait_ready(0.1)
        assert waited.value.code == "not_ready"
        for read in (
            lambda: replica["a"],
            lambda: replica.get("a", 1),
            lambda: "a" in replica,
            lambda: len(replica),
            lambda: list(replica),
            replica.snapshot,
        ):
            with pytest.raises(Unavailable):
                read()
        assert replica.staleness == timedelta.max
        assert not replica.is_live
        wait_until(lambda: replica.last_error is not None)


def test_the_reason_of_a_refusal_is_told() -> None:
    def deny(exchange: Exchange) -> None:
        exchange.fail(401, "unauthenticated", "this token is not valid here")

    with ScriptedServer(deny) as server, replica_of(server) as replica:
        wait_until(lambda: replica.last_error is not None)
        with pytest.raises(Unavailable, match="this token is not valid here") as waited:
            replica.wait_ready(0)
        assert isinstance(waited.value.__cause__, Denied)


def test_it_goes_on_where_the_connection_was_cut() -> None:
    scripts = [
        cut(snapshot_frames(9, A), set_frame("a", 2, 10), b"id: 11\nevent: set\ndata: {"),
        refused,
        cut(),
        held(set_frame("a", 3, 11) + set_frame("b", 4, 12)),
    ]
    with ScriptedServer(*scripts) as server, replica_of(server) as replica:
        replica.reach(12, 10)
        assert replica.snapshot().values == {"a": 3, "b": 4}

    ids = [seen.headers.get("last-event-id") for seen in server.seen]
    assert ids == [None, "10", "10", "10"]


def test_a_position_that_the_server_refuses_is_given_up_for_a_snapshot() -> None:
    def refuse(exchange: Exchange) -> None:
        exchange.fail(400, "invalid", "Last-Event-ID: beyond the end")

    scripts = [cut(snapshot_frames(9, A)), refuse, held(snapshot_frames(3, {**A, "value": 5}))]
    with ScriptedServer(*scripts) as server, replica_of(server) as replica:
        wait_until(lambda: len(replica) and replica["a"] == 5 if replica.position else False)
        assert replica.position == 3


def test_reads_see_the_old_state_until_the_new_one_is_whole(gate: threading.Event) -> None:
    def slow(exchange: Exchange) -> None:
        whole = snapshot_frames(12, {"name": "b", "value": 1}, {"name": "c", "value": 1})
        exchange.stream(whole[:-30])
        gate.wait(10)
        exchange.send(whole[-30:])
        exchange.wait_until_left()

    def refuse(exchange: Exchange) -> None:
        exchange.fail(400, "invalid")

    with (
        ScriptedServer(cut(snapshot_frames(9, A)), refuse, slow) as server,
        replica_of(server) as replica,
    ):
        wait_until(lambda: len(server.seen) == 3)
        assert list(replica) == ["a"]
        gate.set()
        replica.reach(12, 10)
        assert sorted(replica) == ["b", "c"]


def test_changes_are_told_in_order_once_reads_see_them() -> None:
    told: list[tuple[str, Any, Any, Any]] = []
    frames = [
        set_frame("app:a", 1, 10),
        set_frame("other", 1, 11),
        set_frame("app:a", 2, 12, layer="global"),
        set_frame("app:a", None, 13),
        delete_frame("app:a", 14),
        delete_frame("app:a", 15, layer="global"),
        set_frame("app:b", 1, 16),
    ]
    with ScriptedServer(held(snapshot_frames(9, DEFAULTS), *frames)) as server:
        replica = replica_of(server)
        replica.on_change(
            lambda name, old, new: told.append((name, old, new, replica.get(name, ABSENT))),
            prefix="app:",
        )
        with replica:
            replica.reach(16, 10)
            wait_until(lambda: len(told) == 5)

    assert [each[:3] for each in told] == [
        ("app:a", ABSENT, 1),
        ("app:a", 1, None),
        ("app:a", None, 2),
        ("app:a", 2, ABSENT),
        ("app:b", ABSENT, 1),
    ]
    assert all(new == read for _, _, new, read in told)


def test_a_callback_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    def fail(*_: object) -> None:
        raise ValueError("mine")

    with ScriptedServer(held(snapshot_frames(9), set_frame("a", 1, 10))) as server:
        replica = replica_of(server)
        replica.on_change(fail)
        replica.on_change(lambda name, *_: told.append(name))
        with replica, caplog.at_level(logging.ERROR):
            wait_until(lambda: told == ["a"])
            assert replica.is_live

    assert "ValueError: mine" in caplog.text


def test_a_callback_can_be_taken_back(gate: threading.Event) -> None:
    told: list[str] = []

    def script(exchange: Exchange) -> None:
        exchange.stream(snapshot_frames(9), set_frame("a", 1, 10))
        gate.wait(10)
        exchange.send(set_frame("b", 1, 11))
        exchange.wait_until_left()

    with ScriptedServer(script) as server:
        replica = replica_of(server)
        remove = replica.on_change(lambda name, *_: told.append(name))
        with replica:
            wait_until(lambda: told == ["a"])
            remove()
            remove()
            gate.set()
            replica.reach(11, 10)

    assert told == ["a"]


def test_what_changed_while_the_position_was_lost_is_told() -> None:
    told: list[tuple[str, Any, Any]] = []

    def refuse(exchange: Exchange) -> None:
        exchange.fail(410, "gone")

    later = snapshot_frames(20, {**A, "value": 2, "position": 15}, {"name": "c", "value": 3})
    first = snapshot_frames(9, A, {"name": "b", "value": 1})
    with ScriptedServer(cut(first), refuse, held(later)) as server:
        replica = replica_of(server)
        replica.on_change(lambda *change: told.append(change))
        with replica:
            replica.reach(20, 10)
            wait_until(lambda: len(told) == 3)

    assert told == [("a", 1, 2), ("b", 1, ABSENT), ("c", ABSENT, 3)]


@pytest.mark.parametrize("beats", [b":\n\n", set_frame("a", 1, 10)])
def test_whatever_the_server_says_keeps_it_fresh(beats: bytes, gate: threading.Event) -> None:
    clock = FakeClock()

    def script(exchange: Exchange) -> None:
        exchange.stream(snapshot_frames(9))
        gate.wait(10)
        exchange.send(beats)
        exchange.wait_until_left()

    with ScriptedServer(script) as server, replica_of(server, clock=clock) as replica:
        replica.wait_ready(10)
        wait_until(lambda: replica.is_live)
        clock.advance(30)
        assert replica.staleness == timedelta(seconds=30)
        wait_until(lambda: replica.is_live)
        clock.advance(30)
        wait_until(lambda: not replica.is_live)
        gate.set()
        wait_until(lambda: replica.staleness == timedelta(0))
        wait_until(lambda: replica.is_live)


def test_a_silent_connection_is_given_up() -> None:
    scripts = [held(snapshot_frames(9, A)), held(set_frame("a", 2, 10))]
    with ScriptedServer(*scripts) as server, replica_of(server, silence_seconds=0.2) as replica:
        replica.reach(10, 10)

    assert server.seen[1].headers["last-event-id"] == "9"


def test_a_lost_connection_is_not_live() -> None:
    with (
        ScriptedServer(cut(snapshot_frames(9, A)), refused) as server,
        replica_of(server) as replica,
    ):
        replica.wait_ready(10)
        wait_until(lambda: isinstance(replica.last_error, Unavailable))
        assert not replica.is_live
        assert replica["a"] == 1


def test_iteration_does_not_mind_changes_meanwhile() -> None:
    frames = [set_frame(f"n{number}", number, number) for number in range(10, 3_000)]
    with (
        ScriptedServer(held(snapshot_frames(9, A), *frames)) as server,
        replica_of(server) as replica,
    ):
        replica.wait_ready(10)
        while replica.position < 2_999:
            assert all(isinstance(name, str) for name in replica)
        assert len(replica.snapshot().values) == 2_991


def test_a_bug_of_ours_is_told_and_it_starts_over(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([ValueError("a bug")])
    replace: Callable[..., Any] = ConfigReplica._replace

    def failing_once(self: ConfigReplica, *args: Any) -> Any:
        if (error := next(failures, None)) is not None:
            raise error
        return replace(self, *args)

    monkeypatch.setattr(ConfigReplica, "_replace", failing_once)
    with ScriptedServer(held(snapshot_frames(9, A))) as server, replica_of(server) as replica:
        replica.wait_ready(10)

    assert "a bug" in caplog.text
    assert len(server.seen) == 2


def test_a_change_before_any_state_starts_over() -> None:
    early = frame("set", {"name": "a"}, position=1)
    with (
        ScriptedServer(cut(early), held(snapshot_frames(9, A))) as server,
        replica_of(server) as replica,
    ):
        replica.wait_ready(10)

    assert "last-event-id" not in server.seen[1].headers


def test_reaching_what_never_comes_says_where_it_stands() -> None:
    with ScriptedServer(held(snapshot_frames(9, A))) as server, replica_of(server) as replica:
        replica.wait_ready(10)
        with pytest.raises(Unavailable, match="at position 9, not at 10"):
            replica.reach(10, 0.01)


def test_a_silence_of_no_sense_is_refused() -> None:
    with pytest.raises(Invalid, match="silence_seconds"):
        ConfigReplica(server="http://localhost", silence_seconds=0)

"""The watch without its connection."""

from datetime import UTC, datetime

import pytest

from tenantry.sdk import ABSENT, ConfigChange, Unreachable
from tenantry.sdk.watching import Passed, Snapshot, Watching
from tests.support.scripted import delete_frame, frame, set_frame, snapshot_frames


def headers_of(watching: Watching) -> dict[str, str]:
    return dict(watching.request().headers)


def test_a_change_says_all_about_itself() -> None:
    watching = Watching()
    watching.request()

    set_, delete = watching.receive(
        set_frame("a", None, 5, layer="global", version=2)
        + delete_frame("s", 6, version=3, secret=True)
    )

    assert set_ == ConfigChange(
        name="a",
        value=None,
        version=2,
        position=5,
        updated_at=datetime(2024, 1, 15, 10, 30, tzinfo=UTC),
        layer="global",
    )
    assert not set_.is_deletion
    assert isinstance(delete, ConfigChange)
    assert (delete.value, delete.is_deletion, delete.is_secret) == (ABSENT, True, True)


def test_a_snapshot_counts_once_its_end_is_there() -> None:
    watching = Watching(with_snapshot=True)
    assert watching.request().target == "/config/watch?snapshot=true"
    whole = snapshot_frames(9, {"name": "a", "value": 1}, {"name": "b", "value": 2})

    assert watching.receive(whole[:-1]) == []
    assert not watching.is_resuming
    (snapshot,) = watching.receive(whole[-1:])

    assert isinstance(snapshot, Snapshot)
    assert (snapshot.position, [entry.name for entry in snapshot.entries]) == (9, ["a", "b"])
    assert headers_of(watching)["Last-Event-ID"] == "9"
    assert watching.request().target == "/config/watch"
    assert watching.retry_seconds == 0.01


def test_half_a_snapshot_is_forgotten_with_its_connection() -> None:
    watching = Watching(with_snapshot=True)
    watching.request()
    watching.receive(snapshot_frames(9, {"name": "a", "value": 1})[:-40])

    assert "Last-Event-ID" not in headers_of(watching)
    (snapshot,) = watching.receive(snapshot_frames(9, {"name": "b", "value": 1}))

    assert isinstance(snapshot, Snapshot)
    assert [entry.name for entry in snapshot.entries] == ["b"]


def test_a_snapshot_that_is_not_whole_is_refused() -> None:
    watching = Watching(with_snapshot=True)
    watching.request()

    with pytest.raises(Unreachable, match="2 settings came with 0"):
        watching.receive(frame("snapshot", {"position": 9, "count": 2}, position=9))


def test_what_comes_twice_counts_once() -> None:
    watching = Watching()
    watching.request()

    first = watching.receive(set_frame("a", 1, 5))
    again = watching.receive(set_frame("a", 1, 5) + set_frame("a", 2, 6))

    assert [change.position for change in [*first, *again]] == [5, 6]


def test_what_a_later_server_tells_is_left_out() -> None:
    watching = Watching()
    watching.request()

    assert watching.receive(frame("renamed", {"to": "b"}, position=5) + b":\n\n") == []


@pytest.mark.parametrize(
    "wrong",
    [
        b"id: 1\nevent: set\ndata: <html>\n\n",
        frame("set", {"name": "a"}, position=1),
        frame("delete", {"name": "a", "value": 1}, position=1),
        frame("start", {"position": "soon"}),
    ],
)
def test_what_is_no_watch_is_refused(wrong: bytes) -> None:
    watching = Watching()
    watching.request()

    with pytest.raises(Unreachable):
        watching.receive(wrong)


def test_a_set_without_a_value_is_refused() -> None:
    watching = Watching()
    watching.request()

    with pytest.raises(Unreachable, match="no sense"):
        watching.receive(delete_frame("a", 1).replace(b"event: delete", b"event: set"))


def test_a_watch_can_start_over() -> None:
    watching = Watching(with_snapshot=True)
    watching.request()
    watching.receive(snapshot_frames(9))

    watching.start_over()

    assert watching.request().target == "/config/watch?snapshot=true"


def test_a_heartbeat_moves_the_place_to_come_back_to_and_never_back() -> None:
    watching = Watching()
    assert watching.receive(b":\nid: 9\n\n") == []
    assert watching.position is None

    watching.receive(b'id: 5\nevent: start\ndata: {"position":5}\n\n')
    assert watching.receive(b":\nid: 9\n\n") == [Passed(9)]
    assert watching.receive(b":\nid: 7\n\n:\nid: x\n\n") == []
    assert ("Last-Event-ID", "9") in watching.request().headers

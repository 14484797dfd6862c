import pytest

from tenantry.eventlog import RecordedEvent, tail
from tenantry.eventlog.tail import Tail


def events(*positions: int, size: int = 2) -> list[RecordedEvent]:
    return [RecordedEvent(p, "acme", "s", p, "t.v1", b"x" * size, b"{}", p) for p in positions]


def filled(*positions: int) -> Tail:
    filled_tail = Tail()
    filled_tail.add(events(*positions))
    return filled_tail


def positions(found: list[RecordedEvent] | None) -> list[int] | None:
    return None if found is None else [event.position for event in found]


def test_an_empty_tail_knows_nothing() -> None:
    assert Tail().after(0, 10) is None
    assert Tail().last_position == 0


def test_what_is_here_is_returned_up_to_the_limit() -> None:
    newest = filled(5, 6, 7)
    assert positions(newest.after(4, 10)) == [5, 6, 7]
    assert positions(newest.after(6, 10)) == [7]
    assert positions(newest.after(4, 2)) == [5, 6]
    assert newest.last_position == 7


@pytest.mark.parametrize("position", [0, 3])
def test_what_is_older_must_be_read(position: int) -> None:
    assert filled(5, 6, 7).after(position, 10) is None


@pytest.mark.parametrize("position", [7, 8, 100])
def test_what_is_newer_must_be_read_since_others_append_too(position: int) -> None:
    assert filled(5, 6, 7).after(position, 10) is None


def test_a_batch_that_follows_on_is_added() -> None:
    newest = filled(5)
    newest.add(events(6, 7))
    assert positions(newest.after(4, 10)) == [5, 6, 7]


def test_a_gap_starts_the_tail_anew() -> None:
    newest = filled(5)
    newest.add(events(7, 8))
    assert newest.after(4, 10) is None
    assert positions(newest.after(6, 10)) == [7, 8]


def test_only_so_many_events_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "TAIL_EVENTS", 3)
    newest = filled(*range(1, 7))
    assert positions(newest.after(0, 10)) == [1, 2, 3, 4, 5, 6]
    newest.add(events(7))
    assert newest.after(3, 10) is None
    assert positions(newest.after(4, 10)) == [5, 6, 7]


def test_only_so_many_bytes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "TAIL_BYTES", 100)
    newest = Tail()
    newest.add(events(1, 2, 3, size=40))
    assert positions(newest.after(1, 10)) == [2, 3]

    newest.add(events(4, size=1_000))
    assert newest.after(3, 10) is None

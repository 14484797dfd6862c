import pytest

from tenantry.base.errors import Invalid, TooLarge
from tenantry.eventlog import (
    ANY,
    EXISTS,
    NO_STREAM,
    AppendRequest,
    NewEvent,
    StreamAppend,
)
from tenantry.eventlog.event import (
    MAX_APPEND_BYTES,
    MAX_EVENT_BYTES,
    MAX_EVENTS,
    is_expected,
)


def event(size: int = 2, *, max_bytes: int = MAX_EVENT_BYTES) -> NewEvent:
    return NewEvent("tests.happened.v1", b"x" * size, b"", max_bytes)


def request(*streams: StreamAppend) -> AppendRequest:
    return AppendRequest("acme", streams)


@pytest.mark.parametrize(
    "expected, versions",
    [(ANY, {0, 1, 2}), (NO_STREAM, {0}), (EXISTS, {1, 2}), (1, {1}), (2, {2}), (-3, set())],
)
def test_an_expectation_holds_for_these_versions_only(expected: int, versions: set[int]) -> None:
    assert {version for version in range(3) if is_expected(expected, version)} == versions


def test_a_request_counts_its_events_and_bytes() -> None:
    asked = request(StreamAppend("a", ANY, (event(3), event(4))), StreamAppend("b", 0, (event(5),)))
    assert (asked.event_count, asked.byte_count) == (3, 12)


@pytest.mark.parametrize("size", [1, 2])
def test_the_largest_event_is_accepted_and_one_byte_more_is_not(size: int) -> None:
    """Alone, which takes a shorter way, and in company."""
    for largest, bound in ((event(MAX_EVENT_BYTES), 262_144), (event(10, max_bytes=10), 10)):
        request(StreamAppend("a", ANY, (largest,) * size))
        one_more = NewEvent(largest.type, largest.data, b"x", largest.max_bytes)
        with pytest.raises(TooLarge, match=f"{bound + 1} bytes.*at most {bound} bytes an event"):
            request(StreamAppend("a", ANY, (one_more,) * size))


def test_the_most_events_are_accepted_and_one_more_is_not() -> None:
    half = (event(),) * (MAX_EVENTS // 2)
    request(StreamAppend("a", ANY, half), StreamAppend("b", ANY, half))
    with pytest.raises(TooLarge, match="2001 events"):
        request(StreamAppend("a", ANY, half), StreamAppend("b", ANY, (*half, event())))


def test_the_most_bytes_are_accepted_and_one_more_is_not() -> None:
    full = (event(MAX_EVENT_BYTES),) * (MAX_APPEND_BYTES // MAX_EVENT_BYTES)
    request(StreamAppend("a", ANY, full))
    with pytest.raises(TooLarge, match="33554433 bytes"):
        request(StreamAppend("a", ANY, full), StreamAppend("b", ANY, (event(1),)))


def test_a_request_names_at_least_one_stream_and_none_twice() -> None:
    with pytest.raises(Invalid, match="streams"):
        request()
    with pytest.raises(Invalid, match="each named once"):
        request(StreamAppend("a", 0), StreamAppend("a", 1))

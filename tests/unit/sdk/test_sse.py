"""Server-sent events: what the standard says, whatever the chunks."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.sdk.errors import Unreachable
from tenantry.sdk.sse import EventStreamParser, Frame

LINE_ENDS = ["\n", "\r", "\r\n"]


def frames_of(*chunks: bytes) -> list[Frame]:
    parser = EventStreamParser()
    return [frame for chunk in chunks for frame in parser.feed(chunk)]


def test_a_frame_has_its_event_its_data_and_its_id() -> None:
    assert frames_of(b'id: 57\nevent: set\ndata: {"a":1}\n\n') == [Frame("set", b'{"a":1}', "57")]


def test_a_frame_without_a_name_is_a_message() -> None:
    assert frames_of(b"data: x\n\n") == [Frame("message", b"x")]


def test_the_id_of_one_frame_is_not_that_of_the_next() -> None:
    assert frames_of(b"id: 1\ndata: a\n\ndata: b\n\n") == [
        Frame("message", b"a", "1"),
        Frame("message", b"b", None),
    ]


@pytest.mark.parametrize("end", LINE_ENDS)
def test_every_line_end_of_the_standard_is_one(end: str) -> None:
    text = f"event: set{end}data: x{end}{end}data: y{end}{end}"

    assert frames_of(text.encode()) == [Frame("set", b"x"), Frame("message", b"y")]


def test_a_crlf_that_is_split_between_chunks_is_one_line_end() -> None:
    assert frames_of(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == [Frame("message", b"a\nb")]


def test_a_chunk_that_is_only_the_second_half_of_a_crlf_ends_nothing() -> None:
    assert frames_of(b"data: a\r", b"\n", b"\r", b"\n") == [Frame("message", b"a")]


def test_lines_of_data_are_joined() -> None:
    assert frames_of(b"data: a\ndata\ndata:b\ndata:  c\n\n") == [Frame("message", b"a\n\nb\n c")]


def test_comments_and_unknown_fields_are_left_out() -> None:
    assert frames_of(b":\n\n: hello\nwhat: ever\ndata: x\n\n:\n\n") == [Frame("message", b"x")]


def test_a_byte_order_mark_at_the_start_is_left_out() -> None:
    assert frames_of(b"\xef\xbb", b"\xbfdata: x\n\n") == [Frame("message", b"x")]
    assert frames_of(b"data: x\n\n\xef\xbb\xbfdata: y\n\n") == [Frame("message", b"x")]


def test_a_frame_that_is_not_ended_does_not_count() -> None:
    assert frames_of(b"data: a\n\nid: 9\ndata: b\n") == [Frame("message", b"a")]


def test_a_frame_without_data_is_none() -> None:
    assert frames_of(b":\nevent: set\n\ndata: x\n\n") == [Frame("message", b"x")]


def test_an_id_without_data_is_a_place_and_no_event() -> None:
    assert frames_of(b":\nid: 7\n\ndata: x\n\n") == [Frame("", b"", "7"), Frame("message", b"x")]


def test_an_id_with_a_null_is_none() -> None:
    assert frames_of(b"id: 1\0\ndata: x\n\n") == [Frame("message", b"x", None)]


def test_the_time_to_come_back_after_is_kept() -> None:
    parser = EventStreamParser()

    parser.feed(b"retry: 1500\n\nretry: soon\n\n")

    assert parser.retry_seconds == 1.5


def test_a_frame_beyond_every_measure_is_refused() -> None:
    parser = EventStreamParser(max_frame_bytes=100)
    for _ in range(20):
        assert parser.feed(b"data: x\n\n:\n\n")

    for _ in range(12):
        parser.feed(b"data: x\n")
    with pytest.raises(Unreachable, match="over 100 bytes"):
        parser.feed(b"data: x\n")


def test_what_is_no_utf8_is_refused() -> None:
    with pytest.raises(Unreachable, match="UTF-8"):
        frames_of(b"event: \xff\ndata: x\n\n")


@given(
    lines=st.lists(
        st.sampled_from(
            ["", "data: ä", "data", "data: {}", "id: 7", "event: set", ":", ": x", "retry: 5"]
        ),
        max_size=12,
    ),
    ends=st.lists(st.sampled_from(LINE_ENDS), min_size=12, max_size=12),
    cuts=st.lists(st.integers(0, 120), max_size=8),
)
def test_chunks_make_no_difference(lines: list[str], ends: list[str], cuts: list[int]) -> None:
    whole = "".join(f"{line}{end}" for line, end in zip(lines, ends, strict=False)).encode()
    places = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    chunks = [whole[start:end] for start, end in itertools.pairwise(places)]

    assert frames_of(*chunks) == frames_of(whole) == frames_of(*(bytes([b]) for b in whole))

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tenantry.eventlog import decode_rows, encode_rows, in_chunks


@given(st.lists(st.binary(max_size=30)), st.integers(min_value=1, max_value=50))
def test_chunks_together_are_the_records_together(records: list[bytes], size: int) -> None:
    chunks = list(in_chunks(records, chunk_bytes=size))
    assert b"".join(chunks) == b"".join(records)
    assert all(len(chunk) < size + 30 for chunk in chunks)
    assert all(len(chunk) >= size for chunk in chunks[:-1])


def test_no_record_is_split() -> None:
    records = [b"one\n", b"two\n", b"three\n"]
    assert list(in_chunks(records, chunk_bytes=5)) == [b"one\ntwo\n", b"three\n"]


def test_nothing_makes_no_chunk() -> None:
    assert list(in_chunks([])) == []


@given(st.lists(st.tuples(st.text(max_size=40), st.integers(-(2**63), 2**63)), max_size=700))
def test_rows_come_back_as_they_were(rows: list[tuple[str, int]]) -> None:
    decoder = msgspec.msgpack.Decoder(list[tuple[str, int]])

    assert list(decode_rows(encode_rows(rows), decoder)) == rows

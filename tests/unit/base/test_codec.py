import contextlib
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base.codec import MAX_DEPTH, check_depth, decode_json, encode_json
from tenantry.base.errors import Invalid, TooLarge

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(VALUES)
def test_what_was_encoded_is_decoded_again(value: Any) -> None:
    assert decode_json(encode_json(value)) == value


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nul", b"{'a': 1}", b"[1,]", b"NaN", b"\xff", b'"\xc3("', b"1 2", b'"\\ud800"'],
)
def test_what_is_not_utf8_json_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        decode_json(body)


@given(st.binary(max_size=200))
def test_no_bytes_cause_anything_but_a_refusal(body: bytes) -> None:
    with contextlib.suppress(Invalid):
        decode_json(body)


def test_the_refusal_names_the_field() -> None:
    with pytest.raises(Invalid, match="value") as caught:
        decode_json(b"{", field="value")
    assert caught.value.details is not None
    assert caught.value.details["field"] == "value"


def test_a_body_above_its_bound_is_too_large_and_the_message_has_both_numbers() -> None:
    with pytest.raises(TooLarge, match=r"5 bytes.*at most 4 bytes"):
        decode_json(b"12345", max_bytes=4)
    assert decode_json(b"1234", max_bytes=4) == 1234


def test_the_deepest_nesting_is_accepted_and_one_more_is_refused() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert decode_json(deepest) is not None

    with pytest.raises(Invalid, match=f"beyond {MAX_DEPTH}"):
        decode_json(b"[" + deepest + b"]")


def test_brackets_side_by_side_or_in_text_are_not_depth() -> None:
    check_depth(b"[" + b"[]," * 1_000 + b"[]]")
    check_depth(b'"' + b"[" * 1_000 + b'"')
    check_depth(b'"\\"' + b"[" * 1_000 + b'"')


BRACKETS_AND_QUOTES = st.text(st.sampled_from('[]{}"\\\\,: a'))


@given(
    st.recursive(
        st.none() | BRACKETS_AND_QUOTES,
        lambda inner: st.lists(inner) | st.dictionaries(BRACKETS_AND_QUOTES, inner),
        max_leaves=20,
    ),
    st.integers(min_value=0, max_value=3),
)
def test_depth_is_told_exactly_however_many_brackets_there_are(value: Any, beyond: int) -> None:
    depth = _depth_of(value)
    # So many brackets side by side that counting them alone says nothing.
    wide = b",".join([encode_json([value])] * (MAX_DEPTH + 1))
    around = MAX_DEPTH - depth - 2 + beyond
    body = b"[" * around + b"[" + wide + b"]" + b"]" * around

    if beyond == 0:
        assert decode_json(body) is not None
        return
    with pytest.raises(Invalid, match=f"beyond {MAX_DEPTH}"):
        decode_json(body)


def _depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth_of, value), default=0)
    return 0


@given(st.text('[]{}"\\,:a', max_size=40))
def test_whatever_follows_it_a_beginning_that_is_too_deep_is_refused(junk: str) -> None:
    with pytest.raises(Invalid):
        check_depth(b'{"a":[' * (MAX_DEPTH // 2) + b"[" + junk.encode())


@pytest.mark.parametrize(
    "body",
    [
        (b"[" * 200 + b"]" * 200) * 1_000,
        b'"' + b'\\"' * 200_000 + b"[" * 201,
        b"\\" * 200_000 + b"[" * 201,
        b'"' * 200_001 + b"[" * 201,
    ],
    ids=["deep again and again", "a string without an end", "backslashes", "quotes"],
)
def test_no_body_makes_the_depth_check_slow(body: bytes) -> None:
    started_at = time.process_time()
    with pytest.raises(Invalid):
        decode_json(body)
    assert time.process_time() - started_at < 1.0

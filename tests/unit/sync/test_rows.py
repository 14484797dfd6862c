"""Rows to what is stored of them."""

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Collection
from tenantry.sync.rules import hash_of, later_since, pack_hashes, prepare, unpack_hashes
from tenantry.sync.rules.rows import MAX_KEY_CHARACTERS, MAX_ROW_BYTES

SECRET = "Grete-Geheim"

KEYS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00\x1f"), min_size=1),
    st.integers(-(2**62), 2**62),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def collection(*key: str, **declared: Any) -> Collection:
    return Collection(name="things", phase="essential", key=key or ("id",), **declared)


@given(st.lists(st.tuples(KEYS, JSON), max_size=20))
def test_each_key_is_stored_once_with_the_last_of_its_rows(pairs: list[tuple[Any, Any]]) -> None:
    rows = [{"id": key, "of": value} for key, value in pairs]

    prepared = prepare(collection(), rows, page=1)

    expected = {str(row["id"]): row for row in rows}
    assert {row.key: msgspec.json.decode(row.data) for row in prepared.rows} == expected
    assert prepared.hashes == {hash_of(key) for key in expected}
    assert prepared.since is None


@given(st.tuples(KEYS, KEYS), st.tuples(KEYS, KEYS))
def test_two_keys_of_several_fields_are_never_one(one: Any, other: Any) -> None:
    assume(tuple(map(str, one)) != tuple(map(str, other)))
    rows = [{"a": first, "b": second} for first, second in (one, other)]

    assert len(prepare(collection("a", "b"), rows, page=1).rows) == 2


def test_a_field_with_the_separator_in_it_is_no_part_of_a_key() -> None:
    with pytest.raises(ValidationError):
        prepare(collection("a", "b"), [{"a": "x\x1fy", "b": "z"}], page=1)


@given(JSON, JSON)
def test_a_digest_is_of_what_a_row_says_and_of_nothing_else(one: Any, other: Any) -> None:
    first, second = ({"id": 1, "of": one}, {"of": other, "id": 1})
    digests = [prepare(collection(), [row], page=1).rows[0].digest for row in (first, second)]

    same = msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")
    assert (digests[0] == digests[1]) == same


@pytest.mark.parametrize("value", [None, True, 1.5, "", [SECRET], {SECRET: SECRET}, SECRET + "\0"])
def test_what_is_no_key_is_named_and_not_quoted(value: Any) -> None:
    with pytest.raises(ValidationError) as error:
        prepare(collection("id"), [{"id": "x", "of": SECRET}, {"id": value, "of": SECRET}], page=3)

    assert error.value.message.startswith("things: page 3, row 2: id: got ")
    assert SECRET not in f"{error.value.message} {error.value.details}"


def test_a_key_that_is_missing_is_named() -> None:
    with pytest.raises(ValidationError, match="id: got nothing"):
        prepare(collection("id"), [{"of": SECRET}], page=1)


def test_keys_have_bounds() -> None:
    fits = "x" * MAX_KEY_CHARACTERS
    assert prepare(collection(), [{"id": fits}], page=1).rows[0].key == fits

    with pytest.raises(ValidationError) as error:
        prepare(collection(), [{"id": fits + "y"}], page=1)
    assert f"got a key of {MAX_KEY_CHARACTERS + 1} characters" in error.value.message
    assert "xxx" not in error.value.message


def test_rows_have_bounds() -> None:
    empty = len(msgspec.json.encode({"id": 1, "of": ""}))
    fits = {"id": 1, "of": SECRET.ljust(MAX_ROW_BYTES - empty, "x")}
    assert len(prepare(collection(), [fits], page=1).rows[0].data) == MAX_ROW_BYTES

    with pytest.raises(ValidationError, match=f"got {MAX_ROW_BYTES + 1} bytes") as error:
        prepare(collection(), [{**fits, "of": fits["of"] + "x"}], page=1)  # type: ignore[operator]  # it is a text
    assert SECRET not in error.value.message


@given(st.lists(st.integers(-(2**50), 2**50), min_size=1) | st.lists(st.text(), min_size=1))
def test_the_highest_cursor_of_a_page_is_told(cursors: list[Any]) -> None:
    rows = [{"id": number, "at": cursor} for number, cursor in enumerate(cursors)]

    prepared = prepare(collection(cursor="at"), rows, page=1)

    assert msgspec.json.decode(prepared.since or "") == max(cursors)
    assert [msgspec.json.decode(row.cursor or "") for row in prepared.rows] == cursors


@pytest.mark.parametrize("value", [None, False, [SECRET], {"a": SECRET}])
def test_what_is_no_cursor_is_named_and_not_quoted(value: Any) -> None:
    with pytest.raises(ValidationError, match="row 1: at: got ") as error:
        prepare(collection(cursor="at"), [{"id": 1, "at": value}], page=1)
    assert SECRET not in error.value.message


@given(st.integers() | st.none(), st.integers() | st.none())
def test_the_higher_of_two_cursors_counts(one: int | None, other: int | None) -> None:
    assume(all(value is None or abs(value) < 2**62 for value in (one, other)))
    texts = [None if value is None else str(value) for value in (one, other)]

    found = later_since(*texts)

    present = [value for value in (one, other) if value is not None]
    assert found == (str(max(present)) if present else None)


def test_a_source_that_changes_the_kind_of_its_cursor_is_followed() -> None:
    assert later_since("5", '"2026-01-01"') == '"2026-01-01"'
    assert later_since('"2026-01-01"', "5") == "5"


@given(st.frozensets(st.integers(0, 2**64 - 1)))
def test_hashes_are_read_as_they_were_written(hashes: frozenset[int]) -> None:
    assert unpack_hashes(pack_hashes(hashes)) == hashes


@given(st.frozensets(KEYS.map(str), max_size=200))
def test_hashes_tell_keys_apart(keys: frozenset[str]) -> None:
    assert len(set(map(hash_of, keys))) == len(keys)
    assert all(0 <= hash_of(key) < 2**64 for key in keys)

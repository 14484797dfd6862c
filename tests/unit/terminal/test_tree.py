"""Trees as JSON and YAML: what is written is read back, and what is unclear is refused."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base.errors import Invalid
from tenantry.base.yaml import render_yaml
from tenantry.terminal import TreeFormat
from tenantry.terminal.tree import is_same_value, parse_tree, render_tree

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBER = st.one_of(
    st.integers(-(10**30), 10**30).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
    st.sampled_from(["0", "-0", "1.10", "1E5", "1e400", "12e-3", "1.0e+7", "0.00"]),
)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        NUMBER.map(lambda text: msgspec.Raw(text.encode())),
        TEXT,
        st.sampled_from(
            ["no", "1e3", "012", "0o7", "2024-01-01", "~", "=", "<<", "a\nb\n", "x: y", "- a", "|"]
        ),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
TREES = st.dictionaries(TEXT, VALUES.map(msgspec.json.encode), max_size=6)


@pytest.mark.parametrize("form", ["json", "yaml"])
@given(tree=TREES)
def test_what_is_written_is_read_back_byte_for_byte(
    form: TreeFormat, tree: dict[str, bytes]
) -> None:
    content = b"".join(render_tree(tree.items(), form=form))

    assert list(parse_tree(content, form=form, source="x").items()) == list(tree.items())


@given(value=VALUES.map(msgspec.json.encode))
def test_a_value_is_the_same_however_it_is_spaced_and_escaped(value: bytes) -> None:
    spaced = msgspec.json.format(value, indent=3)
    escaped = "".join(c if c < "\x80" else "".join(map(_escape, _units(c))) for c in value.decode())

    assert is_same_value(value, spaced)
    assert is_same_value(value, escaped.encode())


@pytest.mark.parametrize(
    "one, other", [(b"1", b"1.0"), (b"1", b"true"), (b'"1"', b"1"), (b"[]", b"{}"), (b"0", b"-0")]
)
def test_what_only_looks_the_same_is_another_value(one: bytes, other: bytes) -> None:
    assert not is_same_value(one, other)


def test_the_order_of_keys_is_no_difference() -> None:
    assert is_same_value(b'{"a":1,"b":2}', b'{"b": 2, "a": 1}')


@pytest.mark.parametrize(
    "content, problem",
    [
        ('{"a": 1, "a": 2}', "'a' appears twice"),
        ('{"a": {"b": 1, "b": 1}, "c": 1}', "'a: b' appears twice"),
        ('{"c": [{"x": [{"b": 1, "b": 1}]}]}', "'c: b' appears twice"),
        ("[1, 2]", "a JSON object"),
        ("", "a JSON object"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1', "x: Expecting"),
        ('{"a": ' + "[" * 5000 + "]" * 5000 + "}", "nesting"),
    ],
)
def test_json_that_is_no_clear_tree_is_refused(content: str, problem: str) -> None:
    with pytest.raises(Invalid, match=r"^x") as refused:
        parse_tree(content.encode(), form="json", source="x")

    assert problem in refused.value.message


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_bytes_that_are_not_utf8_are_refused(form: TreeFormat) -> None:
    with pytest.raises(Invalid, match="UTF-8"):
        parse_tree(b'{"a": "\xff"}', form=form, source="x")


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_byte_order_mark_is_no_part_of_a_name(form: TreeFormat) -> None:
    assert parse_tree('\ufeff{"a": 1}'.encode(), form=form, source="x") == {"a": b"1"}


@pytest.mark.parametrize(
    "content, problem",
    [
        ("a: 1\nb: 2\na: 3", "x:3: a appears twice"),
        ("a:\n  b: {c: 1, c: 2}", "a > b > c appears twice"),
        ("born:\n  at: 2024-01-01", "x:2: born > at is a date"),
        ("a: 2024-01-01T10:00:00Z", "a is a date"),
        ("a: !!binary aGk=", "a is binary"),
        ("a: !!set {b}", "a is a set"),
        ("a: !!omap [b: 1]", "a is an ordered mapping"),
        ("a: !mine b", "a is !mine"),
        ("a: [1, .inf]", "a > 1 is .inf"),
        ("a: .nan", "a is .nan"),
        ("country: no", "country is no, which not all YAML readers understand alike"),
        ("a: on", "a is on"),
        ("a: 012", "a is 012"),
        ("a: 0o12", "a is 0o12"),
        ("a: 1_000", "a is 1_000"),
        ("a: 12:30", "a is 12:30"),
        ("a: 1e3", "a is 1e3"),
        (
            "8080: web",
            '8080 is no text as a key, wants quotes around it where it is a name: "8080"',
        ),
        ("a: {true: 1}", "a > true is no text as a key"),
        ("? [a, b]\n: 1", "has a key that is no text"),
        ("- 1\n- 2", "wants a YAML mapping"),
        ("", "wants a YAML mapping"),
        ("a: 1\n---\nb: 2", "x:2: but found another document"),
        ("a: [1", "x:2: did not find expected"),
        ("a: &a [*a]", "nested too deep"),
        ("a: &a {<<: *a}", "nesting"),
        ('a: "\\ud800"', "x:1: "),
        ("a: " + "[" * 250 + "]" * 250, "a is nested too deep"),
    ],
)
def test_yaml_that_is_no_clear_tree_is_refused_by_name(content: str, problem: str) -> None:
    with pytest.raises(Invalid, match=r"^x") as refused:
        parse_tree(content.encode(), form="yaml", source="x")

    assert problem in refused.value.message


def test_aliases_that_blow_up_are_refused_before_they_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    with pytest.raises(Invalid, match="is too large"):
        parse_tree("\n".join(lines).encode(), form="yaml", source="x")


@pytest.mark.parametrize(
    "written, value",
    [
        ("0x1F", 31),
        ("+5", 5),
        (".5", 0.5),
        ("5.", 5.0),
        ("~", None),
        ("", None),
        ("True", True),
        ("plain text", "plain text"),
        ("'2024-01-01'", "2024-01-01"),
        ("'no'", "no"),
        ("&a [1, 2]", [1, 2]),
        ("{b: 1, <<: {b: 2, c: 3}}", {"b": 1, "c": 3}),
        ("{<<: [{b: 1}, {b: 2, c: 3}]}", {"b": 1, "c": 3}),
    ],
)
def test_yaml_is_understood_as_its_readers_agree_on(written: str, value: Any) -> None:
    read = parse_tree(f"a: {written}".encode(), form="yaml", source="x")

    assert msgspec.json.decode(read["a"]) == value


def test_text_of_several_lines_is_written_as_a_block() -> None:
    value = msgspec.json.encode({"script": "set -e\n  echo hi\n"})

    assert render_yaml(value).decode() == "script: |\n  set -e\n    echo hi\n"


def _units(character: str) -> list[int]:
    raw = character.encode("utf-16-be")
    return [int.from_bytes(raw[index : index + 2]) for index in range(0, len(raw), 2)]


def _escape(unit: int) -> str:
    return f"\\u{unit:04x}"

"""YAML by the core schema; how trees are read plainly is told with the terminal's own tests."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.base.errors import Invalid
from tenantry.base.yaml import read_yaml, render_yaml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["on", "no", "1e3", "012", "0o7", "2024-01-01", "~", "=", "<<", "a\nb\n", ".inf", "1_0", ""]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    text = render_yaml(msgspec.json.encode(value)).decode()

    assert read_yaml(text, source="x") == value


@pytest.mark.parametrize("text", ["on", "off", "yes", "no", "Y", "n", "2024-01-01", "1:30", "1_0"])
def test_what_only_older_versions_read_otherwise_is_text(text: str) -> None:
    assert read_yaml(f"{text}: {text}", source="x") == {text: text}


@pytest.mark.parametrize(
    "text, value",
    [
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("Null", None),
        ("012", 12),
        ("0o14", 12),
        ("0xC", 12),
        ("+12", 12),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("99999999999999999999", 1e20),
        ("&a [1, 2]", [1, 2]),
    ],
)
def test_scalars_are_those_of_the_core_schema(text: str, value: object) -> None:
    read = read_yaml(f"a: {text}", source="x")["a"]

    assert read == value
    assert type(read) is type(value)


def test_mappings_are_merged_and_their_own_entries_win() -> None:
    text = "base: &base {a: 1, b: 2}\nmine: {<<: *base, b: 3}"

    assert read_yaml(text, source="x")["mine"] == {"b": 3, "a": 1}


def test_an_empty_document_is_nothing() -> None:
    assert read_yaml("# only a comment\n", source="x") is None


@pytest.mark.parametrize(
    "text, told",
    [
        ("a: 1\nb:\n  c: 1\n  c: 2", "x:4: b > c appears twice"),
        ("a: 1\nb: [", "x:3: did not find expected node content"),
        ("1: 2", 'x:1: 1 is no text as a key, wants quotes around it where it is a name: "1"'),
        ("a: .inf", "x:1: a is no number that JSON can say"),
        ("a: -.INF", "x:1: a is no number that JSON can say"),
        ("a: .nan", "x:1: a is no number that JSON can say"),
        ("a: 1e999", "x:1: a is no number that JSON can say"),
        ("a: !!int x", "x:1: a is tagged as int, and is none"),
        ("a: !!binary aa", "x:1: a is binary"),
        ("a: !!timestamp 2024-01-01", "x:1: a is a date"),
        ("a: !python/object:os.system x", "x:1: a is !python/object:os.system"),
        ("a: 1\n---\nb: 2", "x:2: but found another document"),
        ("a: &a [*a]", "x:1: a is nested too deep"),
        ("a: " + "[" * 500 + "]" * 500, "x:1: a is nested too deep"),
        ("a: " + "[" * 100_000, "x:1: is nested too deep"),
        ("\n".join(" " * n + "a:" for n in range(1_200)), "x:1001: is nested too deep"),
        ("- " * 100_000, "x:1: is nested too deep"),
        ("? " * 100_000, "x:1: is nested too deep"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_yaml(text, source="x")
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize("form", ["[{}]", "{{{}}}"])
def test_aliases_do_not_blow_up(form: str) -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for level in range(1, 12):
        names = [f"*a{level - 1}"] * 10
        inner = ", ".join(names if form == "[{}]" else [f"k{i}: {n}" for i, n in enumerate(names)])
        lines.append(f"a{level}: &a{level} {form.format(inner)}")

    with pytest.raises(Invalid, match="is too large"):
        read_yaml("\n".join(lines), source="x")

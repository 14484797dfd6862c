"""Trees of names and JSON values, as one file holds them: read, written, compared.

A value is handled as its JSON, never as Python objects: what a file says is what is stored, down
to the digits of a number.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from tenantry.base.errors import Invalid
from tenantry.base.yaml import parse_yaml, render_yaml_entry
from tenantry.terminal.output import TreeFormat

_FORMATS: Mapping[str, TreeFormat] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}
_OBJECT_START = re.compile(rb"\s*\{")


def format_of(path: Path) -> TreeFormat | None:
    """Return the format that the suffix of `path` names."""
    return _FORMATS.get(path.suffix.lower())


def parse_tree(content: bytes, *, form: TreeFormat, source: str) -> dict[str, bytes]:
    """Return name -> compact JSON of every top-level entry of `content`.

    Raises `Invalid`, naming `source` and the key, for what is no mapping of names to JSON values,
    and for a key that appears twice anywhere.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            field=source, got=f"bytes that are not UTF-8 at {error.start}", wants="UTF-8"
        ) from error

    return _parse_json(text, source) if form == "json" else parse_yaml(text, source=source)


def render_tree(entries: Iterable[tuple[str, bytes]], *, form: TreeFormat) -> Iterator[bytes]:
    """Yield the text of a file with `entries`, in their order; reading it gives them back."""
    if form == "yaml":
        return _render_yaml(entries)
    return _render_json(entries)


def is_same_value(one: bytes, other: bytes) -> bool:
    """Whether two JSON texts say the same: white space, escapes and the order of keys do not count.

    Numbers are the same where they are written the same.
    """
    return one == other or _literal(one) == _literal(other)


def _render_json(entries: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    yield b"{"
    separator = b"\n  "
    for name, value in entries:
        # No string in JSON holds a line break, so every one of them is between tokens.
        shown = msgspec.json.format(value, indent=2).replace(b"\n", b"\n  ")
        yield separator + msgspec.json.encode(name) + b": " + shown
        separator = b",\n  "
    yield b"}\n" if separator == b"\n  " else b"\n}\n"


def _render_yaml(entries: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    is_empty = True
    for name, value in entries:
        is_empty = False
        yield render_yaml_entry(name, value)
    if is_empty:
        yield b"{}\n"


def _parse_json(text: str, source: str) -> dict[str, bytes]:
    duplicates: list[str] = []
    pairs = _pairs_of(text, source, duplicates)
    if twice := _repeated(pairs):
        raise _twice(source, twice[0])

    try:
        values = msgspec.json.decode(text.encode(), type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise Invalid(f"{source}: {error}", field=source, wants="JSON") from error
    if duplicates:
        raise _twice(source, _place_of_duplicate(values, duplicates[0]))
    return {name: msgspec.json.format(bytes(value), indent=-1) for name, value in values.items()}


def _pairs_of(text: str, source: str, duplicates: list[str]) -> Sequence[tuple[str, Any]]:
    """Return the pairs of the outermost object, and note every key that an inner one has twice."""
    outermost: list[tuple[str, Any]] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        nonlocal outermost
        duplicates.extend(_repeated(outermost))
        outermost = pairs

    if not _OBJECT_START.match(text.encode("utf-8", "surrogatepass")[:1000]):
        raise Invalid(field=source, got="no object", wants="a JSON object of names and values")
    try:
        json.loads(text, object_pairs_hook=note, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise Invalid(field=source, got="nesting beyond any use", wants="200 levels") from error
    except ValueError as error:
        raise Invalid(f"{source}: {error}", field=source, wants="JSON") from error
    return outermost


def _repeated(pairs: Sequence[tuple[str, Any]]) -> list[str]:
    seen: set[str] = set()
    repeated = []
    for name, _ in pairs:
        if name in seen:
            repeated.append(name)
        seen.add(name)
    return repeated


def _place_of_duplicate(values: Mapping[str, msgspec.Raw], key: str) -> str:
    for name, value in values.items():
        found: list[str] = []

        def note(pairs: list[tuple[str, Any]], found: list[str] = found) -> None:
            found.extend(_repeated(pairs))

        json.loads(bytes(value), object_pairs_hook=note)
        if found:
            return f"{name}: {found[0]}"
    return key


def _twice(source: str, place: str) -> Invalid:
    return Invalid(
        f"{source}: {place!r} appears twice, wants each key once", field=source, code="duplicate"
    )


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _literal(value: bytes) -> Any:
    """Return `value` as Python objects whose numbers are their own text."""
    return json.loads(value, parse_int=_number, parse_float=_number)


def _number(text: str) -> tuple[str]:
    # A tuple, since nothing else in JSON becomes one.
    return (text,)

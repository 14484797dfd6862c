"""YAML that says what JSON can say, and nothing that two readers understand differently.

The one door to PyYAML. Reading goes over its nodes rather than its objects, so that a number keeps
its digits, and what JSON lacks (dates, binary) or what YAML's versions disagree on (`no`, `012`,
`1:30`) is refused by name instead of becoming something else.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import yaml

from tenantry.base.codec import MAX_DEPTH
from tenantry.base.errors import Invalid

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Final[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_TAG: Final = "tag:yaml.org,2002:"
_NOUNS: Final = {
    "timestamp": "a date",
    "binary": "binary",
    "set": "a set",
    "omap": "an ordered mapping",
    "pairs": "a list of pairs",
}

_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]+")
_DECIMAL: Final = re.compile(r"[+-]?(0|[1-9][0-9]*|[0-9]*\.[0-9]+|[0-9]+\.)([eE][+-]?[0-9]+)?")
# Text to the version of YAML that PyYAML reads, a number to the next one.
_NUMBER_TO_OTHERS: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+", re.ASCII
)
# A value may have a million characters, and every node has at least one of them.
_MOST_NODES: Final = 1_000_000
# No line is folded: how it would be put together again is for YAML's finer points.
_NO_WIDTH: Final = 2**31 - 1


def parse_yaml(text: str, *, source: str) -> dict[str, bytes]:
    """Return name -> compact JSON of every entry of the mapping in `text`.

    Raises `Invalid` with the line for what is no such mapping.
    """
    try:
        return _parse(text, source)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Invalid(f"{source}:{line}: {error.problem}", field=source, wants="YAML") from error
    except yaml.YAMLError as error:
        raise Invalid(f"{source}: {error}", field=source, wants="YAML") from error
    except RecursionError as error:
        raise Invalid(field=source, got="nesting beyond any use", wants="200 levels") from error


def render_yaml_entry(name: str, value: bytes) -> bytes:
    """Return the lines of one entry of a mapping; those of several make one mapping."""
    pair = (_node_of(name), _node_of(_with_literal_numbers(value)))
    return _serialize(yaml.MappingNode(f"{_TAG}map", [pair]))


def render_yaml(value: bytes) -> bytes:
    """Return the JSON `value` as a YAML document."""
    return _serialize(_node_of(_with_literal_numbers(value)))


def _parse(text: str, source: str) -> dict[str, bytes]:
    root = yaml.compose(text, Loader=_LOADER)
    if not isinstance(root, yaml.MappingNode):
        raise Invalid(field=source, got="no mapping", wants="a YAML mapping of names and values")
    reader = _Reader(source)
    return {name: reader.read(name, node) for name, node in reader.entries(root, ())}


class _Reader:
    """Turns nodes into JSON; `path` is the keys on the way to a node."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._node_count = 0

    def read(self, name: str, node: yaml.Node) -> bytes:
        self._node_count = 0
        try:
            return msgspec.json.encode(self._value_of(node, (name,)))
        except UnicodeEncodeError:
            raise self._refused(node, (name,), "has half a character in it", "text") from None

    def entries(
        self, mapping: yaml.MappingNode, path: tuple[str, ...]
    ) -> Iterator[tuple[str, yaml.Node]]:
        """Yield the entries of `mapping`, those it merges in (`<<`) last."""
        merged: list[yaml.Node] = []
        seen: set[str] = set()
        for key, value in mapping.value:
            if key.tag == f"{_TAG}merge":
                merged.append(value)
                continue
            name = self._key_of(key, path)
            if name in seen:
                raise self._refused(key, (*path, name), "appears twice", "each key once")
            seen.add(name)
            yield name, value

        for node in merged:
            for name, value in self._merged_entries(node, path):
                if name not in seen:
                    seen.add(name)
                    yield name, value

    def _merged_entries(
        self, node: yaml.Node, path: tuple[str, ...]
    ) -> Iterator[tuple[str, yaml.Node]]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            self._count(source, path)
            if not isinstance(source, yaml.MappingNode):
                raise self._refused(node, (*path, "<<"), "is no mapping", "a mapping to merge")
            yield from self.entries(source, path)

    def _key_of(self, key: yaml.Node, path: tuple[str, ...]) -> str:
        if not isinstance(key, yaml.ScalarNode):
            raise self._refused(key, path, "has a key that is no text", "text as keys")
        read = self._scalar_of(key, (*path, key.value))
        if not isinstance(read, str):
            wants = f"quotes around it where it is a name: {json.dumps(key.value)}"
            raise self._refused(key, (*path, key.value), "is no text as a key", wants)
        return read

    def _value_of(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        self._count(node, path)
        if isinstance(node, yaml.MappingNode):
            self._require(node, path, "map")
            return {
                name: self._value_of(value, (*path, name))
                for name, value in self.entries(node, path)
            }
        if isinstance(node, yaml.SequenceNode):
            self._require(node, path, "seq")
            return [
                self._value_of(item, (*path, str(index))) for index, item in enumerate(node.value)
            ]
        return self._scalar_of(node, path)

    def _scalar_of(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        text: str = node.value
        match node.tag.removeprefix(_TAG):
            case "null":
                return None
            case "bool" if text.lower() in ("true", "false"):
                return text.lower() == "true"
            case "int" | "float" if (number := _number_of(text)) is not None:
                return number
            case "str" | "value":
                if not getattr(node, "style", None) and _NUMBER_TO_OTHERS.fullmatch(text):
                    raise self._ambiguous(node, path)
                return text
            case "bool" | "int" | "float":
                raise self._ambiguous(node, path)
            case _:
                raise self._not_json(node, path)

    def _require(self, node: yaml.Node, path: tuple[str, ...], kind: str) -> None:
        if node.tag != f"{_TAG}{kind}":
            raise self._not_json(node, path)

    def _count(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        """Bound what aliases can blow up, and what refers to itself."""
        self._node_count += 1
        if len(path) > MAX_DEPTH + 1:
            raise self._refused(node, path[:1], "is nested too deep", f"{MAX_DEPTH} levels")
        if self._node_count > _MOST_NODES:
            raise self._refused(node, path[:1], "is too large", f"at most {_MOST_NODES} nodes")

    def _not_json(self, node: yaml.Node, path: tuple[str, ...]) -> Invalid:
        kind = node.tag.removeprefix(_TAG)
        return self._refused(
            node, path, f"is {_NOUNS.get(kind, kind)}", "what JSON can say, or quotes around text"
        )

    def _ambiguous(self, node: yaml.Node, path: tuple[str, ...]) -> Invalid:
        return self._refused(
            node,
            path,
            f"is {node.value}, which not all YAML readers understand alike",
            "true or false, a plain decimal number, or quotes around text",
        )

    def _refused(self, node: yaml.Node, path: tuple[str, ...], problem: str, wants: str) -> Invalid:
        place = f"{self._source}:{node.start_mark.line + 1}"
        key = " > ".join(path)
        return Invalid(f"{place}: {key} {problem}, wants {wants}", field=key, wants=wants)


def _number_of(text: str) -> Any:
    """Return the number that every YAML reader sees in `text`, its digits kept; else None."""
    if _JSON_NUMBER.fullmatch(text):
        return msgspec.Raw(text.encode())
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _DECIMAL.fullmatch(text):
        return float(text) if {".", "e", "E"} & set(text) else int(text)
    return None


def _with_literal_numbers(value: bytes) -> Any:
    return json.loads(value, parse_int=_Integer, parse_float=_Float)


class _Integer(str):
    __slots__ = ()


class _Float(str):
    __slots__ = ()


def _node_of(value: Any) -> yaml.Node:
    if isinstance(value, dict):
        pairs = [(_node_of(key), _node_of(item)) for key, item in value.items()]
        return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=not pairs)
    if isinstance(value, list):
        items = [_node_of(item) for item in value]
        return yaml.SequenceNode(f"{_TAG}seq", items, flow_style=not items)
    if isinstance(value, str) and not isinstance(value, _Integer | _Float):
        return yaml.ScalarNode(f"{_TAG}str", value, style=_style_of(value))

    # What is left is written as in JSON.
    kind = {_Integer: "int", _Float: "float", bool: "bool"}.get(type(value), "null")
    text = str(value) if isinstance(value, str) else json.dumps(value)
    return yaml.ScalarNode(f"{_TAG}{kind}", text)


def _style_of(text: str) -> str | None:
    if _NUMBER_TO_OTHERS.fullmatch(text):
        return "'"
    lines = text.split("\n")
    is_plain_text = all(line.isprintable() and line == line.rstrip() for line in lines)
    if len(lines) == 1 or not is_plain_text:
        return None
    # A block's first line sets its indent, and only one line break at its end says nothing new.
    starts_well = lines[0] != "" and lines[0] == lines[0].lstrip()
    return "|" if starts_well and (lines[-1] or lines[-2]) else None


def _serialize(node: yaml.Node) -> bytes:
    text: str = yaml.serialize(node, Dumper=_DUMPER, allow_unicode=True, width=_NO_WIDTH)
    return text.encode()

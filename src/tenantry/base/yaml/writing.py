"""Writing YAML that every reader understands alike, from JSON, digits of numbers included."""

import json
import re
from typing import Any, Final

import yaml

from tenantry.base.yaml.nodes import TAG

_DUMPER: Final[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# Text to the version of YAML that PyYAML reads, a number to the next one.
NUMBER_TO_OTHERS: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+", re.ASCII
)
# No line is folded: how it would be put together again is for YAML's finer points.
_NO_WIDTH: Final = 2**31 - 1


def render_yaml_entry(name: str, value: bytes) -> bytes:
    """Return the lines of one entry of a mapping; those of several make one mapping."""
    pair = (_node_of(name), _node_of(_with_literal_numbers(value)))
    return _serialize(yaml.MappingNode(f"{TAG}map", [pair]))


def render_yaml(value: bytes) -> bytes:
    """Return the JSON `value` as a YAML document."""
    return _serialize(_node_of(_with_literal_numbers(value)))


def _with_literal_numbers(value: bytes) -> Any:
    return json.loads(value, parse_int=_Integer, parse_float=_Float)


class _Integer(str):
    __slots__ = ()


class _Float(str):
    __slots__ = ()


def _node_of(value: Any) -> yaml.Node:
    if isinstance(value, dict):
        pairs = [(_node_of(key), _node_of(item)) for key, item in value.items()]
        return yaml.MappingNode(f"{TAG}map", pairs, flow_style=not pairs)
    if isinstance(value, list):
        items = [_node_of(item) for item in value]
        return yaml.SequenceNode(f"{TAG}seq", items, flow_style=not items)
    if isinstance(value, str) and not isinstance(value, _Integer | _Float):
        return yaml.ScalarNode(f"{TAG}str", value, style=_style_of(value))

    # What is left is written as in JSON.
    kind = {_Integer: "int", _Float: "float", bool: "bool"}.get(type(value), "null")
    text = str(value) if isinstance(value, str) else json.dumps(value)
    return yaml.ScalarNode(f"{TAG}{kind}", text)


def _style_of(text: str) -> str | None:
    if NUMBER_TO_OTHERS.fullmatch(text):
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

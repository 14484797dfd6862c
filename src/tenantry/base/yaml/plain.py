"""YAML as every reader understands it: what they would not agree on is refused.

A number keeps its digits, and what JSON lacks (dates, binary) or what YAML's versions disagree on
(`no`, `012`, `1:30`) is refused by name instead of becoming something else.
"""

import re
from typing import Any, Final

import msgspec
import yaml

from tenantry.base.errors import Invalid
from tenantry.base.yaml.nodes import LOADER, TAG, NodeReader, compose, parsing
from tenantry.base.yaml.writing import NUMBER_TO_OTHERS

_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]+")
_DECIMAL: Final = re.compile(r"[+-]?(0|[1-9][0-9]*|[0-9]*\.[0-9]+|[0-9]+\.)([eE][+-]?[0-9]+)?")
# A value may have a million characters, and every node has at least one of them.
_MOST_NODES: Final = 1_000_000


def parse_yaml(text: str, *, source: str) -> dict[str, bytes]:
    """Return name -> compact JSON of every entry of the mapping in `text`.

    Raises `Invalid` with the line for what is no such mapping.
    """
    with parsing(source):
        return _parse(text, source)


def _parse(text: str, source: str) -> dict[str, bytes]:
    root = compose(text, loader=LOADER, source=source)
    if not isinstance(root, yaml.MappingNode):
        raise Invalid(field=source, got="no mapping", wants="a YAML mapping of names and values")
    reader = _Reader(source, most_nodes=_MOST_NODES)
    return {name: reader.read(name, node) for name, node in reader.entries(root, ())}


class _Reader(NodeReader):
    """Reads what is written the same to all readers."""

    def read(self, name: str, node: yaml.Node) -> bytes:
        self.start()
        try:
            return msgspec.json.encode(self.value_of(node, (name,)))
        except UnicodeEncodeError:
            raise self.refused(node, (name,), "has half a character in it", "text") from None

    def scalar_of(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        text: str = node.value
        match node.tag.removeprefix(TAG):
            case "null":
                return None
            case "bool" if text.lower() in ("true", "false"):
                return text.lower() == "true"
            case "int" | "float" if (number := _number_of(text)) is not None:
                return number
            case "str" | "value":
                if not getattr(node, "style", None) and NUMBER_TO_OTHERS.fullmatch(text):
                    raise self._ambiguous(node, path)
                return text
            case "bool" | "int" | "float":
                raise self._ambiguous(node, path)
            case _:
                raise self.not_json(node, path)

    def _ambiguous(self, node: yaml.Node, path: tuple[str, ...]) -> Invalid:
        return self.refused(
            node,
            path,
            f"is {node.value}, which not all YAML readers understand alike",
            "true or false, a plain decimal number, or quotes around text",
        )


def _number_of(text: str) -> Any:
    """Return the number that every YAML reader sees in `text`, its digits kept; else None."""
    if _JSON_NUMBER.fullmatch(text):
        return msgspec.Raw(text.encode())
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _DECIMAL.fullmatch(text):
        return float(text) if {".", "e", "E"} & set(text) else int(text)
    return None

"""YAML by the core schema of YAML 1.2: `on` and `no` are text, and so is a date."""

import math
import re
from typing import Any, Final

import yaml

from tenantry.base.yaml.nodes import LOADER, TAG, NodeReader, compose, parsing

# https://yaml.org/spec/1.2.2/#1032-tag-resolution
_NULL: Final = re.compile(r"~|null|Null|NULL|", re.ASCII)
_BOOLEAN: Final = re.compile(r"true|True|TRUE|false|False|FALSE", re.ASCII)
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    re.ASCII,
)
_MERGE: Final = re.compile(r"<<")

_DIGITS: Final = list("-+0123456789")
_RESOLVERS: Final = (
    ("null", _NULL, ["~", "n", "N", ""]),
    ("bool", _BOOLEAN, list("tTfF")),
    ("int", _INTEGER, _DIGITS),
    ("float", _FLOAT, [*_DIGITS, "."]),
    # It is of YAML 1.1, and what everybody still merges with.
    ("merge", _MERGE, ["<"]),
)
_BASES: Final = {"0o": 8, "0x": 16}
# Those that 64 bits hold, as in JSON; larger ones are rounded there as well.
_INTEGERS: Final = range(-(2**63), 2**64)
_MOST_DIGITS: Final = 100
# A node has at least one character of its own; beyond that only aliases make more of them.
_MOST_BY_ALIASES: Final = 100_000


def read_yaml(text: str, *, source: str) -> Any:
    """Return the JSON value that the one document in `text` is, None where there is nothing.

    Raises `Invalid` with the line for what is no YAML, or says what JSON cannot say.
    """
    with parsing(source):
        root = compose(text, loader=_CORE_LOADER, source=source)
        if root is None:
            return None
        reader = _Reader(source, most_nodes=len(text) + _MOST_BY_ALIASES)
        return reader.value_of(root, ())


class _Reader(NodeReader):
    """Reads scalars by the core schema."""

    def scalar_of(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        text: str = node.value
        match node.tag.removeprefix(TAG):
            case "str" | "merge":
                return self._text_of(node, path)
            case "null" if _NULL.fullmatch(text):
                return None
            case "bool" if _BOOLEAN.fullmatch(text):
                return text.lower() == "true"
            case "int" if _INTEGER.fullmatch(text):
                return self._number_of(node, path)
            case "float" if _FLOAT.fullmatch(text):
                return self._number_of(node, path)
            case "null" | "bool" | "int" | "float" as kind:
                raise self.refused(node, path, f"is tagged as {kind}, and is none", "what it is")
            case _:
                raise self.not_json(node, path)

    def _text_of(self, node: yaml.Node, path: tuple[str, ...]) -> str:
        text: str = node.value
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self.refused(node, path, "has half a character in it", "text") from None
        return text

    def _number_of(self, node: yaml.Node, path: tuple[str, ...]) -> int | float:
        number = _number(node.value) if len(node.value) <= _MOST_DIGITS else math.inf
        if math.isfinite(number):
            return number
        raise self.refused(node, path, "is no number that JSON can say", "one, or quotes around it")


def _number(text: str) -> int | float:
    if not _INTEGER.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    number = int(text, _BASES.get(text[:2], 10))
    return number if number in _INTEGERS else float(number)


def _core_loader() -> Any:
    """Return a loader that knows the scalars of the core schema, and no others."""
    loader: Any = type("CoreLoader", (LOADER,), {"yaml_implicit_resolvers": {}})
    for name, pattern, first in _RESOLVERS:
        # PyYAML asks only whether it matches at the beginning.
        loader.add_implicit_resolver(f"{TAG}{name}", re.compile(f"(?:{pattern.pattern})$"), first)
    return loader


_CORE_LOADER: Final = _core_loader()

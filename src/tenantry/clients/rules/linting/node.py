"""Objects of a document, which may have anything in them."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

_PLAIN: Final = re.compile(r"[A-Za-z_][\w-]*")


class Node(msgspec.Struct, frozen=True):
    """An object in the document, and its JSON path."""

    path: str
    value: Mapping[Any, Any]

    def at(self, field: object) -> str:
        """Return the path of a field."""
        name = str(field)
        return f"{self.path}.{name}" if _PLAIN.fullmatch(name) else f"{self.path}[{told(name)}]"

    def text(self, field: str) -> str:
        """Return a field that is a text, and of every other one an empty text."""
        value = self.value.get(field)
        return value if isinstance(value, str) else ""

    def has(self, field: str) -> bool:
        """Whether a field is there that is a list."""
        return isinstance(self.value.get(field), (list, tuple))

    def values(self, field: str) -> list[tuple[str, Any]]:
        """Return what a list has, each with its path."""
        value = self.value.get(field)
        listed = value if isinstance(value, (list, tuple)) else ()
        return [(f"{self.at(field)}[{index}]", each) for index, each in enumerate(listed)]

    def nodes(self, field: str) -> list["Node"]:
        """Return the objects in a list."""
        return [Node(at, each) for at, each in self.values(field) if isinstance(each, Mapping)]

    def texts(self, field: str) -> list[tuple[str, str]]:
        """Return the texts in a list, each with its path; one that stands alone is as good."""
        value = self.value.get(field)
        if isinstance(value, str):
            return [(self.at(field), value)]
        return [(at, each) for at, each in self.values(field) if isinstance(each, str)]

    def roles(self) -> tuple[str, ...]:
        """Return the roles that are named."""
        return tuple(role for _, role in self.texts("roles"))


def told(value: object) -> str:
    """Return a value as JSON, nothing where it is none."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        return ""

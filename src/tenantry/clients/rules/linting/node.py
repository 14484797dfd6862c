"""Objects of a document, which may have anything in them."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

_PLAIN: Final = re.compile(r"[A-Za-z_][\w-]*")


class Node(msgspec.Struct, frozen=True):
    """An object in the document; it stands in a field of `parent`, the outermost in none."""

    value: Mapping[Any, Any]
    parent: "Node | None" = None
    field: str = ""
    index: int | None = None

    @property
    def path(self) -> str:
        """Its JSON path."""
        steps, node = [], self
        while node.parent is not None:
            steps.append(_step(node.field, node.index))
            node = node.parent
        return "$" + "".join(reversed(steps))

    def at(self, field: object, index: int | None = None) -> str:
        """Return the JSON path of a field, or of what a list in it has."""
        return self.path + _step(str(field), index)

    def text(self, field: str) -> str:
        """Return a field that is a text, and of every other one an empty text."""
        value = self.value.get(field)
        return value if isinstance(value, str) else ""

    def is_true(self, field: str) -> bool:
        """Whether a field is true, or is a text that says so."""
        value = self.value.get(field)
        return value is True or (isinstance(value, str) and value.lower() == "true")

    def has(self, field: str) -> bool:
        """Whether a field is there that is a list."""
        return isinstance(self.value.get(field), list | tuple)

    def values(self, field: str) -> Sequence[Any]:
        """Return what a list has."""
        value = self.value.get(field)
        return value if isinstance(value, list | tuple) else ()

    def nodes(self, field: str) -> list["Node"]:
        """Return the objects in a list."""
        return [
            Node(value, self, field, index)
            for index, value in enumerate(self.values(field))
            if isinstance(value, dict | Mapping)
        ]

    def texts(self, field: str) -> list[tuple[int | None, str]]:
        """Return the texts in a list, each with its index; one that stands alone is as good."""
        value = self.value.get(field)
        if isinstance(value, str):
            return [(None, value)]
        return [(index, each) for index, each in enumerate(self.values(field)) if _is_text(each)]

    def roles(self) -> tuple[str, ...]:
        """Return the roles that are named."""
        return tuple([role for _, role in self.texts("roles")])


def told(value: object) -> str:
    """Return a value as JSON, nothing where it is none."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        return ""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _step(field: str, index: int | None) -> str:
    step = f".{field}" if _PLAIN.fullmatch(field) else f"[{told(field)}]"
    return step if index is None else f"{step}[{index}]"

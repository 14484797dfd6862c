"""Items of a collection that cannot be told apart, or put in order."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from fractions import Fraction
from itertools import count
from typing import Any, Final, TypeAlias

from tenantry.clients.rules.linting.document import Document
from tenantry.clients.rules.linting.node import Node
from tenantry.clients.rules.linting.rule import Found
from tenantry.clients.rules.people import masked_email

# What an item is known by: the field that has it, and its identity; none, where it has none.
_Known: TypeAlias = tuple[str, str]


def duplicate_keys(document: Document) -> Iterator[Found]:
    """Yield each item that is known by what another one before it is known by."""
    for field, known_by in _KNOWN_BY.items():
        yield from _repeated(document.root.nodes(field), known_by)
    for route in document.routes:
        yield from _repeated(route.nodes("args"), _by("key"), is_free=False)
    for entries in _levels(document):
        yield from _repeated(entries, _by("key"))


def duplicate_ordinals(document: Document) -> Iterator[Found]:
    """Yield each entry with the ordinal of another one before it on its level."""
    for entries in _levels(document):
        numbered = [
            (entry, ordinal) for entry in entries if (ordinal := _ordinal(entry)) is not None
        ]
        counted: dict[Fraction, list[Node]] = {}
        for entry, ordinal in numbered:
            counted.setdefault(ordinal, []).append(entry)

        for ordinal, (first, *others) in counted.items():
            for number, entry in enumerate(others, 1):
                yield Found(
                    code="duplicate-ordinal",
                    path=entry.at("ordinal"),
                    message=f"{_number(ordinal)} is the ordinal of {first.path} too",
                    fix=_number(_after(ordinal, counted, number, len(others))),
                )


def _repeated(
    nodes: Iterable[Node], known_by: Callable[[Node], _Known | None], *, is_free: bool = True
) -> Iterator[Found]:
    """Yield the repeated ones, with another key where they are `is_free` to have one."""
    known = [(node, *by) for node in nodes if (by := known_by(node))]
    taken = {identity for _, _, identity in known}
    first: dict[str, Node] = {}
    numbers: Counter[str] = Counter()
    for node, field, identity in known:
        if identity not in first:
            first[identity] = node
            continue

        numbers[identity] = _free(identity, taken, numbers[identity] + 1)
        is_fixed = is_free and field == "key"
        yield Found(
            code="duplicate-key",
            path=node.at(field),
            message=f"{_shown(field, identity)} is what {first[identity].path} is known by too",
            fix=f"{identity}-{numbers[identity]}" if is_fixed else "",
        )


def _levels(document: Document) -> Iterator[list[Node]]:
    for menu in document.root.nodes("menus"):
        yield menu.nodes("entries")
    for line in document.lines:
        yield line.node.nodes("items")


def _free(identity: str, taken: Container[str], number: int) -> int:
    """Return the first number from this one on, and from 2, that makes the identity another one."""
    return next(each for each in count(max(number, 2)) if f"{identity}-{each}" not in taken)


def _shown(field: str, identity: str) -> str:
    return masked_email(identity) if field == "email" else identity


def _by(*fields: str, change: Callable[[str], str] = str) -> Callable[[Node], _Known | None]:
    """Return what finds the first of these fields that has a text in it."""

    def known_by(node: Node) -> _Known | None:
        field = next((field for field in fields if node.text(field)), None)
        return (field, change(node.text(field))) if field else None

    return known_by


def _component(node: Node) -> _Known | None:
    parts = [node.text(field) for field in ("nameSpace", "name", "version")]
    return ("name", f"{parts[0]}.{parts[1]}@{parts[2]}") if all(parts) else None


def _ordinal(entry: Node) -> Fraction | None:
    value: Any = entry.value.get("ordinal")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Fraction(value) if is_number and abs(value) < _MAX_ORDINAL else None


def _after(ordinal: Fraction, taken: Iterable[Fraction], number: int, others: int) -> Fraction:
    """Return a free ordinal between this one and the next, for the nth of some that share it."""
    following = min((each for each in taken if each > ordinal), default=ordinal + others + 1)
    return ordinal + (following - ordinal) * number / (others + 1)


def _number(value: Fraction) -> str:
    return f"{float(value):.15g}"


_MAX_ORDINAL: Final = 1e15
_KNOWN_BY: Final[dict[str, Callable[[Node], _Known | None]]] = {
    "routes": _by("key", "path"),
    "menus": _by("key", change=str.lower),
    "components": _component,
    "users": _by("email", change=str.casefold),
    "settings": _by("name"),
    "themes": _by("name"),
    "plugins": _by("id"),
    "auth_config": _by("provider"),
}

"""Makes identities unique, without losing any item."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from tenantry.clients.model import (
    AuthProvider,
    Component,
    DeclaredUser,
    Menu,
    Plugin,
    Route,
    Setting,
    Theme,
)
from tenantry.clients.rules.importing.report import Node, Report
from tenantry.clients.rules.importing.words import IDENTITIES

Item = dict[str, Any]

_NOT_IN_KEY: Final = re.compile(r"[^a-z0-9]+")


def unique(
    cls: type[msgspec.Struct], pairs: Sequence[tuple[Node, Item]], report: Report
) -> list[Item]:
    """Return the items, those with an identity that another has under one of their own."""
    identity_of = _IDENTITY_OF.get(cls)
    if identity_of is None:
        return [item for _, item in pairs]

    naming = _Naming(cls, {identity_of(item) for _, item in pairs})
    result = []
    for node, item in pairs:
        first = naming.first_with(item)
        if first is None:
            result.append(item)
        elif cls is DeclaredUser:
            report.dropped(node, "somebody before has the same e-mail address, and comes first")
        else:
            result.append(naming.renamed(node, item, first, report))
    return result


class _Naming:
    """The identities of one collection: those that have come up, and those that are taken."""

    def __init__(self, cls: type[msgspec.Struct], taken: set[str]) -> None:
        self._cls = cls
        self._identity_of = _IDENTITY_OF[cls]
        self._taken = taken
        self._firsts: dict[str, Item] = {}

    def first_with(self, item: Item) -> Item | None:
        """Return the item before this one that has its identity; None makes this one the first."""
        first = self._firsts.setdefault(self._identity_of(item), item)
        return None if first is item else first

    def renamed(self, node: Node, item: Item, first: Item, report: Report) -> Item:
        """Return an item under a name that none has, and take that name."""
        name = IDENTITIES[self._cls]
        base = item.get(name) or _key_of(item.get("path", ""))
        after = item
        number = 1
        while number == 1 or self._identity_of(after) in self._taken:
            number += 1
            after = {**item, name: f"{base}-{number}"}
        self._taken.add(self._identity_of(after))

        other = "the same as" if _is_same(first, item, name) else "not the same as"
        what = f"{other} another before it with this {_CALLED[self._cls]}, so it has its own"
        if name in item:
            report.changed(node.member(name, item[name]), what, after[name])
        else:
            report.added(node.member(name, after[name]), what)
        return after


def _is_same(one: Item, other: Item, name: str) -> bool:
    return {**one, name: ""} == {**other, name: ""}


def _key_of(path: str) -> str:
    """Return a key for a route that had none."""
    return _NOT_IN_KEY.sub("-", path.lower()).strip("-") or "root"


def _folded(email: str) -> str:
    folded = unicodedata.normalize("NFKC", email).casefold()
    return unicodedata.normalize("NFKC", folded)


_IDENTITY_OF: Final[Mapping[type[msgspec.Struct], Callable[[Item], str]]] = {
    AuthProvider: lambda item: item["provider"],
    Component: lambda item: f"{item['nameSpace']}.{item['name']}@{item['version']}",
    DeclaredUser: lambda item: _folded(item["email"]),
    Menu: lambda item: item["key"],
    Plugin: lambda item: item["id"],
    Route: lambda item: item.get("key") or item["path"],
    Setting: lambda item: item["name"],
    Theme: lambda item: item["name"],
}

_CALLED: Final[Mapping[type[msgspec.Struct], str]] = {
    AuthProvider: "provider",
    Component: "name and version",
    Menu: "key",
    Plugin: "id",
    Route: "key",
    Setting: "name",
    Theme: "name",
}

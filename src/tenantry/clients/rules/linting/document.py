"""A client's document as it was written; it need not be valid, and what is amiss is passed by."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

import msgspec

from tenantry.clients.model import ANON, EVERYBODY, USER
from tenantry.clients.rules.audience import admits, audience, held
from tenantry.clients.rules.linting.node import Node, told
from tenantry.clients.rules.pattern import Pattern, pattern_of

_NOT_FOUND: Final = re.compile(r"not[-_ ]?found|(?<!\d)404(?!\d)", re.IGNORECASE)
_WITH_ROLES: Final = ("components", "plugins", "featureFlags", "settings", "users")


class Page(msgspec.Struct, frozen=True):
    """A route whose path is a text."""

    node: Node
    pattern: Pattern
    roles: tuple[str, ...]
    is_public: bool

    @property
    def name(self) -> str:
        """What it is called where people are told of it."""
        return self.node.text("key") or self.node.text("path")

    @property
    def is_not_found(self) -> bool:
        """Whether its words tell that it is shown where no page is found."""
        return self._tells_not_found("key", "title", "path", "componentFqn")

    @property
    def is_fallback(self) -> bool:
        """Whether it answers what nothing else does, with no page of its own."""
        if not self.pattern.is_catch_all:
            return False
        is_away = bool(self.node.text("redirect"))
        return is_away or self.is_not_found or self._tells_not_found("componentProps", "args")

    def opens(self, role: str) -> bool:
        """Whether a role may open it."""
        return self.is_public or admits(self.roles, held([role]))

    def meant_for(self, everyone: frozenset[str]) -> frozenset[str]:
        """Return for whom it is: for those named, and if it is public and names none, for all."""
        is_for_all = self.is_public and not self.roles
        return everyone if is_for_all else audience(self.roles, everyone)

    def _tells_not_found(self, *fields: str) -> bool:
        words = told([self.node.value.get(field) for field in fields])
        return _NOT_FOUND.search(words) is not None


class Line(msgspec.Struct, frozen=True):
    """An entry of a menu: `above` are the menu and the entries that it stands in, outermost first.

    What is not enabled, or stands in what is not, is shown to nobody.
    """

    node: Node
    above: tuple[Node, ...]

    @property
    def is_enabled(self) -> bool:
        """Whether it is enabled everywhere."""
        return all(node.value.get("enabled") is not False for node in (*self.above, self.node))

    @property
    def is_external(self) -> bool:
        """Whether it leads out of the client."""
        return bool(self.node.value.get("external"))

    def seen_by(self, everyone: frozenset[str]) -> frozenset[str]:
        """Return who sees it."""
        menu, *entries = (*self.above, self.node)
        seen = audience(menu.roles(), everyone) if self.is_enabled else frozenset[str]()
        for entry in entries:
            if entry.value.get("roles") is not None:
                seen &= audience(entry.roles(), everyone)
        return seen


class Document:
    """A whole client: its pages and entries, and the roles there are."""

    def __init__(self, raw: object) -> None:
        self.root = Node(raw if isinstance(raw, Mapping) else {})

    @cached_property
    def routes(self) -> list[Node]:
        """Every route."""
        return self.root.nodes("routes")

    @cached_property
    def pages(self) -> list[Page]:
        """Every route that has a path."""
        return [
            Page(
                node=node,
                pattern=pattern_of(node.text("path")),
                roles=node.roles(),
                is_public=node.is_true("public"),
            )
            for node in self.routes
            if isinstance(node.value.get("path"), str)
        ]

    @cached_property
    def lines(self) -> list[Line]:
        """Every entry of every menu, each after what it stands in."""
        return [line for menu in self.root.nodes("menus") for line in _lines_of(menu)]

    @cached_property
    def _by_first(self) -> Mapping[str, list[Page]]:
        """The pages by the text that their paths begin with, an empty one where it varies."""
        by_first: dict[str, list[Page]] = defaultdict(list)
        for page in self.pages:
            by_first[page.pattern.first].append(page)
        return by_first

    def answering(self, address: tuple[str, ...]) -> list[Page]:
        """Return the pages that answer an address."""
        firsts = {"", *address[:1]}
        pages = [page for first in firsts for page in self._by_first.get(first, ())]
        return [page for page in pages if page.pattern.answers(address)]

    @cached_property
    def roles(self) -> list[tuple[Node, int | None, str]]:
        """Every role that is used: where, at which index, and its name."""
        nodes = [*self.routes, *self.root.nodes("menus"), *(line.node for line in self.lines)]
        for field in _WITH_ROLES:
            nodes += self.root.nodes(field)
        return [(node, index, role) for node in nodes for index, role in node.texts("roles")]

    @cached_property
    def everyone(self) -> frozenset[str]:
        """Every role there is."""
        roles = {ANON, USER, *(role for *_, role in self.roles)}
        roles.update(role for _, role in self.root.texts("applicationRoles"))
        return frozenset(roles - {EVERYBODY})


def _lines_of(menu: Node) -> Iterator[Line]:
    todo = [Line(entry, (menu,)) for entry in reversed(menu.nodes("entries"))]
    while todo:
        line = todo.pop()
        yield line

        above = (*line.above, line.node)
        # Where a file refers to itself, it has no end.
        if not any(node.value is line.node.value for node in line.above):
            todo += [Line(entry, above) for entry in reversed(line.node.nodes("items"))]

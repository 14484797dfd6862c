"""The fields of an item by the names that we have for them."""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, Final

from msgspec.inspect import Field, StructType

from tenantry.clients.rules.importing import words
from tenantry.clients.rules.importing.kinds import takes
from tenantry.clients.rules.importing.report import Node, Report
from tenantry.clients.rules.importing.secrets import is_secret_name

_LEAST_NEARNESS: Final = 0.8
_LEAST_CHARACTERS: Final = 4
_PUNCTUATION: Final = re.compile(r"[^a-z0-9]")

Fields = dict[str, Node]


def fields_of(info: StructType, node: Node, report: Report) -> Fields:
    """Return the fields of an item, each where it stood; tells of those that it cannot place."""
    naming = _Naming(info, node, report)
    others: list[tuple[str, Node]] = []

    for name, value in node.value.items():
        member = naming.member(name, value)
        if value is None:
            report.dropped(member, "null; a field that has no value is not there")
        elif name in naming.known:
            naming.found[name] = member
        else:
            others.append((name, member))

    for name, member in others:
        naming.place(name, member)
    return naming.found


def plain_name(name: str) -> str:
    """Return a name without case and punctuation."""
    return _PUNCTUATION.sub("", name.lower())


def targets_of(info: StructType, name: str) -> Iterator[str]:
    """Yield the fields that a name may stand for, the likeliest first."""
    plain = plain_name(name)
    by_plain_name = {plain_name(field.encode_name): field.encode_name for field in info.fields}

    if plain in by_plain_name:
        yield by_plain_name[plain]
    yield from words.ALIASES.get(info.cls, {}).get(plain, ())
    yield from _near(plain, by_plain_name)


class _Naming:
    """The fields of one item that have found their names so far."""

    def __init__(self, info: StructType, node: Node, report: Report) -> None:
        self.known: Mapping[str, Field] = {field.encode_name: field for field in info.fields}
        self.found: Fields = {}
        self._info = info
        self._node = node
        self._report = report
        self._private = words.PRIVATE.get(info.cls, frozenset())
        self._open = words.OPEN.get(info.cls)

    def member(self, name: str, value: Any) -> Node:
        """Return a field of the item, which keeps private what is."""
        member = self._node.member(name, value)
        is_private = name in self._private or plain_name(name) in words.HASHES
        if name not in self.known:
            is_private = is_private or is_secret_name(name) or self._info.cls in words.SECRETIVE
        return member.kept_private() if is_private else member

    def place(self, name: str, member: Node) -> None:
        """Put a field with an unknown name where it belongs, or tell why it is left out."""
        why = _why_not(name)
        if why:
            self._report.dropped(member, why)
            return

        targets = tuple(targets_of(self._info, name))
        for target in targets:
            if target not in self.found and takes(self.known[target].type, member.value):
                self._rename(name, target, member)
                return

        if self._take_up(name, member):
            return
        there = [target for target in targets if target in self.found]
        why = f"`{there[0]}` is there already" if there else "there is no such field"
        self._report.dropped(member, why)

    def _rename(self, name: str, target: str, member: Node) -> None:
        self._report.renamed(member, "renamed", name, target)
        self.found[target] = member.kept_private() if target in self._private else member

    def _take_up(self, name: str, member: Node) -> bool:
        """Put a field into the one that is open to all, if the item has one."""
        if self._open is None:
            return False

        place = self.found.get(self._open) or self.member(self._open, {})
        if not isinstance(place.value, Mapping) or name in place.value:
            return False
        self.found[self._open] = place.holding({**place.value, name: member.value})
        what = f"moved into `{self._open}`, which holds what there is no field for"
        self._report.renamed(member, what, name, f"{self._open}.{name}")
        return True


def _why_not(name: str) -> str:
    plain = plain_name(name)
    if plain in words.METADATA:
        return "the original's own bookkeeping"
    if plain in words.HASHES:
        return "a password's salt or hash, with which nobody can log in here"
    if plain in words.HANDLERS:
        return "code, which a declaration has none of"
    return ""


def _near(plain: str, by_plain_name: Mapping[str, str]) -> Iterator[str]:
    """Yield the fields whose names are nearly this one, the nearest first."""
    if len(plain) < _LEAST_CHARACTERS or plain.startswith(words.OPPOSITES):
        return
    rated = [
        (_nearness(plain, other), field)
        for other, field in by_plain_name.items()
        if len(other) >= _LEAST_CHARACTERS and field not in words.NEVER_NEAR
    ]
    near = [each for each in rated if each[0] > _LEAST_NEARNESS]
    yield from (field for _, field in sorted(near, key=lambda each: (-each[0], each[1])))


def _nearness(plain: str, other: str) -> float:
    """Return how near two names are: letters that are only mixed up count as nothing."""
    if sorted(plain) == sorted(other):
        return 1.0
    return SequenceMatcher(None, plain, other, autojunk=False).ratio()

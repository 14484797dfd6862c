"""Where something stands in an original, and what became of it."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import UNSET

from tenantry.clients.model.imported import ImportChange
from tenantry.clients.rules.importing.secrets import HIDDEN, shown

_WORD: Final = re.compile(r"[A-Za-z_$][\w$-]*", re.ASCII)
_STEP: Final = re.compile(r"[.\[]")


class Node(msgspec.Struct, frozen=True):
    """A value of an original, and its path there; nothing of what is private is ever shown."""

    path: str
    value: Any
    is_private: bool = False

    def member(self, name: str, value: Any) -> "Node":
        """Return a field of this object."""
        return Node(f"{self.path}{_step(name)}", value, self.is_private)

    def element(self, index: int, value: Any) -> "Node":
        """Return an element of this list."""
        return Node(f"{self.path}[{index}]", value, self.is_private)

    def holding(self, value: Any) -> "Node":
        """Return the same place with another value in it."""
        return Node(self.path, value, self.is_private)

    def kept_private(self) -> "Node":
        """Return the same, as something that is not shown."""
        return Node(self.path, self.value, is_private=True)


class Report:
    """All that an import has changed so far."""

    def __init__(self) -> None:
        self._changes: list[ImportChange] = []
        self._dropped: dict[str, int] = {}
        self._variables: list[tuple[int, str, str]] = []

    def changed(self, node: Node, what: str, after: Any) -> None:
        """Tell that a value is another one now."""
        self._changes.append(
            ImportChange(
                path=node.path, what=what, before=_shown(node), after=_shown(node.holding(after))
            )
        )

    def added(self, node: Node, what: str) -> None:
        """Tell of a value that was not there before."""
        self._changes.append(ImportChange(path=node.path, what=what, after=_shown(node)))

    def dropped(self, node: Node, why: str) -> None:
        """Tell of a value that is not there any more."""
        self._dropped[node.path] = len(self._changes)
        self._changes.append(
            ImportChange(path=node.path, what=f"left out: {why}", before=_shown(node))
        )

    def renamed(self, node: Node, what: str, before: str, after: str) -> None:
        """Tell that a value stands under another name now."""
        self._changes.append(ImportChange(path=node.path, what=what, before=before, after=after))

    def noted(self, node: Node, what: str) -> None:
        """Tell of something without its value."""
        self._changes.append(ImportChange(path=node.path, what=what))

    def variable(self, node: Node, name: str) -> None:
        """Tell that a placeholder has got an empty default; it is reported once."""
        self._variables.append((len(self._changes), node.path, name))

    def changes(self) -> tuple[ImportChange, ...]:
        """Return what has changed, each once; of what was left out as a whole only that."""
        told = {
            msgspec.json.encode(change): change
            for index, change in enumerate(self._changes)
            if not self._is_covered(index, change.path)
        }
        return (*told.values(), *self._told_variables())

    def _is_covered(self, index: int, path: str) -> bool:
        return any(self._dropped.get(above, -1) > index for above in _with_ancestors(path))

    def _told_variables(self) -> Iterator[ImportChange]:
        places: dict[str, list[str]] = {}
        for index, path, name in self._variables:
            if not self._is_covered(index - 1, path):
                places.setdefault(name, []).append(path)

        for name, (path, *more) in places.items():
            times = f"{len(more) + 1} times" if more else "once"
            yield ImportChange(
                path=path,
                what=(
                    f"a variable that is not set was empty, and stays so by its default; used "
                    f"{times}: list {name} in CLIENT_VARS to have it read from the environment"
                ),
                before=f"${{{name}}}",
                after=f"${{{name}:}}",
            )


def _step(name: str) -> str:
    return f".{name}" if _WORD.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"


def _with_ancestors(path: str) -> Iterator[str]:
    yield path
    yield from (path[: step.start()] for step in _STEP.finditer(path))


def _shown(node: Node) -> Any:
    if node.value is UNSET:
        return UNSET
    return HIDDEN if node.is_private else shown(node.value)

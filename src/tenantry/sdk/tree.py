"""Both layers of a tree in memory, and what they come to: the tenant's own value wins.

Readers take `values` without a lock; one writer changes it, a name at a time or as a whole.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from tenantry.sdk.model import ABSENT, SECRET_TEXT, ConfigChange

SEALED: Final = object()
"""What stands in `values` for a secret, whose value has to be fetched."""


class Effect(msgspec.Struct, frozen=True):
    """What a change has come to for readers; `ABSENT` where there is or was no value."""

    name: str
    old: Any
    new: Any


class LayeredTree:
    """The settings of one tenant as they count; empty at first."""

    def __init__(self, entries: Iterable[ConfigChange] = ()) -> None:
        self.values: dict[str, Any] = {}
        self._own: dict[str, ConfigChange] = {}
        self._beneath: dict[str, ConfigChange] = {}
        for entry in entries:
            self.apply(entry)

    def find(self, name: str) -> ConfigChange | None:
        """Return what counts for a name, None where there is nothing."""
        return self._own.get(name) or self._beneath.get(name)

    def entries(self) -> list[ConfigChange]:
        """Return what is in both layers."""
        return [*self._own.values(), *self._beneath.values()]

    def apply(self, change: ConfigChange) -> Effect | None:
        """Take in one change; None where readers see nothing of it."""
        name = change.name
        layer = self._own if change.layer == "own" else self._beneath
        old = self.find(name)
        if change.is_deletion:
            layer.pop(name, None)
        else:
            layer[name] = change
        new = self.find(name)

        if new is old:
            return None
        if new is None:
            del self.values[name]
        else:
            self.values[name] = SEALED if new.is_secret else new.value
        return Effect(name, shown(old), shown(new))

    def differences(self, later: "LayeredTree") -> Iterator[Effect]:
        """Yield what would change for readers, were this the `later` tree, by name."""
        for name in sorted(self.values.keys() | later.values.keys()):
            old, new = self.find(name), later.find(name)
            if _identity(old) != _identity(new):
                yield Effect(name, shown(old), shown(new))


def shown(entry: ConfigChange | None) -> Any:
    """Return the value of an entry as it may be shown."""
    if entry is None:
        return ABSENT
    return SECRET_TEXT if entry.is_secret else entry.value


def _identity(entry: ConfigChange | None) -> tuple[str, int] | None:
    # A version is stored once; values that are equal in Python need not be in JSON (1 and true).
    return (entry.layer, entry.position) if entry is not None else None

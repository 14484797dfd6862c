"""A collection that is being changed: every step costs the same, however long it is."""

from itertools import pairwise
from typing import Any, Final, TypeAlias

import msgspec

from tenantry.clients.model import (
    ITEM_KINDS,
    Component,
    ComponentsChanged,
    Item,
    ItemsChanged,
    Menu,
    MenusChanged,
    Route,
    RoutesChanged,
    Value,
)

CollectionChanged: TypeAlias = RoutesChanged | MenusChanged | ComponentsChanged

_TYPES: Final[dict[str, type[Value]]] = {"routes": Route, "menus": Menu, "components": Component}
_EVENTS: Final[dict[str, type[CollectionChanged]]] = {
    "routes": RoutesChanged,
    "menus": MenusChanged,
    "components": ComponentsChanged,
}
_END: Final = ""


class Chain:
    """The items of one collection, each knowing its neighbours; changed in place."""

    def __init__(self, kind: str, items: tuple[Item[Any], ...]) -> None:
        self._type = _TYPES[kind]
        self._items = {item.id: item for item in items}
        ids = [_END, *self._items, _END]
        self._next = dict(pairwise(ids))
        self._previous = {following: item_id for item_id, following in pairwise(ids)}

    @property
    def items(self) -> tuple[Item[Any], ...]:
        """All of them, in order."""
        items: list[Item[Any]] = []
        item_id = self._next[_END]
        while item_id != _END:
            items.append(self._items[item_id])
            item_id = self._next[item_id]
        return tuple(items)

    def take(self, event: ItemsChanged) -> None:
        """Change it as `event` says."""
        for item_id in event.removed:
            self._unlink(item_id)
            del self._items[item_id]
        for updated in event.updated:
            assert updated.id in self._items  # noqa: S101 - it has been added before
            self._items[updated.id] = self._item(updated.id, updated.value)
        for moved in event.moved:
            self._unlink(moved.id)
            self._link(moved.id, moved.after)
        for added in event.added:
            self._items[added.id] = self._item(added.id, added.value)
            self._link(added.id, added.after)

    def _item(self, item_id: str, value: dict[str, Any]) -> Item[Any]:
        return Item(item_id, msgspec.convert(value, self._type))

    def _link(self, item_id: str, after: str) -> None:
        following = self._next[after]
        self._next[after], self._previous[item_id] = item_id, after
        self._next[item_id], self._previous[following] = following, item_id

    def _unlink(self, item_id: str) -> None:
        before, following = self._previous.pop(item_id), self._next.pop(item_id)
        self._next[before], self._previous[following] = following, before


def event_type_of(kind: str) -> type[CollectionChanged]:
    """Return the event that says that such a collection changed."""
    return _EVENTS[kind]


def kind_of(event: CollectionChanged) -> str:
    """Return the collection that `event` changes."""
    return next(kind for kind in ITEM_KINDS if isinstance(event, _EVENTS[kind]))

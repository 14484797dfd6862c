"""Who owns what of a client: each field belongs to the source that changed it last."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import UNSET

from tenantry.clients.model import (
    ITEM_KINDS,
    ClientState,
    Item,
    Kind,
    Source,
    Value,
    identity_of,
)
from tenantry.clients.rules.comparing import is_same
from tenantry.clients.rules.order import moved_of
from tenantry.clients.rules.sides import item_fields, item_path


def owners_of(
    revisions: Iterable[tuple[Source, ClientState | None, ClientState]],
) -> dict[str, Source]:
    """Return who owns each path, as `Drift` writes it; an item's own path is who added it.

    `revisions` are all there were, oldest first: the source, and the state before and after. What a
    renamed item was called does not matter: it keeps its owners.
    """
    owners: dict[str, Source] = {}
    items = {kind: _Owners(kind) for kind in ITEM_KINDS}
    for source, before, after in revisions:
        old_fields = {} if before is None else before.fields
        old_variables = {} if before is None else before.variables
        owners |= dict.fromkeys(_changed(old_fields, after.fields), source)
        variables = _changed(old_variables, after.variables)
        owners |= dict.fromkeys((f"variables.{name}" for name in variables), source)
        for kind in ITEM_KINDS:
            items[kind].take(source, before, after)

    for each in items.values():
        owners |= each.by_path()
    return owners


class _Owners:
    """Who owns the items of one collection, by their ids until all of them have their last name."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._order: Source | None = None
        self._gone: dict[str, Source] = {}
        self._added: dict[str, Source] = {}
        self._fields: dict[str, dict[str, Source]] = {}
        self._last: Mapping[str, Item[Value]] = {}

    def take(self, source: Source, before: ClientState | None, after: ClientState) -> None:
        """Take in one revision."""
        old = {} if before is None else _by_id(before, self._kind)
        new = self._last = _by_id(after, self._kind)
        for item_id, item in new.items():
            if item_id not in old:
                self._added[item_id] = source
                self._fields.pop(item_id, None)
            elif not is_same(old[item_id].value, item.value):
                changed = _changed_attributes(old[item_id].value, item.value)
                self._fields.setdefault(item_id, {}).update(dict.fromkeys(changed, source))

        for item_id in old.keys() - new.keys():
            self._gone[identity_of(old[item_id].value)] = source
        if moved_of(list(old), list(new)):
            self._order = source

    def by_path(self) -> dict[str, Source]:
        """Return the owners by path."""
        owners = {item_path(self._kind, name): source for name, source in self._gone.items()}
        if self._order is not None:
            owners[self._kind] = self._order
        for item_id, item in self._last.items():
            name = identity_of(item.value)
            if item_id in self._added:
                owners[item_path(self._kind, name)] = self._added[item_id]
            fields = self._fields.get(item_id, {})
            for path, attribute in item_fields(self._kind, name, item.value) if fields else ():
                if attribute in fields:
                    owners[path] = fields[attribute]
        return owners


def _by_id(state: ClientState, kind: Kind) -> dict[str, Item[Value]]:
    return {item.id: item for item in state.items_of(kind) or ()}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name in {**before, **after}
        if not is_same(before.get(name, UNSET), after.get(name, UNSET))
    ]


def _changed_attributes(before: Value, after: Value) -> list[str]:
    names = after.__struct_fields__
    return [name for name in names if not is_same(getattr(before, name), getattr(after, name))]

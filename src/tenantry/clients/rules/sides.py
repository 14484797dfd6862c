"""Two or three versions of a client beside each other: the same item has the same name in all."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from tenantry.clients.model import (
    ITEM_KINDS,
    ClientState,
    Desired,
    Item,
    Kind,
    Value,
    identity_of,
)
from tenantry.clients.rules.matching import matched
from tenantry.clients.rules.preview import variables_after


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a client: the items of each collection that it manages, by their names."""

    fields: Mapping[str, Any] = {}
    variables: Mapping[str, str] = {}
    items: Mapping[str, Mapping[str, Value]] = {}
    removed: frozenset[str] = frozenset()

    def item(self, kind: str, name: str) -> Any:
        """Return an item, `UNSET` where there is none."""
        return self.items.get(kind, {}).get(name, UNSET)

    def manages(self, field: str) -> bool:
        """Whether it says what `field` shall be, or that it shall not be."""
        return field in self.fields or field in self.removed


def sides_of(base: ClientState | None, live: ClientState) -> tuple[Side, Side]:
    """Return two states; an item is called as it is in `live`, else as it was in `base`."""
    old: dict[str, dict[str, Value]] = {}
    if base is not None:
        old = {kind: _named_before(base, live, kind) for kind in ITEM_KINDS}
    fields = {} if base is None else base.fields
    variables = {} if base is None else base.variables
    before = Side(fields=fields, variables=variables, items=old)
    now: dict[str, dict[str, Value]] = {
        kind: {identity_of(item.value): item.value for item in live.items_of(kind) or ()}
        for kind in ITEM_KINDS
    }
    return before, Side(fields=live.fields, variables=live.variables, items=now)


def side_of(desired: Desired, live: ClientState) -> Side:
    """Return a declaration; an item that is live already is called as it is there."""
    items: dict[str, dict[str, Value]] = {
        kind: _named_as_live(desired.values_of(kind) or (), live.items_of(kind) or (), kind)
        for kind in ITEM_KINDS
        if desired.values_of(kind) is not None
    }
    return Side(
        fields=desired.fields,
        variables=variables_after(live, desired),
        items=items,
        removed=frozenset(desired.removed),
    )


def item_path(kind: str, name: str) -> str:
    """Return the path of a whole item."""
    return f"{kind}[{name}]"


def item_fields(kind: str, name: str, value: Value) -> Iterator[tuple[str, str]]:
    """Yield the path and the attribute of each field of an item."""
    path = item_path(kind, name)
    names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
    for shown, attribute in names:
        yield f"{path}.{shown}", attribute


def _named_before(base: ClientState, live: ClientState, kind: Kind) -> dict[str, Value]:
    now = {item.id: identity_of(item.value) for item in live.items_of(kind) or ()}
    old: Sequence[Item[Value]] = base.items_of(kind) or ()
    taken = {now[item.id] for item in old if item.id in now}

    named: dict[str, Value] = {}
    for item in old:
        name = now.get(item.id) or identity_of(item.value)
        if item.id not in now and name in taken:
            # Another item has got its name since.
            name = f"{name}~{item.id}"
        named[name] = item.value
    return named


def _named_as_live(
    declared: Sequence[Value], live: Sequence[Item[Value]], kind: Kind
) -> dict[str, Value]:
    now = {item.id: identity_of(item.value) for item in live}
    return {
        now.get(item.id) or identity_of(item.value): item.value
        for item in matched(kind, live, declared).items
    }

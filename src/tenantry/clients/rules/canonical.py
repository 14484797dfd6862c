"""From what is stored back to a declaration, written as people read it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from tenantry.clients.model import ITEM_KINDS, ClientConfig, ClientState, DeclaredUser

_FIRST: Final = ("key", "title", "path", "redirect")
"""How a page begins; everything else is in the order of its fields."""


def exported(state: ClientState, *, users: Sequence[DeclaredUser] = ()) -> dict[str, Any]:
    """Return a declaration that plans to nothing: defaults are left out, secrets are sealed.

    A collection that was never declared is absent. The tenant is not named: whoever applies it says
    which one it is for.
    """
    fields = msgspec.convert({"key": state.key, **state.fields}, ClientConfig)
    collections = {kind: _values(state, kind) for kind in ITEM_KINDS}
    config = msgspec.structs.replace(fields, **collections, users=tuple(users) or UNSET)

    raw: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(config))
    return in_order(raw)


def in_order(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declaration in the order in which one reads it; it may be a wrong one."""
    known = {name: place for place, name in enumerate(_names_of_client())}
    ordered = {
        name: raw[name] for name in sorted(raw, key=lambda name: known.get(name, len(known)))
    }
    for kind, form in (("routes", _route), ("menus", _menu)):
        if isinstance(ordered.get(kind), list):
            ordered[kind] = [form(item) if isinstance(item, dict) else item for item in raw[kind]]
    return ordered


def _values(state: ClientState, kind: str) -> Any:
    items = state.items_of(kind)
    return UNSET if items is None else tuple(item.value for item in items)


def _names_of_client() -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(ClientConfig))


def _route(route: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = {name: route[name] for name in _FIRST if name in route}
    return {**first, **route}


def _menu(menu: dict[str, Any]) -> dict[str, Any]:
    return {**menu, **_with_whole_ordinals(menu, "entries")}


def _with_whole_ordinals(holder: dict[str, Any], within: str) -> dict[str, Any]:
    """Write `3.0`, which is how a number is stored, as the `3` that it was."""
    entries = holder.get(within)
    if not isinstance(entries, list):
        return {}
    return {within: [_entry(entry) if isinstance(entry, dict) else entry for entry in entries]}


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    ordinal = entry.get("ordinal")
    whole = isinstance(ordinal, float) and ordinal.is_integer()
    changes: dict[str, Any] = {"ordinal": int(ordinal or 0)} if whole else {}
    return {**entry, **changes, **_with_whole_ordinals(entry, "items")}

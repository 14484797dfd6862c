"""What becomes of drift: the client goes back, or its file takes over what is live."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from tenantry.base.errors import Invalid
from tenantry.clients.model import ITEM_KINDS, ClientState, Desired, Value
from tenantry.clients.rules.comparing import is_same
from tenantry.clients.rules.sides import Side, item_fields, item_path, side_of, sides_of


def revert(base: ClientState, live: ClientState, paths: Collection[str] | None = None) -> Desired:
    """Return what to apply so that `paths` are live as they were in `base`, and nothing else.

    `paths` are those of a `Drift`; None are all there are. Raises `Invalid` for one that is not.
    """
    before, now = sides_of(base, live)
    taken = _taken(now, before, _Paths(paths))
    fields = {
        name: value
        for name, value in taken.fields.items()
        if not is_same(value, now.fields.get(name, UNSET))
    }
    changed: dict[str, Any] = {
        kind: tuple(taken.items[kind].values())
        for kind in ITEM_KINDS
        if taken.items[kind] is not now.items[kind]
    }
    return Desired(
        tenant_id=live.tenant_id,
        key=live.key,
        name=str(taken.fields.get("name", live.key)),
        fields=fields,
        variables=dict(taken.variables),
        removed=tuple(name for name in now.fields if name not in taken.fields),
        **changed,
    )


def adopt(live: ClientState, desired: Desired, paths: Collection[str] | None = None) -> Desired:
    """Return `desired` with what is live at `paths`: what the file has to say to agree with it.

    What it does not manage it goes on not to manage. `paths` are as those of `revert`.
    """
    _, now = sides_of(None, live)
    wanted = side_of(desired, live)
    managed = Side(
        fields={name: value for name, value in now.fields.items() if wanted.manages(name)},
        variables=now.variables,
        items={kind: now.items[kind] for kind in wanted.items},
    )
    taken = _taken(wanted, managed, _Paths(paths))
    items: dict[str, Any] = {kind: tuple(v.values()) for kind, v in taken.items.items()}
    return replace(
        desired,
        fields=dict(taken.fields),
        variables=dict(taken.variables),
        removed=tuple(name for name in desired.removed if name not in taken.fields),
        source_digest="",
        **items,
    )


class _Paths:
    """The paths that were asked for; all there are where none was named."""

    def __init__(self, paths: Collection[str] | None) -> None:
        self._paths = None if paths is None else set(paths)
        self._unknown = set(paths or ())

    def __contains__(self, path: str) -> bool:
        self._unknown.discard(path)
        return self._paths is None or path in self._paths

    def check(self) -> None:
        """Raise `Invalid` where a path is none of the client's."""
        if self._unknown:
            path = min(self._unknown)
            raise Invalid(field="fields", got=path, wants="paths as the drift has them")


def _taken(target: Side, source: Side, paths: _Paths) -> Side:
    """Return `target`, but as `source` at `paths`."""
    taken = Side(
        fields=_taken_values(target.fields, source.fields, paths, ""),
        variables=_taken_values(target.variables, source.variables, paths, "variables."),
        items={kind: _taken_items(kind, target, source, paths) for kind in target.items},
    )
    paths.check()
    return taken


def _taken_values(
    target: Mapping[str, Any], source: Mapping[str, Any], paths: _Paths, prefix: str
) -> dict[str, Any]:
    taken = dict(target)
    for name in {**target, **source}:
        if f"{prefix}{name}" not in paths:
            continue
        if name in source:
            taken[name] = source[name]
        else:
            del taken[name]
    return taken


def _taken_items(kind: str, target: Side, source: Side, paths: _Paths) -> Mapping[str, Value]:
    old, new = source.items.get(kind, {}), target.items[kind]
    items: dict[str, Value] = {}
    for name, value in new.items():
        if item_path(kind, name) not in paths:
            is_old = name in old
            items[name] = _taken_fields(kind, name, old[name], value, paths) if is_old else value
        elif name in old:
            items[name] = old[name]

    missing = {n for n in old if n not in new and item_path(kind, n) in paths}
    if missing:
        items = _with_missing(items, missing, old)
    if kind in paths:
        items = _ordered(items, old)
    is_as_before = list(items) == list(new) and all(items[name] is new[name] for name in new)
    return new if is_as_before else items


def _with_missing(
    items: Mapping[str, Value], missing: Collection[str], source: Mapping[str, Value]
) -> dict[str, Value]:
    """Put what is missing behind what it was behind."""
    behind: dict[str, list[str]] = {}
    last = ""
    for name in source:
        if name in missing:
            behind.setdefault(last, []).append(name)
        elif name in items:
            last = name

    placed = {name: source[name] for name in behind.get("", ())}
    for name, value in items.items():
        placed[name] = value
        placed |= {other: source[other] for other in behind.get(name, ())}
    return placed


def _taken_fields(kind: str, name: str, old: Value, new: Value, paths: _Paths) -> Value:
    changes = {
        attribute: getattr(old, attribute)
        for path, attribute in item_fields(kind, name, new)
        if path in paths and not is_same(getattr(old, attribute), getattr(new, attribute))
    }
    return msgspec.structs.replace(new, **changes) if changes else new


def _ordered(items: Mapping[str, Value], source: Mapping[str, Value]) -> dict[str, Value]:
    """Return the items that both have in the order of `source`; the others stay in their places."""
    names = iter([name for name in source if name in items])
    order = [next(names) if name in source else name for name in items]
    return {name: items[name] for name in order}

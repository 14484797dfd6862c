"""How far a client has gone from its file: three sides, compared field by field."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from tenantry.clients.model import ITEM_KINDS, ClientState, Desired, Kind, Source
from tenantry.clients.model.drift import Drift, DriftChange, DriftKind
from tenantry.clients.rules.comparing import is_same, plain
from tenantry.clients.rules.sides import Side, item_fields, item_path, side_of, sides_of


def drift(
    base: ClientState | None,
    live: ClientState,
    desired: Desired | None,
    owners: Mapping[str, Source],
) -> Drift:
    """Return what is not as the file had it when it was applied last.

    `base` is the state that the file made last, None where it never did. Without `desired` the file
    is taken to be as it was. What `desired` does not declare it does not manage, and so it does not
    count. `owners` are those of `owners_of`.
    """
    before, now = sides_of(base, live)
    wanted = before if desired is None else side_of(desired, live)
    if base is None and desired is None:
        wanted = now

    sides = _Sides(base=before if base is not None else None, live=now, desired=wanted)
    compared = (*_fields(sides), *_variables(sides), *_collections(sides))
    return Drift(
        tenant_id=live.tenant_id,
        key=live.key,
        base_revision=0 if base is None else base.revision,
        revision=live.revision,
        changes=tuple(_change(each, owners) for each in compared),
    )


class _Sides(msgspec.Struct, frozen=True):
    base: Side | None
    live: Side
    desired: Side


class _Found(msgspec.Struct, frozen=True):
    kind: DriftKind
    path: str
    parent: str
    base: Any
    live: Any
    desired: Any


def _fields(sides: _Sides) -> Iterator[_Found]:
    base = {} if sides.base is None else sides.base.fields
    live, desired = sides.live.fields, sides.desired.fields
    is_old = sides.desired is sides.base
    for name in sorted({*base, *live, *desired}):
        if is_old or sides.desired.manages(name):
            values = (base.get(name, UNSET), live.get(name, UNSET), desired.get(name, UNSET))
            yield from _compared(sides, name, values)


def _variables(sides: _Sides) -> Iterator[_Found]:
    base = {} if sides.base is None else sides.base.variables
    live, desired = sides.live.variables, sides.desired.variables
    for name in sorted({*base, *live, *desired}):
        values = (base.get(name, UNSET), live.get(name, UNSET), desired.get(name, UNSET))
        yield from _compared(sides, f"variables.{name}", values)


def _collections(sides: _Sides) -> Iterator[_Found]:
    for kind in ITEM_KINDS:
        if kind not in sides.desired.items:
            continue
        yield from _order(sides, kind)
        old = {} if sides.base is None else sides.base.items[kind]
        for name in {**sides.live.items[kind], **old, **sides.desired.items[kind]}:
            yield from _item(sides, kind, name)


def _order(sides: _Sides, kind: Kind) -> Iterator[_Found]:
    present = [side.items[kind] for side in (sides.base, sides.live, sides.desired) if side]
    common = set(present[0]).intersection(*present[1:])
    orders = [[name for name in side if name in common] for side in present]
    base = orders[0] if sides.base is not None else UNSET
    yield from _compared(sides, kind, (base, orders[-2], orders[-1]))


def _item(sides: _Sides, kind: Kind, name: str) -> Iterator[_Found]:
    base = UNSET if sides.base is None else sides.base.item(kind, name)
    live, desired = sides.live.item(kind, name), sides.desired.item(kind, name)
    path = item_path(kind, name)
    is_partly_there = live is UNSET or desired is UNSET or (base is UNSET and sides.base)
    if is_partly_there:
        yield from _compared(sides, path, (base, live, desired))
        return

    if is_same(live, desired) and (sides.base is None or is_same(base, live)):
        return
    for field_path, attribute in item_fields(kind, name, live):
        old = UNSET if base is UNSET else getattr(base, attribute)
        values = (old, getattr(live, attribute), getattr(desired, attribute))
        yield from _compared(sides, field_path, values, parent=path)


def _compared(
    sides: _Sides, path: str, values: tuple[Any, Any, Any], *, parent: str = ""
) -> Iterator[_Found]:
    kind = _kind(*values, has_base=sides.base is not None)
    if kind is not None:
        yield _Found(kind, path, parent, *values)


def _kind(base: Any, live: Any, desired: Any, *, has_base: bool) -> DriftKind | None:
    if is_same(live, desired):
        return "same" if has_base and not is_same(base, live) else None
    if has_base and is_same(base, desired):
        return "changed_live"
    if has_base and is_same(base, live):
        return "changed_file"
    return "both"


def _change(found: _Found, owners: Mapping[str, Source]) -> DriftChange:
    return DriftChange(
        path=found.path,
        kind=found.kind,
        owner=owners.get(found.path) or owners.get(found.parent) or "",
        base=plain(found.base),
        live=plain(found.live),
        desired=plain(found.desired),
    )

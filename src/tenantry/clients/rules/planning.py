"""The plan for one client: what a declaration makes of what is stored."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from tenantry.clients.model import (
    ClientConfig,
    ClientPlan,
    ClientState,
    CollectionPlan,
    Counts,
    Desired,
    FieldChange,
    Item,
    ItemChange,
    ItemError,
    ItemFailure,
    Kind,
    Source,
    Value,
    identity_of,
)
from tenantry.clients.rules.comparing import is_same, sha256_of
from tenantry.clients.rules.diff import Difference, added_fields, difference, field_changes
from tenantry.clients.rules.guards import guards_of
from tenantry.clients.rules.people import KnownUser, plan_users
from tenantry.clients.rules.preview import preview

_ATTRIBUTES: Final = dict(
    zip(ClientConfig.__struct_encode_fields__, ClientConfig.__struct_fields__, strict=True)
)


def plan_client(
    state: ClientState | None,
    desired: Desired,
    *,
    known: Mapping[str, KnownUser],
    failures: Sequence[ItemFailure] = (),
    errors: Sequence[ItemError] = (),
    source: Source,
    after: ClientState | None = None,
) -> ClientPlan:
    """Return what applying `desired` would do; `known` are people by their folded e-mail.

    `failures` keep their stored versions. `after` is the preview, where there is one already. Who
    has worked out `access` says it with `replace`, and takes `guards_of` anew; the plan's hash
    stays as it is.
    """
    after = preview(state, desired, failures) if after is None else after
    base = state or ClientState(tenant_id=desired.tenant_id, key=desired.key, client_id="")
    plan = ClientPlan(
        tenant_id=desired.tenant_id,
        key=desired.key,
        name=desired.name,
        origin=desired.origin,
        source=source,
        base_version=base.version,
        base_revision=base.revision,
        digest=after.digest,
        source_digest=desired.source_digest,
        fields=changes_of_fields(base.fields, after.fields),
        variables=_changes_of_variables(base.variables, after.variables),
        routes=_collection("routes", base, after, desired),
        menus=_collection("menus", base, after, desired),
        components=_collection("components", base, after, desired),
        users=plan_users(desired.users, known),
        failures=tuple(failures),
        errors=tuple(errors),
    )
    return replace(plan, guards=guards_of(state, plan), plan_hash=hash_of(plan))


def hash_of(plan: ClientPlan) -> str:
    """Return the hash of what a plan does, and on what.

    It has nothing in it that is only shown, no id, and nothing of how the declaration was written.
    """
    return sha256_of(
        {
            "tenant": plan.tenant_id,
            "key": plan.key,
            "base": [plan.base_version, plan.base_revision],
            "digest": plan.digest,
            "fields": plan.fields,
            "variables": plan.variables,
            "routes": _hashed(plan.routes),
            "menus": _hashed(plan.menus),
            "components": _hashed(plan.components),
            "users": _hashed(plan.users),
            "failures": plan.failures,
        }
    )


def changes_of_fields(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[FieldChange, ...]:
    """Return what changes of a client's own fields, by the path within each."""
    changes: list[FieldChange] = []
    for name in sorted({*before, *after}):
        one, other = before.get(name, UNSET), after.get(name, UNSET)
        if not is_same(one, other):
            changes += field_changes(_typed(name, one), _typed(name, other), path=name)
    return tuple(changes)


def changes_of_items(
    before: Sequence[Item[Value]], after: Sequence[Item[Value]]
) -> tuple[ItemChange, ...]:
    """Return what changes of a collection, in the order of the result, what is removed last."""
    return _item_changes(before, after, difference(before, after))


def _collection(
    kind: Kind, base: ClientState, after: ClientState, desired: Desired
) -> CollectionPlan:
    stored = base.items_of(kind) or ()
    if desired.values_of(kind) is None:
        return CollectionPlan(is_managed=False, counts=Counts(unchanged=len(stored)))

    items = after.items_of(kind) or ()
    found = difference(stored, items)
    changes = _item_changes(stored, items, found)
    return CollectionPlan(
        changes=changes,
        counts=_counted(changes, len(items)),
        becomes_managed=base.items_of(kind) is None,
    )


def _counted(changes: Sequence[ItemChange], item_count: int) -> Counts:
    actions = [change.action for change in changes]
    removed = actions.count("removed")
    return Counts(
        added=actions.count("added"),
        updated=actions.count("updated"),
        moved=actions.count("moved"),
        removed=removed,
        unchanged=item_count - (len(actions) - removed),
    )


def _item_changes(
    before: Sequence[Item[Value]], after: Sequence[Item[Value]], found: Difference[Value]
) -> tuple[ItemChange, ...]:
    if not found:
        return ()

    updated = {item.id for item in found.updated}
    old = {item.id: item.value for item in before if item.id in updated}
    touched = updated | found.moved
    changes: list[ItemChange] = []
    for item in [item for item in after if item.id in touched or not item.id]:
        if not item.id:
            changes.append(_added(item.value))
        elif item.id in old:
            is_moved = item.id in found.moved
            changes.append(_updated(item, old[item.id], is_moved=is_moved))
        else:
            identity = identity_of(item.value)
            change = ItemChange(action="moved", identity=identity, id=item.id, is_moved=True)
            changes.append(change)
    changes += [
        ItemChange(action="removed", identity=identity_of(item.value), id=item.id)
        for item in found.removed
    ]
    return tuple(changes)


def _added(value: Value) -> ItemChange:
    return ItemChange(action="added", identity=identity_of(value), fields=added_fields(value))


def _updated(item: Item[Value], before: Value, *, is_moved: bool) -> ItemChange:
    identity, old_identity = identity_of(item.value), identity_of(before)
    return ItemChange(
        action="updated",
        identity=identity,
        id=item.id,
        renamed_from=old_identity if old_identity != identity else "",
        is_moved=is_moved,
        fields=field_changes(before, item.value),
    )


def _changes_of_variables(
    before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[FieldChange, ...]:
    return field_changes(dict(sorted(before.items())), dict(sorted(after.items())))


def _typed(name: str, value: Any) -> Any:
    """Return a field with all its defaults; as it is where it is not what it should be."""
    attribute = _ATTRIBUTES.get(name)
    if value is UNSET or attribute is None:
        return value
    try:
        config = msgspec.convert({"key": "", name: value}, ClientConfig)
    except msgspec.ValidationError:
        return value
    return getattr(config, attribute)


def _hashed(part: CollectionPlan) -> list[object]:
    return [
        part.is_managed,
        part.becomes_managed,
        [[c.action, c.identity, c.renamed_from, c.is_moved, c.fields] for c in part.changes],
    ]

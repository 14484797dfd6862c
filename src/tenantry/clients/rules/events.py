"""The events with which a plan is applied: one append, each of them small enough for the log."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from tenantry.base.codec import encode_json
from tenantry.clients.model import (
    ITEM_KINDS,
    Added,
    AllCounts,
    ClientApplied,
    ClientEvent,
    ClientPlan,
    ClientRegistered,
    ClientState,
    Desired,
    FieldsChanged,
    Item,
    Kind,
    Source,
    Updated,
    Value,
)
from tenantry.clients.rules.chain import event_type_of
from tenantry.clients.rules.comparing import plain
from tenantry.clients.rules.diff import difference
from tenantry.clients.rules.order import steps_of
from tenantry.clients.rules.preview import preview

MAX_ITEMS: Final = 1_000
"""Items in one event."""
MAX_BYTES: Final = 200_000
"""What the items of one event may take as JSON; an item that is longer is alone in its event."""

_Step: TypeAlias = tuple[str, Any]
"""A list of an event, and what goes into it."""


def events_of(
    state: ClientState | None,
    desired: Desired,
    plan: ClientPlan,
    *,
    new_id: Callable[[], str],
    sealed: Mapping[str, str],
    source: Source,
    reason: str = "",
    held_back: Sequence[str] = (),
    users: Mapping[str, tuple[str, ...]] | None = None,
    rolled_back_to: int = 0,
    after: ClientState | None = None,
) -> tuple[ClientEvent, ...]:
    """Return what is appended to make `desired` of `state`, as `plan` says.

    `sealed` are secrets by their digests, of which those that are not stored yet are taken. `users`
    are the roles of people in this client by their ids, `held_back` what a start-up does not apply
    from here on. `after` is the preview, where there is one already.
    """
    after = preview(state, desired, plan.failures) if after is None else after
    events: list[ClientEvent] = []
    if state is None:
        state = ClientState(tenant_id=plan.tenant_id, key=plan.key, client_id=new_id())
        client_id = state.client_id
        events.append(ClientRegistered(client_id=client_id, key=plan.key, name=plan.name))

    events += _about_fields(state, after, sealed)
    for kind in ITEM_KINDS:
        events += _about_items(kind, state, after, new_id)
    events.append(
        ClientApplied(
            revision=plan.base_revision + 1,
            digest=plan.digest,
            source_digest=plan.source_digest,
            plan_hash=plan.plan_hash,
            counts=counts_of(plan),
            source=source,
            users=dict(users or {}),
            rolled_back_to=rolled_back_to,
            held_back=tuple(held_back),
            reason=reason,
            is_partial=bool(plan.failures or plan.errors),
        )
    )
    return tuple(events)


def counts_of(plan: ClientPlan) -> AllCounts:
    """Return what becomes of each collection."""
    return AllCounts(
        routes=plan.routes.counts,
        menus=plan.menus.counts,
        components=plan.components.counts,
        users=plan.users.counts,
    )


def _about_fields(
    state: ClientState, after: ClientState, sealed: Mapping[str, str]
) -> Iterator[FieldsChanged]:
    """Yield what changes of the client itself; what stays is the very same object in both."""
    steps: list[_Step] = [
        ("fields", (name, plain(value)))
        for name, value in after.fields.items()
        if name not in state.fields or state.fields[name] is not value
    ]
    removed = [("removed", name) for name in state.fields if name not in after.fields]
    new = sorted(sealed.keys() - state.secrets.keys())
    steps += [*removed, *(("secrets", (digest, sealed[digest])) for digest in new)]

    variables = after.variables if after.variables != state.variables else None
    for number, chunk in enumerate(_chunks(steps) or ([[]] if variables is not None else [])):
        yield FieldsChanged(
            fields=dict(_of("fields", chunk)),
            removed=tuple(_of("removed", chunk)),
            secrets=dict(_of("secrets", chunk)),
            variables=None if number else variables,
        )


def _about_items(
    kind: Kind, state: ClientState, after: ClientState, new_id: Callable[[], str]
) -> Iterator[ClientEvent]:
    items = after.items_of(kind)
    if items is None:
        return

    stored = state.items_of(kind)
    steps = _steps(stored or (), items, new_id)
    is_first = stored is None
    for number, chunk in enumerate(_chunks(steps) or ([[]] if is_first else [])):
        yield event_type_of(kind)(
            removed=tuple(_of("removed", chunk)),
            updated=tuple(_of("updated", chunk)),
            moved=tuple(_of("moved", chunk)),
            added=tuple(_of("added", chunk)),
            is_managed=is_first and not number,
        )


def _steps(
    stored: Sequence[Item[Value]], items: Sequence[Item[Value]], new_id: Callable[[], str]
) -> list[_Step]:
    found = difference(stored, items)
    steps: list[_Step] = [("removed", item.id) for item in found.removed]
    steps += [("updated", Updated(id=i.id, value=plain(i.value))) for i in found.updated]
    steps += [("moved", step) for step in steps_of(items, moved=found.moved)]
    if not found.added:
        return steps

    last = ""
    for item in items:
        item_id = item.id or new_id()
        if not item.id:
            steps.append(("added", Added(id=item_id, after=last, value=plain(item.value))))
        last = item_id
    return steps


def _chunks(steps: Sequence[_Step]) -> list[list[_Step]]:
    """Return `steps` in their order, in parts that an event can hold."""
    chunks: list[list[_Step]] = []
    size = 0
    for step in steps:
        length = len(encode_json(step[1])) + 1
        if not chunks or len(chunks[-1]) == MAX_ITEMS or size + length > MAX_BYTES:
            chunks.append([])
            size = 0
        chunks[-1].append(step)
        size += length
    return chunks


def _of(name: str, chunk: Sequence[_Step]) -> list[Any]:
    return [part for kind, part in chunk if kind == name]

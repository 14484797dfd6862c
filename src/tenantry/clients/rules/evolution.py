"""From events to the state behind them."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from tenantry.clients.model import (
    ITEM_KINDS,
    ClientApplied,
    ClientEvent,
    ClientRegistered,
    ClientState,
    ComponentsChanged,
    FieldsChanged,
    MenusChanged,
    RoutesChanged,
)
from tenantry.clients.rules.chain import Chain, CollectionChanged, kind_of
from tenantry.clients.rules.comparing import digest_of_values, sha256_of


def after(
    state: ClientState | None, event: ClientEvent, *, tenant_id: str, version: int
) -> ClientState:
    """Return the state after `event`, which has `version` in the client's stream.

    Who has more than one event takes `fold`, which goes through a collection once for all of them.
    """
    return replace(fold(state, (event,), tenant_id=tenant_id), version=version)


def fold(
    state: ClientState | None, events: Iterable[ClientEvent], *, tenant_id: str
) -> ClientState:
    """Return the state after `events`, the next ones of the client's stream.

    It takes as long as there are items and changes, whatever the number of events.
    """
    chains: dict[str, Chain] = {}
    for event in events:
        if isinstance(event, ClientRegistered) or state is None:
            state = _registered(event, tenant_id)
            continue

        state = replace(state, version=state.version + 1)
        match event:
            case FieldsChanged():
                state = _with_fields(state, event)
            case ClientApplied():
                state = _applied(state, event)
            case RoutesChanged() | MenusChanged() | ComponentsChanged():
                _chain_of(state, event, chains).take(event)

    assert state is not None  # noqa: S101 - a stream begins with an event
    changed: dict[str, Any] = {kind: chain.items for kind, chain in chains.items()}
    return replace(state, **changed) if changed else state


def digest_of(state: ClientState, *, known: Mapping[str, str] = {}) -> str:
    """Return the digest of all that a client is: people, ids and its history left out.

    A collection that was never declared is as good as an empty one. `known` are the digests of
    collections, as `digest_of_values` returns them.
    """
    digests = {
        kind: known.get(kind)
        or digest_of_values([item.value for item in state.items_of(kind) or ()])
        for kind in ITEM_KINDS
    }
    return sha256_of({"fields": state.fields, "variables": state.variables, **digests})


def _registered(event: ClientEvent, tenant_id: str) -> ClientState:
    assert isinstance(event, ClientRegistered)  # noqa: S101 - the stream begins with it
    return ClientState(tenant_id=tenant_id, key=event.key, client_id=event.client_id, version=1)


def _with_fields(state: ClientState, event: FieldsChanged) -> ClientState:
    fields = {**state.fields, **event.fields}
    return replace(
        state,
        fields={name: value for name, value in fields.items() if name not in event.removed},
        variables=state.variables if event.variables is None else event.variables,
        secrets={**state.secrets, **event.secrets},
    )


def _applied(state: ClientState, event: ClientApplied) -> ClientState:
    """Close a revision; what was held back no longer is once it is applied after all."""
    held_back = dict.fromkeys((*state.held_back, *event.held_back))
    held_back.pop(event.source_digest, None)
    return replace(
        state,
        revision=event.revision,
        digest=event.digest,
        source_digest=event.source_digest,
        users={**state.users, **event.users},
        held_back=tuple(held_back),
        file_revision=event.revision if event.source == "file" else state.file_revision,
    )


def _chain_of(state: ClientState, event: CollectionChanged, chains: dict[str, Chain]) -> Chain:
    kind = kind_of(event)
    if kind not in chains:
        chains[kind] = Chain(kind, tuple(state.items_of(kind) or ()))
    return chains[kind]

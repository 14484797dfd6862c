"""What to apply so that a client is as it was."""

from typing import Any

from tenantry.clients.model import ITEM_KINDS, ClientState, Desired


def desired_from(state: ClientState, current: ClientState) -> Desired:
    """Return what makes `current` as `state` was: people stay as they are.

    Fields that were not there are removed, and of a collection that was not there all items.
    Secrets are digests; what they stand for is in `state.secrets`.
    """
    items: dict[str, Any] = {}
    for kind in ITEM_KINDS:
        stored = state.items_of(kind)
        if stored is not None or current.items_of(kind) is not None:
            items[kind] = tuple(item.value for item in stored or ())

    return Desired(
        tenant_id=state.tenant_id,
        key=state.key,
        name=str(state.fields.get("name", state.key)),
        fields=state.fields,
        variables=state.variables,
        removed=tuple(name for name in current.fields if name not in state.fields),
        **items,
    )

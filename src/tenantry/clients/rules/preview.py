"""What a client will be once a declaration is applied."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from tenantry.clients.model import ITEM_KINDS, SEALED, ClientState, Desired, ItemFailure
from tenantry.clients.rules.comparing import canonical_json, is_same
from tenantry.clients.rules.evolution import digest_of
from tenantry.clients.rules.matching import Matched, matched


def preview(
    state: ClientState | None, desired: Desired, failures: Sequence[ItemFailure] = ()
) -> ClientState:
    """Return what `state` will be: the ids of new items are "", and users are as they are.

    Its digest is its own, its version, revision and the digests of sources are the stored ones.
    """
    base = state or ClientState(tenant_id=desired.tenant_id, key=desired.key, client_id="")
    fields = _fields_after(base, desired)
    variables = variables_after(base, desired, failures)
    found = _matched(base, desired, failures)

    collections: dict[str, Any] = {kind: each.items for kind, each in found.items()}
    after = replace(base, fields=fields, variables=variables, **collections)
    digest = digest_of(after, known={kind: each.digest for kind, each in found.items()})
    return replace(after, digest=digest)


def variables_after(
    base: ClientState, desired: Desired, failures: Sequence[ItemFailure] = ()
) -> dict[str, str]:
    """Return the declared ones, and of the stored ones what parts that stay may still use."""
    others = base.variables.keys() - desired.variables.keys()
    if not others:
        return dict(desired.variables)

    text = canonical_json(_undeclared(base, desired, failures))
    # What is sealed may use any of them, and nobody can see which.
    is_opaque = SEALED.encode() in text
    kept = {
        name: value
        for name, value in base.variables.items()
        if name in others and (is_opaque or _is_used(name, text))
    }
    return kept | desired.variables


def _fields_after(base: ClientState, desired: Desired) -> dict[str, Any]:
    fields = {name: value for name, value in base.fields.items() if name not in desired.removed}
    for name, value in desired.fields.items():
        if name not in fields or not is_same(fields[name], value):
            fields[name] = value
    return fields


def _matched(
    base: ClientState, desired: Desired, failures: Sequence[ItemFailure]
) -> dict[str, Matched]:
    return {
        kind: matched(kind, base.items_of(kind) or (), declared, failures)
        for kind in ITEM_KINDS
        if (declared := desired.values_of(kind)) is not None
    }


def _undeclared(
    base: ClientState, desired: Desired, failures: Sequence[ItemFailure]
) -> list[object]:
    replaced = desired.fields.keys() | set(desired.removed)
    parts: list[object] = [value for name, value in base.fields.items() if name not in replaced]
    kept = {failure.kind for failure in failures}
    parts += [
        [item.value for item in base.items_of(kind) or ()]
        for kind in ITEM_KINDS
        if desired.values_of(kind) is None or kind in kept
    ]
    return parts


def _is_used(name: str, text: bytes) -> bool:
    return f"${{{name}}}".encode() in text or f"${{{name}:".encode() in text

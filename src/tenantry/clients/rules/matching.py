"""Which stored item a declared one is: what is declared gets the ids that it has had."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import (
    Item,
    ItemError,
    ItemFailure,
    Kind,
    Route,
    Value,
    identity_of,
)
from tenantry.clients.rules.comparing import is_same

_NEW: Final = ""


def matched(
    kind: Kind,
    stored: Sequence[Item[Value]],
    declared: Sequence[Value],
    failures: Sequence[ItemFailure] = (),
) -> tuple[Item[Value], ...]:
    """Return the collection as it shall be: ids as they are stored, "" for what is new.

    An item that stays as it is is the stored one itself. What could not be read keeps its stored
    version, at the place where it is declared; if one could not even be named, it may be any of
    those that seem to be gone, and so all of these are kept.
    """
    by_identity = {identity_of(item.value): item for item in stored}
    identities = [identity_of(value) for value in declared]
    known = set(identities)
    _check_unique(kind, identities, known)

    failed = [failure for failure in failures if failure.kind == kind]
    kept = {f.identity: by_identity[f.identity] for f in failed if f.identity in by_identity}
    kept = {identity: item for identity, item in kept.items() if identity not in known}

    found = {identity: by_identity[identity] for identity in known & by_identity.keys()}
    if kind == "routes" and len(found) < len(identities):
        found |= _renamed(by_identity, declared, gone=by_identity.keys() - known - kept.keys())

    after = [
        _item(found.get(identity), value)
        for identity, value in zip(identities, declared, strict=True)
    ]
    if not failed:
        return tuple(after)

    after = _with_kept(after, kept, failed)
    is_anybody = any(not failure.identity for failure in failed)
    return tuple(_with_rest(after, stored) if is_anybody else after)


def _check_unique(kind: Kind, identities: Sequence[str], known: set[str]) -> None:
    if len(known) == len(identities):
        return
    twice = [identity for identity, count in Counter(identities).items() if count > 1]
    raise InvalidClient(
        [
            ItemError(
                error_type="validation_failed",
                message=f"{identity!r} is declared more than once",
                path=f"$.{kind}[{len(identities) - 1 - identities[::-1].index(identity)}]",
                item_key=identity,
                code="duplicate-key",
            )
            for identity in twice
        ]
    )


def _renamed(
    by_identity: dict[str, Item[Value]], declared: Sequence[Value], *, gone: set[str]
) -> dict[str, Item[Value]]:
    """Return the stored routes that have another key now, by that key.

    A page and its component say which it is, where just one is gone and just one is new.
    """
    gone_pages: dict[tuple[str, str], list[Item[Value]]] = {}
    for identity in gone:
        item = by_identity[identity]
        gone_pages.setdefault(_page(item.value), []).append(item)

    new_pages: dict[tuple[str, str], list[Value]] = {}
    for value in declared:
        if identity_of(value) not in by_identity and _page(value) in gone_pages:
            new_pages.setdefault(_page(value), []).append(value)

    return {
        identity_of(values[0]): gone_pages[page][0]
        for page, values in new_pages.items()
        if len(values) == 1 and len(gone_pages[page]) == 1
    }


def _page(value: Value) -> tuple[str, str]:
    assert isinstance(value, Route)  # noqa: S101 - nothing else is renamed
    return value.path, value.component_fqn


def _item(stored: Item[Value] | None, value: Value) -> Item[Value]:
    if stored is None:
        return Item(_NEW, value)
    return stored if is_same(stored.value, value) else Item(stored.id, value)


def _with_kept(
    after: Sequence[Item[Value]], kept: dict[str, Item[Value]], failed: Sequence[ItemFailure]
) -> list[Item[Value]]:
    """Put what could not be read where it is declared: its index counts all that is declared."""
    placed: list[Item[Value]] = []
    rest = dict(kept)
    taken = 0
    for skipped, failure in enumerate(sorted(failed, key=lambda failure: failure.index)):
        until = max(taken, failure.index - skipped)
        placed.extend(after[taken:until])
        taken = until
        if failure.identity in rest:
            placed.append(rest.pop(failure.identity))
    return [*placed, *after[taken:]]


def _with_rest(after: Sequence[Item[Value]], stored: Sequence[Item[Value]]) -> list[Item[Value]]:
    """Put everything that seems to be gone behind what it is stored behind."""
    present = {item.id for item in after}
    behind: dict[str, list[Item[Value]]] = {}
    last = ""
    for item in stored:
        if item.id in present:
            last = item.id
        else:
            behind.setdefault(last, []).append(item)

    placed = list(behind.get("", ()))
    for item in after:
        placed.append(item)
        if item.id:
            placed.extend(behind.get(item.id, ()))
    return placed

"""Which stored item a declared one is: what is declared gets the ids that it has had."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import (
    Item,
    ItemError,
    ItemFailure,
    Kind,
    Route,
    Value,
    identities_of,
    identity_of,
)
from tenantry.clients.rules.comparing import compared, digest_of_values

_NEW: Final = ""


class Matched(msgspec.Struct, frozen=True):
    """A collection as it shall be, and the digest of its values."""

    items: tuple[Item[Value], ...]
    digest: str


def matched(
    kind: Kind,
    stored: Sequence[Item[Value]],
    declared: Sequence[Value],
    failures: Sequence[ItemFailure] = (),
) -> Matched:
    """Return the collection as it shall be: ids as they are stored, "" for what is new.

    An item that stays as it is is the stored one itself. What could not be read keeps its stored
    version, at the place where it is declared; if one could not even be named, it may be any of
    those that seem to be gone, and so all of these are kept.
    """
    old, new = identities_of([item.value for item in stored]), identities_of(declared)
    if old == new and not failures:
        return _matched(stored, declared)

    by_identity = dict(zip(old, stored, strict=True))
    wanted = dict(zip(new, declared, strict=True))
    if len(wanted) < len(declared):
        _refuse_doubles(kind, declared)

    gone = by_identity.keys() - wanted.keys()
    failed = [failure for failure in failures if failure.kind == kind]
    kept = {f.identity: by_identity[f.identity] for f in failed if f.identity in gone}
    if kind == "routes" and gone and wanted.keys() - by_identity.keys():
        by_identity |= _renamed(by_identity, wanted, gone=gone - kept.keys())

    matched = _matched(list(map(by_identity.get, wanted)), declared)
    if not failed:
        return matched

    after = _with_kept(matched.items, kept, failed)
    is_anybody = any(not failure.identity for failure in failed)
    items = tuple(_with_rest(after, stored) if is_anybody else after)
    return Matched(items, digest_of_values([item.value for item in items]))


def _refuse_doubles(kind: Kind, declared: Sequence[Value]) -> None:
    seen: set[str] = set()
    errors: list[ItemError] = []
    for index, value in enumerate(declared):
        identity = identity_of(value)
        if identity in seen:
            error = ItemError(
                error_type="validation_failed",
                message=f"{identity!r} is declared more than once",
                path=f"$.{kind}[{index}]",
                item_key=identity,
                code="duplicate-key",
            )
            errors.append(error)
        seen.add(identity)
    raise InvalidClient(errors)


def _renamed(
    by_identity: Mapping[str, Item[Value]], wanted: Mapping[str, Value], *, gone: Collection[str]
) -> dict[str, Item[Value]]:
    """Return the stored routes that have another key now, by that key.

    A page and its component say which it is, where just one is gone and just one is new.
    """
    old: dict[tuple[str, str], list[str]] = {}
    for identity in gone:
        old.setdefault(_page(by_identity[identity].value), []).append(identity)

    new: dict[tuple[str, str], list[str]] = {}
    for identity in wanted.keys() - by_identity.keys():
        new.setdefault(_page(wanted[identity]), []).append(identity)

    return {
        new[page][0]: by_identity[identities[0]]
        for page, identities in old.items()
        if len(identities) == 1 and len(new.get(page, ())) == 1
    }


def _page(value: Value) -> tuple[str, str]:
    assert isinstance(value, Route)  # noqa: S101 - nothing else is renamed
    return value.path, value.component_fqn


def _matched(stored: Sequence[Item[Value] | None], declared: Sequence[Value]) -> Matched:
    """Put each declared value into the stored item that it belongs to; `stored` has None if new."""
    found = compared([item and item.value for item in stored], declared)
    items = tuple(
        item if is_same and item is not None else Item(item.id if item else _NEW, value)
        for item, value, is_same in zip(stored, declared, found.are_same, strict=True)
    )
    return Matched(items, found.digest)


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

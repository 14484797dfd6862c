"""What is not the same in two collections, or in two values of an item."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import UNSET

from tenantry.clients.model import FieldChange, Item
from tenantry.clients.rules.comparing import is_same, plain
from tenantry.clients.rules.order import moved_of

T = TypeVar("T")

_LABELS: Final = (
    "key",
    "provider",
    "feature",
    "id",
    "name",
    "mode",
    "component_fqn",
    "uri",
    "url",
    "link",
    "title",
)
"""What parts of an item are known by, the first that they have."""


class Difference(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What happens to a collection; `updated` are those that are otherwise now."""

    removed: tuple[Item[T], ...]
    updated: tuple[Item[T], ...]
    moved: frozenset[str]
    added: int

    def __bool__(self) -> bool:
        return bool(self.removed or self.updated or self.moved or self.added)


def difference(before: Sequence[Item[T]], after: Sequence[Item[T]]) -> Difference[T]:
    """Return what makes `after` of `before`.

    It is what `matched` has made of it: new items have no id, and those that stay as they are are
    the stored ones themselves.
    """
    others = [(one, other) for one, other in zip(before, after, strict=False) if one is not other]
    if len(before) == len(after) and all(one.id == other.id for one, other in others):
        # All stand where they stood, as they mostly do.
        updated = tuple(other for _, other in others)
        return Difference(removed=(), updated=updated, moved=frozenset(), added=0)

    stored = {item.id: item for item in before}
    ids = [item.id for item in after if item.id]
    staying = set(ids)
    return Difference(
        removed=tuple(item for item in before if item.id not in staying),
        updated=tuple(item for item in after if item.id and stored[item.id] is not item),
        moved=moved_of(list(stored), ids),
        added=len(after) - len(ids),
    )


def field_changes(before: Any, after: Any, *, path: str = "") -> tuple[FieldChange, ...]:
    """Return the fields that differ, by their paths in `before` and `after`.

    Objects and parts that have a name are gone into; any other list is shown as a whole. Where one
    side left a field out, its default is shown.
    """
    return tuple(_changes(before, after, path))


def added_fields(value: msgspec.Struct) -> tuple[FieldChange, ...]:
    """Return all fields of a new item that are not the default."""
    return tuple(FieldChange(path=name, after=after) for name, after in plain(value).items())


def _changes(before: Any, after: Any, path: str) -> Iterator[FieldChange]:
    if is_same(before, after):
        return

    if isinstance(before, msgspec.Struct) and type(before) is type(after):
        for name, shown in zip(
            before.__struct_fields__, before.__struct_encode_fields__, strict=True
        ):
            one, other = getattr(before, name), getattr(after, name)
            yield from _changes(one, other, _inside(path, shown))
    elif isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            one, other = before.get(name, UNSET), after.get(name, UNSET)
            yield from _changes(one, other, _inside(path, name))
    elif _has_parts(before) and _has_parts(after):
        yield from _changes_of_parts(before, after, path)
    else:
        yield FieldChange(path=path, before=plain(before), after=plain(after))


def _changes_of_parts(
    before: Sequence[msgspec.Struct], after: Sequence[msgspec.Struct], path: str
) -> Iterator[FieldChange]:
    old, new = _labelled(before), _labelled(after)
    if old is None or new is None:
        old = {str(index): part for index, part in enumerate(before)}
        new = {str(index): part for index, part in enumerate(after)}

    for label in {**old, **new}:
        one, other = old.get(label, UNSET), new.get(label, UNSET)
        yield from _changes(one, other, f"{path}[{label}]")

    old_order = [label for label in old if label in new]
    new_order = [label for label in new if label in old]
    if old_order != new_order:
        yield FieldChange(path=path, before=list(old), after=list(new))


def _labelled(parts: Sequence[msgspec.Struct]) -> dict[str, msgspec.Struct] | None:
    """Return the parts by what they are known by, None where one of them is not."""
    by_label = {_label(part): part for part in parts}
    return None if "" in by_label or len(by_label) < len(parts) else by_label


def _label(part: msgspec.Struct) -> str:
    return next((label for name in _LABELS if (label := getattr(part, name, ""))), "")


def _has_parts(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(part, msgspec.Struct) for part in value)


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

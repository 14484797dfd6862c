"""A client's plan as lines for people: what is added, changed, moved and removed, and no more."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from msgspec import UNSET

from tenantry.clients.commands.access_lines import lines_of_access
from tenantry.clients.commands.answers import has_nothing
from tenantry.clients.commands.trouble_lines import (
    lines_of_errors,
    lines_of_findings,
    lines_of_guards,
)
from tenantry.clients.commands.values import change_of, shown
from tenantry.clients.model import (
    KINDS,
    Action,
    CollectionPlan,
    Counts,
    FieldChange,
    ItemChange,
    PlannedClient,
)
from tenantry.terminal import Line, Piece

MOST_ITEMS: Final = 20
"""How many items of a collection are shown that are added, and as many that are removed, …"""

_MOST_FIELDS: Final = 8
_NAMES: Final = frozenset({"key", "nameSpace", "version"})
_SIGNS: Final[dict[Action, tuple[str, str]]] = {
    "added": ("+", "green"),
    "updated": ("~", "yellow"),
    "moved": (">", "cyan"),
    "removed": ("-", "red"),
}


def lines_of_plan(plan: PlannedClient, *, is_full: bool) -> Iterator[Line]:
    """Yield the lines of a client's plan; where it is not `is_full`, a long one says what is left.

    A client with no change is one line.
    """
    if has_nothing(plan):
        yield (*_heading(plan), Piece(": no changes", "dim"))
        return

    yield _heading(plan)
    yield (Piece(f"  {_total_of(plan)}"),)
    yield from _field_lines("client", plan.fields, is_full=is_full)
    yield from _field_lines("variables", plan.variables, is_full=is_full)
    for kind in KINDS:
        yield from _collection_lines(kind, getattr(plan, kind), is_full=is_full)
    yield from lines_of_access(plan, is_full=is_full)
    yield from lines_of_guards(plan.guards)
    yield from lines_of_errors(plan.errors)
    yield from lines_of_findings(plan.findings, is_full=is_full)


def _heading(plan: PlannedClient) -> Line:
    where = [f"tenant {plan.tenant}"] if plan.tenant else []
    where += [f"revision {plan.revision}" if plan.revision else "new"]
    where += [plan.file] if plan.file else []
    name = f" {plan.name}" if plan.name else ""
    return (Piece(plan.key, "bold"), Piece(name), Piece(f" ({', '.join(where)})", "dim"))


def _total_of(plan: PlannedClient) -> str:
    parts: Sequence[Counts] = [getattr(plan, kind).counts for kind in KINDS]
    told = _told_counts(
        *(sum(getattr(part, name) for part in parts) for name in Counts.__struct_fields__)
    )
    changed = len(plan.fields) + len(plan.variables)
    what = "1 field" if changed == 1 else f"{changed} fields"
    return f"{told}; {what} of the client itself" if changed else told


def _told_counts(added: int, updated: int, moved: int, removed: int, unchanged: int) -> str:
    return (
        f"{added} added, {updated} updated, {moved} moved, {removed} removed, {unchanged} unchanged"
    )


def _field_lines(title: str, fields: Sequence[FieldChange], *, is_full: bool) -> Iterator[Line]:
    if not fields:
        return
    yield (Piece(f"  {title}", "bold"),)
    most = len(fields) if is_full else MOST_ITEMS
    for field in fields[:most]:
        action: Action = "updated"
        if field.before is UNSET:
            action = "added"
        elif field.after is UNSET:
            action = "removed"
        yield (_sign(action), Piece(f" {field.path}: {change_of(field, is_full=is_full)}"))
    yield from _more(len(fields) - most, "changed")


def _collection_lines(kind: str, part: CollectionPlan, *, is_full: bool) -> Iterator[Line]:
    if not part.changes:
        return
    yield (Piece(f"  {kind}", "bold"),)
    for action in _SIGNS:
        changes = [change for change in part.changes if change.action == action]
        most = len(changes) if is_full else MOST_ITEMS
        yield from chain.from_iterable(
            _item_lines(each, is_full=is_full) for each in changes[:most]
        )
        yield from _more(len(changes) - most, action)
    if part.counts.unchanged:
        yield (Piece(f"    {part.counts.unchanged} unchanged", "dim"),)


def _item_lines(change: ItemChange, *, is_full: bool) -> Iterator[Line]:
    _, style = _SIGNS[change.action]
    head = (_sign(change.action), Piece(f" {change.identity}", style), Piece(_remarks(change)))
    is_new = change.action == "added"
    if is_new and not is_full:
        yield (*head, Piece(_in_short(change), "dim"))
        return
    if len(change.fields) == 1 and not is_full:
        (field,) = change.fields
        yield (*head, Piece(f" {field.path}: {change_of(field)}"))
        return

    yield head
    most = len(change.fields) if is_full else _MOST_FIELDS
    for field in change.fields[:most]:
        yield (Piece(f"        {field.path}: {change_of(field, is_full=is_full)}"),)
    if len(change.fields) > most:
        yield (Piece(f"        … and {len(change.fields) - most} more fields", "dim"),)


def _remarks(change: ItemChange) -> str:
    told = [f"was {change.renamed_from}"] if change.renamed_from else []
    told += ["moved"] if change.is_moved and change.action != "moved" else []
    told += [change.note] if change.note else []
    return f" ({'; '.join(told)})" if told else ""


def _in_short(change: ItemChange) -> str:
    """Return the fields of a new item on one line, but for those that are what it is known by."""
    told = [
        f"  {field.path} {shown(field.after)}"
        for field in change.fields
        if field.path not in _NAMES and field.after != change.identity
    ]
    return "".join(told)


def _sign(action: Action) -> Piece:
    sign, style = _SIGNS[action]
    return Piece(f"    {sign}", style)


def _more(count: int, action: str) -> Iterator[Line]:
    if count > 0:
        yield (Piece(f"    … and {count} more {action} (--full shows them)", "dim"),)

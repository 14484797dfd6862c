"""The log lines about items of a client: their words, and the fields beside them.

Fields are named by their paths and never by their values; people by id and masked address.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from tenantry.clients.model import (
    KINDS,
    ClientPlan,
    ItemChange,
    ItemError,
    ItemFailure,
    Kind,
    RouteSyncResult,
)
from tenantry.telemetry.masking import mask_text

Line: TypeAlias = tuple[str, dict[str, Any]]
"""What a line says, and its fields."""

_NOUNS: Final = {"routes": "route", "menus": "menu", "components": "component", "users": "user"}
_VALIDATION: Final = frozenset({"validation_failed", "missing_fields"})
_COLLECTION: Final = re.compile(r"\$\.(routes|menus|components|users)\b")


def collection_of(error: ItemError) -> str:
    """Return the collection that an error is about, `client` where it is none."""
    found = _COLLECTION.match(error.path)
    return found[1] if found else "client"


def change_lines(plan: ClientPlan) -> Iterator[Line]:
    """Yield a line for each field and each item that changes."""
    if fields := [change.path for change in plan.fields]:
        yield f"Client {plan.name or plan.key} has changes", {"fields": fields}
    for kind in KINDS:
        for change in plan.collection(kind).changes:
            yield _change_line(_NOUNS[kind], change)


def failure_line(failure: ItemFailure) -> str:
    """Return the line about an item that is passed over, since it cannot be read."""
    noun = _NOUNS.get(failure.kind, failure.kind).capitalize()
    # People are known by what no line shows; their place is not.
    who = mask_text(failure.identity) or f"{failure.kind}[{failure.index}]"
    return f"{noun} {who} skipped: it keeps its stored version, if any"


def error_line(error: ItemError, name: str, plan: ClientPlan | None = None) -> Line:
    """Return the line about something that was not done."""
    collection = collection_of(error)
    is_validation = error.error_type in _VALIDATION
    fields: dict[str, Any] = {
        "step": "validation" if is_validation else collection,
        "errorType": error.error_type,
    }
    # What is said of people may hold their names.
    said = "" if collection == "users" else f": {error.message}"
    if said:
        fields["error"] = error.message
    fields |= {
        field: value for field in ("path", "code", "file") if (value := getattr(error, field))
    }

    if is_validation:
        where = f": {error.path}" if error.path else ""
        text = f"Validation error for {name}{where}{said}"
    elif error.error_type == "sync_failed":
        text = f"Failed to synchronize {collection} for {name}{said}"
    elif collection == "client":
        text = f"Failed to upsert {name}{said}"
    else:
        item = mask_text(error.item_key) or error.path
        text = f"Failed to process {_NOUNS[collection]} {item} for {name}{said}"
    if collection == "users":
        fields |= _person(error, plan)
    return text, fields


def synced_line(kind: Kind, name: str, result: RouteSyncResult) -> str:
    """Return the line about a collection that is as it was declared."""
    return (
        f"{_NOUNS[kind].capitalize()} synchronization complete for {name}: {result.added} added, "
        f"{result.updated} updated, {result.removed} removed, {result.unchanged} unchanged, "
        f"{len(result.errors)} errors"
    )


def _change_line(noun: str, change: ItemChange) -> Line:
    fields: dict[str, Any] = {f"{noun}_id": change.id} if change.id else {}
    match change.action:
        case "added":
            return f"Adding new {noun} {change.identity}", fields
        case "removed":
            return f"{noun.capitalize()} {change.identity} removed", fields
        case "updated" | "moved":
            fields["fields"] = [field.path for field in change.fields]
            if change.is_moved or change.action == "moved":
                fields["is_moved"] = True
            if change.renamed_from:
                fields["renamed_from"] = change.renamed_from
            return f"{noun.capitalize()} {change.identity} has changes", fields


def _person(error: ItemError, plan: ClientPlan | None) -> dict[str, Any]:
    """Return who a user error is about: id and masked address, as far as they are known."""
    if error.item_key and "@" not in error.item_key:
        return {"user_id": error.item_key}
    email = mask_text(error.item_key)
    changes = plan.users.changes if plan else ()
    ids = {change.id for change in changes if change.identity == email}
    known = {"email": email} if email else {}
    # Two people may look alike once they are masked.
    return known | ({"user_id": ids.pop()} if len(ids) == 1 and all(ids) else {})

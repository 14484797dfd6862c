"""What nobody wants to do by mistake: a plan that does it is applied only by who says so."""

from collections.abc import Sequence
from typing import Final

from tenantry.clients.model import (
    ITEM_KINDS,
    ClientPlan,
    ClientState,
    Guard,
    Item,
    Kind,
    Value,
    identity_of,
)

MAX_REMOVED: Final = 10
"""So many removals are always fine."""
MAX_REMOVED_PERCENT: Final = 30
"""Beyond this part of a collection they are not, where they are more than that."""

_NAMED: Final = 5


def guards_of(state: ClientState | None, plan: ClientPlan) -> tuple[Guard, ...]:
    """Return why a plan is not applied as it is; `becomes_public` only if its access is known."""
    if state is None or not plan.base_revision:
        return ()

    guards: list[Guard] = []
    for kind in ITEM_KINDS:
        items = state.items_of(kind) or ()
        removed = {c.id for c in plan.collection(kind).changes if c.action == "removed"}
        if removed:
            left = plan.collection(kind).counts
            is_left = bool(left.added + left.updated + left.moved + left.unchanged)
            guards += _about_count(kind, len(removed), len(items), is_left=is_left)
            guards += _about_protected(kind, [item for item in items if item.id in removed])
    return (*guards, *_about_public(plan))


def _about_count(kind: Kind, removed: int, stored: int, *, is_left: bool) -> list[Guard]:
    if not is_left:
        message = f"{kind}: all {stored} would be removed, and none would be left"
        return [Guard(code="would_empty", message=message, option="--force")]
    if removed > MAX_REMOVED and removed * 100 > stored * MAX_REMOVED_PERCENT:
        message = (
            f"{kind}: {removed} of {stored} would be removed, which is more than {MAX_REMOVED} "
            f"and more than {MAX_REMOVED_PERCENT} %"
        )
        return [Guard(code="too_many_removed", message=message, option="--force")]
    return []


def _about_protected(kind: Kind, removed: Sequence[Item[Value]]) -> list[Guard]:
    names = [identity_of(item.value) for item in removed if item.value.protected]
    if not names:
        return []
    message = f"{kind}: {len(names)} of those that would be removed are protected: {_told(names)}"
    return [Guard(code="protected", message=message)]


def _about_public(plan: ClientPlan) -> list[Guard]:
    pages = plan.access.public
    if not pages:
        return []
    message = f"routes: {len(pages)} would become public: {_told([page.target for page in pages])}"
    return [Guard(code="becomes_public", message=message, option="--allow-public")]


def _told(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more

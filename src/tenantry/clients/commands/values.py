"""Values as a plan shows them: one before and one after, never a secret."""

import re
from typing import Any, Final

import msgspec
from msgspec import UNSET

from tenantry.clients.model import FieldChange

_SEALED: Final = re.compile(r'"sealed:[0-9a-f]{64}"')
_HIDDEN: Final = "(secret)"
_CHANGED: Final = "(secret, changed)"
_SHORT: Final = 44
_CONTEXT: Final = 8


def shown(value: Any, *, is_full: bool = False) -> str:
    """Return a value as JSON, a secret as `(secret)`; only where it `is_full` is it ever long."""
    return _clipped(_told(value), is_full=is_full)


def change_of(change: FieldChange, *, is_full: bool = False) -> str:
    """Return what a field was and is: `"A" -> "B"`; of one that is new or gone only the one."""
    if change.before is UNSET:
        return shown(change.after, is_full=is_full)
    if change.after is UNSET:
        return f"{shown(change.before, is_full=is_full)} -> (none)"

    before, after = _told(change.before), _told(change.after)
    if before == after:
        # Only something secret is another one.
        told = _clipped(before, is_full=is_full)
        return f"{told} -> {_CHANGED if told == _HIDDEN else f'{told} {_CHANGED}'}"
    if not is_full and _clipped(before) == _clipped(after):
        start = max(_first_difference(before, after) - _CONTEXT, 0)
        before, after = f"…{before[start:]}", f"…{after[start:]}"
    return f"{_clipped(before, is_full=is_full)} -> {_clipped(after, is_full=is_full)}"


def _told(value: Any) -> str:
    return _SEALED.sub(_HIDDEN, msgspec.json.encode(value).decode())


def _clipped(text: str, *, is_full: bool = False) -> str:
    return text if is_full or len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _first_difference(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))

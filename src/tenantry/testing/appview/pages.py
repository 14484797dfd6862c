"""What can be odd about a page, in ways that the protocol allows and readers trip over."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import msgspec

from tenantry.testing.upstream import Fault

LISTS: Final = ("followers", "follows", "posts", "likes", "repostedBy", "feed", "profiles")


class FewEntries(msgspec.Struct, frozen=True):
    """Only the first `count` entries of the page are there; the cursor is as if all were."""

    count: int = 0


class SameCursor(msgspec.Struct, frozen=True):
    """The page comes with the cursor that it was asked with, or with this one."""

    cursor: str | None = None


class Twice(msgspec.Struct, frozen=True):
    """Every entry of the page is there twice."""


class Odd(msgspec.Struct, frozen=True):
    """The page begins with an entry that is none."""

    entry: Any = None


PageFault: TypeAlias = FewEntries | SameCursor | Twice | Odd
AppViewFault: TypeAlias = Fault | PageFault


def with_faults(
    document: dict[str, Any], faults: Sequence[AppViewFault], *, cursor: str | None
) -> dict[str, Any]:
    """Return an answer that was asked for with `cursor`, with what is to be odd about it."""
    name = next((one for one in LISTS if one in document), None)
    for fault in faults:
        match fault:
            case SameCursor(cursor=other):
                document = {**document, "cursor": other or cursor or "the-same"}
            case FewEntries(count=count) if name is not None:
                document = {**document, name: document[name][:count]}
            case Twice() if name is not None:
                document = {**document, name: [one for one in document[name] for _ in range(2)]}
            case Odd(entry=entry) if name is not None:
                document = {**document, name: [entry, *document[name]]}
            case _:
                pass
    return document

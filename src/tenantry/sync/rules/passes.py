"""How a collection is read: from where on, whether wholly, and whether what came can be right."""

from typing import Final

import msgspec

from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Collection, CollectionState, Position

RESUMABLE_US: Final = 15 * 60 * 1_000_000
"""So long an unfinished pass is worth going on with: pages of an older one may have shifted."""
WHOLE_EVERY_US: Final = 24 * 3600 * 1_000_000
"""What was deleted shows in a whole pass only: an incremental source is read wholly this often."""
RETRY_FIRST_US: Final = 60 * 1_000_000
RETRY_MOST_US: Final = 3600 * 1_000_000


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """A pass to begin or to go on with: where it stands, and where to read on."""

    state: CollectionState
    position: Position
    is_resumed: bool


def next_pass(
    collection: Collection,
    state: CollectionState | None,
    *,
    tenant_id: str,
    correlation_id: str,
    source: str,
    now: int,
    is_anew: bool = False,
) -> Pass:
    """Decide how to read a collection now; `source` is the digest of what it is read from.

    `is_anew` begins at the first page, wholly, whatever there is.
    """
    known = state or CollectionState(tenant_id=tenant_id, collection=collection.name)
    is_same_source = known.source == source
    if not is_anew and is_same_source and _is_resumable(known, now):
        resumed = msgspec.structs.replace(known, status="running", correlation_id=correlation_id)
        return Pass(state=resumed, position=Position(token=known.token), is_resumed=True)

    may_be_partial = is_same_source and not is_anew and now - known.whole_at < WHOLE_EVERY_US
    position = Position(
        etag=known.etag if may_be_partial else None,
        since=known.since if may_be_partial and collection.cursor is not None else None,
    )
    begun = msgspec.structs.replace(
        known,
        status="running",
        correlation_id=correlation_id,
        source=source,
        pass_id=known.pass_id + 1,
        pass_at=now,
        page=0,
        token=None,
        is_whole=True,
        total=None,
        etag=known.etag if is_same_source else None,
        since=known.since if is_same_source else None,
    )
    return Pass(state=begun, position=position, is_resumed=False)


def check_total(collection: Collection, *, total: int | None, seen: int) -> None:
    """Raise `ValidationError` where a pass has met more or fewer rows than the source said."""
    if total is None or total == seen:
        return
    raise ValidationError(
        f"{collection.name}: the source says {total} rows, and its pages had {seen} different ones",
        details={"collection": collection.name, "total": total, "received": seen},
    )


def check_steady(collection: Collection, *, first: int | None, last: int | None) -> None:
    """Raise `ValidationError` where the source's total changed while its pages were read.

    A row may have slipped from a page that was still to come to one that was read already. Some
    sources say it on one of their pages only.
    """
    if first is None or last is None or first == last:
        return
    raise ValidationError(
        f"{collection.name}: the source said {first} rows on its first page and {last} on its last",
        details={"collection": collection.name, "total": last},
    )


def retry_at(attempts: int, *, now: int) -> int:
    """Return when a collection, or a tenant, that has failed `attempts` times is tried again."""
    return now + min(RETRY_MOST_US, RETRY_FIRST_US << min(attempts - 1, 30))


def _is_resumable(state: CollectionState, now: int) -> bool:
    return state.page > 0 and state.token is not None and now - state.pass_at < RESUMABLE_US

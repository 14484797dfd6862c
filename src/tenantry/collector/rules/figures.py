"""Figures of several parts as those of the whole."""

import msgspec

from tenantry.collector.model import CollectionFigures, Figures


def added(one: Figures, other: Figures) -> Figures:
    """Return what came of two parts together; the cursor is the later one."""
    cursors = [each.cursor for each in (one, other) if each.cursor is not None]
    names = one.by_collection.keys() | other.by_collection.keys()
    none = CollectionFigures()
    return Figures(
        events=one.events + other.events,
        stored=one.stored + other.stored,
        duplicates=one.duplicates + other.duplicates,
        deletes=one.deletes + other.deletes,
        dead_letters=one.dead_letters + other.dead_letters,
        cursor=max(cursors, default=None),
        by_collection={
            name: _sum(one.by_collection.get(name, none), other.by_collection.get(name, none))
            for name in sorted(names)
        },
    )


def _sum(one: CollectionFigures, other: CollectionFigures) -> CollectionFigures:
    counts = zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)
    events, stored, duplicates, deletes = (a + b for a, b in counts)
    return CollectionFigures(events=events, stored=stored, duplicates=duplicates, deletes=deletes)

"""What a process has counted since it began, and what of it is new."""

from msgspec.structs import replace

from tenantry.collector.model import PulseCounts

MOST_COLLECTIONS = 64
"""So many are counted by name; the rest together, for anybody may make one up."""
OTHER = "other"


def counted(
    counts: PulseCounts, events: dict[str, int], *, seconds: float, gaps: int, dead_letters: int
) -> PulseCounts:
    """Return the counts with those of one batch."""
    by_name = dict(counts.events)
    for collection, count in events.items():
        is_known = collection in by_name or len(by_name) < MOST_COLLECTIONS
        name = collection if is_known else OTHER
        by_name[name] = by_name.get(name, 0) + count
    return replace(
        counts,
        events=by_name,
        batches=counts.batches + 1,
        commit_seconds=counts.commit_seconds + seconds,
        gaps=counts.gaps + gaps,
        dead_letters=counts.dead_letters + dead_letters,
    )


def news(before: PulseCounts | None, now: PulseCounts) -> PulseCounts:
    """Return what `now` has counted that `before` had not; all of it where another process did."""
    if before is None or before.began_at != now.began_at:
        return now
    grown = {name: count - before.events.get(name, 0) for name, count in now.events.items()}
    return PulseCounts(
        began_at=now.began_at,
        events={name: count for name, count in grown.items() if count},
        batches=now.batches - before.batches,
        commit_seconds=max(now.commit_seconds - before.commit_seconds, 0.0),
        reconnects=now.reconnects - before.reconnects,
        gaps=now.gaps - before.gaps,
        dead_letters=now.dead_letters - before.dead_letters,
    )

"""How fast collections come, and so what is odd: one that has stopped, or a host that is silent.

Rates are per second of the stream's own time, so catching up is no rush, and an outage no lull.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

from tenantry.collector.model import Commit, Pace

SECOND_US: Final = 1_000_000
MEMORY_SECONDS: Final = 60.0
"""What is that old counts for a third."""
MISSED_EVENTS: Final = 50
"""So many that were to be expected and did not come are no accident: it would be one in e⁵⁰."""
KNOWN_EVENTS: Final = 200
LEAST_SECONDS: Final = 5.0
LEAST_SILENCE: Final = 5.0
MOST_SILENCE: Final = 60.0

_COLLECTION: Final = attrgetter("collection")


def paces_after(
    paces: Mapping[str, Pace], events: Sequence[Commit], *, since_us: int, now_us: int
) -> dict[str, Pace]:
    """Return the paces that `events` change; the watermark went from `since_us` to `now_us`.

    While a collection does not come, its pace stays: it says how much is missed. What is sent once
    more, after a connection was lost or a gap was found, does not count again.
    """
    floors = {name: max(pace.last_us, since_us) for name, pace in paces.items()}
    fresh = [each for each in events if each.time_us > floors.get(each.collection, since_us)]
    # What claims to be of a time the stream has not come to may have come just now.
    last = {each.collection: each.time_us for each in fresh if each.time_us <= now_us}
    changed = {}
    for collection, count in Counter(map(_COLLECTION, fresh)).items():
        before = paces.get(collection) or Pace(collection=collection, last_us=since_us)
        last_us = max(last.get(collection, now_us), since_us, before.last_us)
        changed[collection] = Pace(
            collection=collection,
            events=before.events + count,
            rate=_rate(before, count, (last_us - before.last_us) / SECOND_US),
            last_us=last_us,
        )
    return changed


def is_blind(pace: Pace, now_us: int) -> bool:
    """Whether a host has left out `pace`'s collection: far more were to be expected by `now_us`."""
    elapsed = (now_us - pace.last_us) / SECOND_US
    if pace.events < KNOWN_EVENTS or elapsed < LEAST_SECONDS:
        return False
    return pace.rate * elapsed > MISSED_EVENTS


def quieted(pace: Pace, now_us: int) -> Pace:
    """Return the pace of a collection that another host has none of either: it is learnt anew."""
    return Pace(collection=pace.collection, last_us=max(now_us, pace.last_us))


def total_rate(paces: Iterable[Pace]) -> float:
    """Return how many events come in a second, of all collections."""
    return math.fsum(pace.rate for pace in paces)


def silence_seconds(paces: Iterable[Pace]) -> float:
    """Return how long a host may send nothing at all before it is left."""
    rate = total_rate(paces)
    # Where a minute is not too long in any case, a rate of next to nothing may be divided by.
    if rate * MOST_SILENCE <= MISSED_EVENTS:
        return MOST_SILENCE
    return max(LEAST_SILENCE, MISSED_EVENTS / rate)


def _rate(before: Pace, count: int, seconds: float) -> float:
    """Return the mean rate, of which the past loses its weight by and by."""
    if before.events == 0:
        # There is no past; but of a moment alone nothing can be said.
        return count / max(seconds, 1.0)
    if seconds <= 0:
        return before.rate + count / MEMORY_SECONDS
    kept = math.exp(-seconds / MEMORY_SECONDS)
    return before.rate * kept + count * (1 - kept) / seconds

"""Which items stand in another order, and how each of them gets to its place.

What stays is a longest increasing subsequence, so what moves is as little as can be: M. L. Fredman,
On computing the length of longest increasing subsequences, Discrete Mathematics 11 (1975).
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import TypeVar

from tenantry.clients.model import Item, Moved

T = TypeVar("T")


def moved_of(before: Sequence[str], after: Sequence[str]) -> frozenset[str]:
    """Return the ids that move where `before` becomes `after`: the fewest that can.

    What is in only one of the two is not moved.
    """
    places = {item_id: place for place, item_id in enumerate(before)}
    common = [item_id for item_id in after if item_id in places]
    moving = _moving([places[item_id] for item_id in common])
    return frozenset(common[index] for index in moving)


def steps_of(after: Sequence[Item[T]], *, moved: Collection[str]) -> tuple[Moved, ...]:
    """Return how each of `moved` gets to its place in `after`, where new items have no id yet.

    Each goes behind the nearest item before it that is not new, which is at its place by then.
    """
    if not moved:
        return ()

    steps: list[Moved] = []
    last = ""
    for item in after:
        if not item.id:
            continue
        if item.id in moved:
            steps.append(Moved(id=item.id, after=last))
        last = item.id
    return tuple(steps)


def _moving(places: Sequence[int]) -> set[int]:
    """Return the indexes of all but a longest increasing subsequence; no place is there twice."""
    if all(one < next_one for one, next_one in pairwise(places)):
        return set()

    # For each length: the smallest place on which a run of that length ends, and its index.
    ends: list[int] = []
    ending: list[int] = []
    before: list[int] = []
    for index, place in enumerate(places):
        length = bisect_left(ends, place)
        before.append(ending[length - 1] if length else -1)
        if length == len(ends):
            ends.append(place)
            ending.append(index)
        else:
            ends[length] = place
            ending[length] = index

    moving = set(range(len(places)))
    index = ending[-1]
    while index >= 0:
        moving.remove(index)
        index = before[index]
    return moving

"""How far a host's stream has come by its own time, although single frames may claim any time.

It is a low one of the latest frames' times, and never goes back. Frames that claim to be of
tomorrow do not move it, unless nearly all do; those that claim to be of yesterday hold it up for a
moment.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

WINDOW: Final = 16
"""Of so many frames, the second smallest time counts."""
_FEWEST: Final = 4


class Watermark(msgspec.Struct, frozen=True):
    """A time in µs, 0 where too few frames came to tell, and the latest frames' times."""

    us: int = 0
    recent: tuple[int, ...] = ()


def advance(mark: Watermark, times: Sequence[int]) -> Watermark:
    """Return the watermark after frames of `times`, in the order in which they came."""
    if not times:
        return mark
    latest = [*mark.recent, *times]
    if len(latest) < WINDOW:
        us = min(latest) if len(latest) >= _FEWEST else 0
        return Watermark(max(mark.us, us), tuple(latest))

    # Every sixteenth window will do: what is asked is how far it goes, not each step of the way.
    ends = range(len(latest), WINDOW - 1, -WINDOW)
    us = max(sorted(latest[end - WINDOW : end])[1] for end in ends)
    # The next window must not hold frames that have been counted in full.
    return Watermark(max(mark.us, us), tuple(latest[1 - WINDOW :]))


def beginning_us(times: Sequence[int]) -> int | None:
    """Return when a session's stream begins, by its first frames; None where too few came."""
    first = sorted(times[:WINDOW])
    if len(first) < _FEWEST:
        return None
    return first[0] if len(first) < WINDOW else first[1]

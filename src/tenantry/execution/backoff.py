"""How long to wait before a step is tried again."""

import random
from collections.abc import Callable

from tenantry.base.errors import Invalid

_MOST_DOUBLINGS = 30


class Backoff:
    """Pauses of 0 to `first_seconds` · 2ⁿ⁻¹ after the n-th attempt, of at most `most_seconds`.

    The whole pause is drawn ("full jitter"), so that many who failed together do not come back
    together. `chance` draws from 0 to 1.
    """

    def __init__(
        self,
        *,
        first_seconds: float = 0.5,
        most_seconds: float = 30.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if first_seconds <= 0 or most_seconds < first_seconds:
            raise Invalid(
                f"backoff: got first_seconds {first_seconds} and most_seconds {most_seconds}, "
                "wants 0 < first_seconds <= most_seconds"
            )
        self._first_seconds = first_seconds
        self._most_seconds = most_seconds
        self._chance = chance

    def pause(self, attempt: int, *, asked_seconds: float = 0.0) -> float:
        """Return the pause after `attempt`; never less than the other side has asked for."""
        # Beyond a few doublings the cap decides, and a float would overflow.
        doubled = self._first_seconds * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS)
        return max(self._chance() * min(self._most_seconds, doubled), asked_seconds)

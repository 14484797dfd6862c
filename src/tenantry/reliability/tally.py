"""A count that any thread may add to without a lock."""

import itertools
import threading


class Tally:
    """Counts calls of `add`; each is one step of the interpreter, and none is lost."""

    __slots__ = ("_lock", "_look_count", "add")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._look_count = 0
        self.add = itertools.count().__next__

    @property
    def value(self) -> int:
        """How often `add` has been called."""
        # A counter of itertools gives its number away only by counting on.
        with self._lock:
            counted = self.add() - self._look_count
            self._look_count += 1
            return counted

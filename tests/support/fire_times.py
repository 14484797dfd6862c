"""Fire times that are cheap to compute and easy to reason about."""

import msgspec


class Every(msgspec.Struct, frozen=True):
    """Fires every `period` µs, first at `offset`; never where `period` is 0."""

    period: int
    offset: int = 0

    def after(self, at_us: int) -> int | None:
        """Return the first one later than `at_us`."""
        if not self.period:
            return None
        return self.offset + ((at_us - self.offset) // self.period + 1) * self.period

    def before(self, at_us: int) -> int | None:
        """Return the last one earlier than `at_us`."""
        if not self.period:
            return None
        return self.offset + ((at_us - self.offset - 1) // self.period) * self.period

    def count(self, start_us: int, end_us: int) -> int:
        """Return how many are later than `start_us` and not later than `end_us`."""
        if not self.period or end_us <= start_us:
            return 0
        first, last = start_us - self.offset, end_us - self.offset
        return last // self.period - first // self.period

    def between(self, start_us: int, end_us: int) -> list[int]:
        """Return those later than `start_us` and not later than `end_us`."""
        found, at = [], self.after(start_us)
        while at is not None and at <= end_us:
            found.append(at)
            at = self.after(at)
        return found

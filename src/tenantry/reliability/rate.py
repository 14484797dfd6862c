"""How fast a key may go: two ways of counting, as pure functions on integers.

Times are microseconds times the limit ("ticks"), so that one token of a rate takes a whole number
of them and nothing is ever rounded: who is told to come back at an instant is admitted then.
"""

from typing import Protocol, TypeAlias

import msgspec

from tenantry.base.errors import Invalid

Taken: TypeAlias = tuple[int | tuple[int, int] | None, int, int, int]
"""What became of a request for tokens: bucket, remaining, full in, wait.

The bucket is what to remember of the key, None where that is nothing: it has all its tokens. The
last two are microseconds from now: until it has all of them again, and until the same request would
be allowed, which is 0 where it was.
"""


class Algorithm(Protocol):
    """A way of counting."""

    most: int
    """How many tokens a key that has rested has: the most that one request may cost."""

    def take(self, bucket: object, now: int, cost: int) -> Taken:
        """Ask for tokens at `now` microseconds; a `cost` of 0 asks where the key stands."""
        ...

    def is_full(self, bucket: object, now: int) -> bool:
        """Whether nothing would change by forgetting the key."""
        ...


class Gcra:
    """The generic cell rate algorithm: `burst` at once, and then one every `period / limit`.

    The bucket is the theoretical arrival time: when the key will have all its tokens again.
    """

    def __init__(self, *, limit: int, period_us: int, burst: int) -> None:
        self._limit = limit
        self._step = period_us
        self._depth = burst * period_us
        self.most = burst

    def take(self, bucket: object, now: int, cost: int) -> Taken:
        """Take tokens where there are enough."""
        limit, step = self._limit, self._step
        now *= limit
        used = bucket - now if isinstance(bucket, int) and bucket > now else 0
        wanted = used + cost * step
        over = wanted - self._depth

        if over > 0:
            return now + used, (self._depth - used) // step, -(-used // limit), -(-over // limit)
        return now + wanted if wanted else None, -over // step, -(-wanted // limit), 0

    def is_full(self, bucket: object, now: int) -> bool:
        """Whether the key has all its tokens."""
        return not isinstance(bucket, int) or bucket <= now * self._limit


class FixedWindow:
    """So many in a window of time, which begins with a key's first request.

    The bucket is when the window began, and how many were taken in it.
    """

    def __init__(self, *, limit: int, period_us: int) -> None:
        self._period = period_us
        self.most = limit

    def take(self, bucket: object, now: int, cost: int) -> Taken:
        """Take tokens where there are enough."""
        began, taken = bucket if isinstance(bucket, tuple) else (now, 0)
        if now - began >= self._period:
            began, taken = now, 0
        ends_in = began + self._period - now

        if taken + cost > self.most:
            return (began, taken), self.most - taken, ends_in, ends_in
        taken += cost
        if not taken:
            return None, self.most, 0, 0
        return (began, taken), self.most - taken, ends_in, 0

    def is_full(self, bucket: object, now: int) -> bool:
        """Whether the window is over."""
        return not isinstance(bucket, tuple) or now - bucket[0] >= self._period


class Rate(msgspec.Struct, frozen=True):
    """So many in so many seconds."""

    limit: int
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.limit < 1 or self.seconds * 1e6 < 1:
            raise Invalid(f"rate: got {self!r}, wants limit >= 1 and seconds > 0")

    @property
    def period_us(self) -> int:
        """The time in microseconds."""
        return round(self.seconds * 1e6)

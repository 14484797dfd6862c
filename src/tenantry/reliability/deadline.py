"""A deadline: when the whole must be done, for everything that is called on the way.

    with within(2.0):
        plan = load_plan()      # retries and waits in here end in time
        apply(plan)

It is an instant, not a duration, so it does not begin anew at every step; and it travels in a
context variable, so nobody has to hand it on. Tasks inherit it, threads of `asyncio.to_thread` too.
"""

import math
from contextvars import ContextVar, Token
from types import TracebackType

import msgspec

from tenantry.base import Clock, SystemClock
from tenantry.base.errors import Invalid
from tenantry.reliability.errors import DeadlineExceeded

_SYSTEM_CLOCK = SystemClock()


class Deadline(msgspec.Struct, frozen=True):
    """An instant of `clock`, monotonic."""

    at: float
    clock: Clock

    def remaining(self) -> float:
        """Return the seconds that are left, 0 where it is over."""
        return max(0.0, self.at - self.clock.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether it has passed."""
        return self.clock.monotonic() >= self.at

    def check(self) -> None:
        """Raise `DeadlineExceeded` where it has passed."""
        if self.is_over:
            raise DeadlineExceeded("the time for the whole is over")


_CURRENT: ContextVar[Deadline | None] = ContextVar("tenantry_deadline", default=None)


def current_deadline() -> Deadline | None:
    """Return the deadline of the running task or thread, None where there is none."""
    return _CURRENT.get()


def seconds_left() -> float:
    """Return the seconds until the deadline, infinitely many where there is none."""
    deadline = _CURRENT.get()
    return math.inf if deadline is None else deadline.remaining()


class within:  # noqa: N801 - it reads as a word: `with within(2.0):`
    """Set a deadline for a `with` block; one that is set already and earlier stays."""

    __slots__ = ("_clock", "_seconds", "_token")

    def __init__(self, seconds: float, *, clock: Clock = _SYSTEM_CLOCK) -> None:
        if not seconds >= 0:
            raise Invalid(field="seconds", got=seconds, wants="0 or more")
        self._seconds = seconds
        self._clock = clock
        self._token: Token[Deadline | None] | None = None

    def __enter__(self) -> Deadline:
        outer = _CURRENT.get()
        deadline = Deadline(self._clock.monotonic() + self._seconds, self._clock)
        if outer is not None and outer.remaining() < self._seconds:
            deadline = outer
        self._token = _CURRENT.set(deadline)
        return deadline

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is not None:
            _CURRENT.reset(self._token)
            self._token = None

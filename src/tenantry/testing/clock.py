"""A clock that stands still until a test moves it."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

_START = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class FakeClock:
    """A `Clock` whose time passes only by `advance`, which also wakes whoever sleeps on it.

    Any thread may ask for the time; moving it belongs to the event loop's thread.
    """

    def __init__(self, *, now: datetime = _START) -> None:
        self._now_us = (now - _EPOCH) // _MICROSECOND
        self._monotonic_us = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """The wall-clock time, aware, in UTC."""
        return _EPOCH + self._now_us * _MICROSECOND

    def now_us(self) -> int:
        """The wall-clock time in integer microseconds since 1970, UTC."""
        return self._now_us

    def monotonic(self) -> float:
        """Seconds advanced since the clock was made."""
        return self._monotonic_us / 1e6

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has been advanced by `seconds`; at once where they are none."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return

        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._monotonic_us + _microseconds(seconds)
        heapq.heappush(self._sleepers, (due, next(self._order), awake))
        await awake

    @property
    def sleeper_count(self) -> int:
        """How many are asleep on this clock."""
        return sum(not awake.done() for _, _, awake in self._sleepers)

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass on both clocks and wake, in order, those whose time has come."""
        if seconds < 0:
            raise ValueError(f"time does not pass by {seconds} s; set_now moves the wall clock")

        self._now_us += _microseconds(seconds)
        self._monotonic_us += _microseconds(seconds)

        while self._sleepers and self._sleepers[0][0] <= self._monotonic_us:
            _, _, awake = heapq.heappop(self._sleepers)
            if not awake.done():
                awake.set_result(None)

    def set_now(self, now: datetime) -> None:
        """Set the wall clock alone, also backwards, as an administrator or NTP may."""
        self._now_us = (now - _EPOCH) // _MICROSECOND


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)

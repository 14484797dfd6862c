"""When an expression fires in a time zone.

Three rules, of which an expression has one:

- Seconds of more than one value: the clock on the wall, as in node-cron. What the clock skips does
  not run, and what it shows twice runs the first time.
- One second, and a `*` begins the minutes or the hours: real time, as in Debian. It fires whenever
  the clock shows such a time, twice where it shows it twice.
- One second, and no `*` there: Debian's rule for fixed times. What the clock skips runs as soon as
  it has skipped it, once; what it shows twice runs the first time.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from tenantry.scheduling.cron.expression import Cron
from tenantry.scheduling.cron.wall import WallTimes
from tenantry.scheduling.cron.zone import (
    DAY_SECONDS,
    FIRST_SECOND,
    LAST_SECOND,
    Period,
    zone_of,
)

_SECOND: Final = 1_000_000
_MINUTE: Final = 60
# Clocks differ from UTC by less than a day, and are never set by more than one.
_NEAR: Final = 2 * DAY_SECONDS
_NOWHERE: Final = Period(0, 0, 0, 0)


class Fires:
    """The fire times of an expression in a time zone, within the years 2 to 9998.

    All instants are integer microseconds since 1970 in UTC. Raises `Invalid` naming `timezone` for
    what is no IANA name. One instance may be shared by threads.
    """

    def __init__(self, cron: Cron, timezone: str) -> None:
        self.cron = cron
        self.timezone = timezone
        self._zone = zone_of(timezone)
        self._is_once = not cron.follows_real_time
        self._is_late = self._is_once and cron.has_one_second
        # Debian's rule is about minutes; the second is added to what it says.
        self._shift = cron.seconds[0] if self._is_late else 0
        self._walls = WallTimes(cron, seconds=(0,) if self._is_late else cron.seconds)
        self._period = _NOWHERE

    def after(self, at_us: int) -> int | None:
        """Return the first fire time that is later than `at_us`; None where there is none."""
        second = max(at_us // _SECOND + 1 - self._shift, FIRST_SECOND)
        while second <= LAST_SECOND:
            period = self._period_at(second)
            wall = second + period.offset
            if self._is_once and wall <= period.known_wall:
                # What it shows for the second time has run.
                wall = period.known_wall
            if self._is_late and second - period.start < _MINUTE:
                late = self._late(period)
                if late is not None and wall <= late:
                    return (late - period.offset + self._shift) * _SECOND

            found = self._walls.at_or_after(wall)
            if found is None:
                return None
            second_found = found - period.offset
            if second_found < period.end:
                is_there = second_found <= LAST_SECOND
                return (second_found + self._shift) * _SECOND if is_there else None

            is_far = period.end - second > _NEAR and found - wall > 2 * _NEAR
            second = max(period.end, found - _NEAR) if is_far else period.end
        return None

    def before(self, at_us: int) -> int | None:
        """Return the last fire time that is earlier than `at_us`; None where there is none."""
        second = min(-(-at_us // _SECOND) - 1 - self._shift, LAST_SECOND)
        while second >= FIRST_SECOND:
            period = self._period_at(second)
            wall = second + period.offset
            first = (
                max(period.first_wall, period.known_wall) if self._is_once else period.first_wall
            )
            found = self._walls.at_or_before(wall)
            if found is not None and found >= first:
                is_there = found - period.offset >= FIRST_SECOND
                return (found - period.offset + self._shift) * _SECOND if is_there else None
            if self._is_late and (late := self._late(period)) is not None and late <= wall:
                return (late - period.offset + self._shift) * _SECOND
            if found is None:
                return None

            is_far = second - period.start > _NEAR and wall - found > 2 * _NEAR
            second = min(period.start - 1, found + _NEAR) if is_far else period.start - 1
        return None

    def between(self, start_us: int, end_us: int) -> Iterator[int]:
        """Yield the fire times later than `start_us` and not later than `end_us`."""
        at = self.after(start_us)
        while at is not None and at <= end_us:
            yield at
            at = self.after(at)

    def upcoming(self, after_us: int, count: int) -> list[int]:
        """Return the next `count` fire times later than `after_us`, fewer at the end of time."""
        return list(islice(self.between(after_us, LAST_SECOND * _SECOND), count))

    def count(self, start_us: int, end_us: int) -> int:
        """Return how many there are in `between`, without walking them."""
        second = max(start_us // _SECOND + 1 - self._shift, FIRST_SECOND)
        stop = min(end_us // _SECOND - self._shift, LAST_SECOND) + 1
        counted = 0
        while second < stop:
            period = self._period_at(second)
            counted += self._count_in(period, second, min(period.end, stop))
            second = period.end
        return counted

    def _count_in(self, period: Period, start: int, end: int) -> int:
        first, last = start + period.offset, end + period.offset
        late = self._late(period) if self._is_late else None
        is_extra = (
            late is not None and first <= late < last and not self._walls.count(late, late + 1)
        )
        if self._is_once:
            first = max(first, period.known_wall)
        return is_extra + (self._walls.count(first, last) if first < last else 0)

    def _period_at(self, second: int) -> Period:
        period = self._period
        if not period.start <= second < period.end:
            # One assignment, so that threads may share it.
            self._period = period = self._zone.period_at(second)
        return period

    def _late(self, period: Period) -> int | None:
        """Return the wall time at which runs that the clock skipped happen, if it skipped any."""
        first = period.first_wall
        if period.known_wall >= first:
            return None
        skipped = self._walls.at_or_after(period.known_wall)
        if skipped is None or skipped >= first:
            return None
        return -(-first // _MINUTE) * _MINUTE

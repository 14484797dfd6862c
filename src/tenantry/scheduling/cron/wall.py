"""The times an expression means on a clock on the wall, which knows no time zone.

A wall time is seconds since 1970-01-01 00:00 as if every day had 86,400 of them. Looking one up
walks neither seconds nor minutes: the day comes from the bits of its month, the time of day from a
sorted tuple.
"""

from bisect import bisect_left, bisect_right
from calendar import isleap
from datetime import date
from functools import lru_cache
from typing import Final

from tenantry.scheduling.cron.days import kind_of
from tenantry.scheduling.cron.expression import Cron
from tenantry.scheduling.cron.zone import DAY_SECONDS

_EPOCH: Final = date(1970, 1, 1).toordinal()
_FIRST_DAY: Final = date.min.toordinal() - _EPOCH
_LAST_DAY: Final = date.max.toordinal() - _EPOCH
_LENGTHS: Final = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2


class WallTimes:
    """The wall times of `cron`, with `seconds` in the place of its own."""

    def __init__(self, cron: Cron, *, seconds: tuple[int, ...]) -> None:
        self._days = _Days(cron)
        self._minutes = _minutes_of_day(cron.hours, cron.minutes)
        self._seconds = seconds
        self._first = self._minutes[0] + seconds[0]
        self._last = self._minutes[-1] + seconds[-1]

    def at_or_after(self, wall: int) -> int | None:
        """Return the earliest of them that is not before `wall`."""
        day, clock = divmod(wall, DAY_SECONDS)
        if clock > self._last:
            day, clock = day + 1, 0
        found = self._days.at_or_after(day)
        if found is None:
            return None
        return found * DAY_SECONDS + (self._clock_after(clock) if found == day else self._first)

    def at_or_before(self, wall: int) -> int | None:
        """Return the latest of them that is not after `wall`."""
        day, clock = divmod(wall, DAY_SECONDS)
        if clock < self._first:
            day, clock = day - 1, DAY_SECONDS - 1
        found = self._days.at_or_before(day)
        if found is None:
            return None
        return found * DAY_SECONDS + (self._clock_before(clock) if found == day else self._last)

    def count(self, start: int, end: int) -> int:
        """Return how many there are from `start` to before `end`, without walking them."""
        first_day, first_clock = divmod(start, DAY_SECONDS)
        last_day, last_clock = divmod(end, DAY_SECONDS)
        whole = self._days.count(first_day, last_day) * len(self._minutes) * len(self._seconds)
        return whole + self._count(last_day, last_clock) - self._count(first_day, first_clock)

    def _count(self, day: int, clock: int) -> int:
        """Return how many there are on `day` before `clock`."""
        if not self._days.count(day, day + 1):
            return 0
        second = clock % 60
        at = bisect_left(self._minutes, clock - second)
        is_within = at < len(self._minutes) and self._minutes[at] == clock - second
        return at * len(self._seconds) + (bisect_left(self._seconds, second) if is_within else 0)

    def _clock_after(self, clock: int) -> int:
        """Return the first time of day not before `clock`; the caller knows there is one."""
        second = clock % 60
        at = bisect_left(self._minutes, clock - second)
        if self._minutes[at] == clock - second:
            later = bisect_left(self._seconds, second)
            if later < len(self._seconds):
                return self._minutes[at] + self._seconds[later]
            at += 1
        return self._minutes[at] + self._seconds[0]

    def _clock_before(self, clock: int) -> int:
        """Return the last time of day not after `clock`; the caller knows there is one."""
        second = clock % 60
        at = bisect_right(self._minutes, clock - second) - 1
        if self._minutes[at] == clock - second:
            earlier = bisect_right(self._seconds, second)
            if earlier:
                return self._minutes[at] + self._seconds[earlier - 1]
            at -= 1
        return self._minutes[at] + self._seconds[-1]


class _Days:
    """The days of an expression, counted from 1970-01-01; it remembers the month it was in."""

    def __init__(self, cron: Cron) -> None:
        self._months = frozenset(cron.months)
        self._masks = cron.day_masks
        self._month = (0, 0, 0)

    def at_or_after(self, day: int) -> int | None:
        first, end, mask = self._month_of(day)
        rest = mask >> (day - first)
        while not rest:
            if end > _LAST_DAY:
                return None
            first, end, rest = self._month_of(end)
            day = first
        return day + (rest & -rest).bit_length() - 1

    def at_or_before(self, day: int) -> int | None:
        first, _, mask = self._month_of(day)
        rest = mask & ((2 << (day - first)) - 1)
        while not rest:
            if first <= _FIRST_DAY:
                return None
            first, _, rest = self._month_of(first - 1)
        return first + rest.bit_length() - 1

    def count(self, start: int, end: int) -> int:
        """Return how many there are from `start` to before `end`."""
        counted = 0
        while start < end:
            first, after, mask = self._month_of(start)
            stop = min(end, after)
            counted += ((mask >> (start - first)) & ((1 << (stop - start)) - 1)).bit_count()
            start = stop
        return counted

    def _month_of(self, day: int) -> tuple[int, int, int]:
        """Return the first day of its month, that of the next, and the days meant, as bits."""
        month = self._month
        if month[0] <= day < month[1]:
            return month
        # One assignment, so that threads may share it.
        self._month = month = self._read_month(day)
        return month

    def _read_month(self, day: int) -> tuple[int, int, int]:
        when = date.fromordinal(min(max(day, _FIRST_DAY), _LAST_DAY) + _EPOCH)
        length = _LENGTHS[when.month]
        if when.month == _FEBRUARY and isleap(when.year):
            length += 1
        ordinal = when.toordinal() - when.day + 1
        # An ordinal of 1 is a Monday.
        mask = self._masks[kind_of(length, ordinal % 7)] if when.month in self._months else 0
        return ordinal - _EPOCH, ordinal - _EPOCH + length, mask


@lru_cache(maxsize=256)
def _minutes_of_day(hours: tuple[int, ...], minutes: tuple[int, ...]) -> tuple[int, ...]:
    """Return when minutes begin, in seconds of the day; shared by all that have the same."""
    return tuple(hour * 3600 + minute * 60 for hour in hours for minute in minutes)

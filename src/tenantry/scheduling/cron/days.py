"""Which days an expression means, month by month.

A month is one of 28 kinds: it has 28 to 31 days, and begins on one of seven weekdays. Which days of
it are meant depends on nothing else, so they are worked out once for each kind, as a bit mask. The
Gregorian calendar has every kind (each length meets each weekday, 29 February too), so what has no
day in any kind of its months never fires, and what has one fires at least once in 40 years.
"""

import re
from typing import Final

import msgspec

from tenantry.scheduling.cron.errors import CronError
from tenantry.scheduling.cron.field import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    WEEKDAYS,
    Field,
    items_of,
    span,
)

SHORTEST: Final = 28
LENGTHS: Final = {
    **dict.fromkeys((1, 3, 5, 7, 8, 10, 12), (31,)),
    **dict.fromkeys((4, 6, 9, 11), (30,)),
    2: (28, 29),
}
"""How many days each month may have."""

_EACH_WEEK: Final = sum(1 << 7 * week for week in range(5))
_SUNDAY: Final = 0
_SATURDAY: Final = 6
_FROM_LAST: Final = re.compile(r"L-([0-9]{1,2})", re.ASCII)
_NEAREST: Final = re.compile(r"([0-9]{1,2})W", re.ASCII)
_NTH: Final = re.compile(r"([0-9A-Z]+)#([0-9]+)", re.ASCII)
_LAST: Final = re.compile(r"([0-9])L", re.ASCII)


class MonthDays(msgspec.Struct, frozen=True):
    """Days by their number: `from_last` counts back from the last, `nearest` are the `nW`."""

    numbers: frozenset[int]
    number_bits: int
    from_last: frozenset[int] = frozenset()
    nearest: frozenset[int] = frozenset()
    has_last_weekday: bool = False

    @classmethod
    def parse(cls, text: str) -> "MonthDays":
        """Read the field of the days of the month."""
        numbers, from_last, nearest, has_last_weekday = set[int](), set[int](), set[int](), False
        for item in items_of(DAY_OF_MONTH, text):
            if item == "L":
                from_last.add(0)
            elif item == "LW":
                has_last_weekday = True
            elif found := _FROM_LAST.fullmatch(item):
                from_last.add(
                    _within(DAY_OF_MONTH, item, int(found[1]), range(1, 31), "L-1 to L-30")
                )
            elif found := _NEAREST.fullmatch(item):
                nearest.add(
                    _within(DAY_OF_MONTH, item, int(found[1]), range(1, 32), "1W to 31W or LW")
                )
            else:
                _refuse_letters(DAY_OF_MONTH, item, "LW", "1-31, L, L-n, nW or LW")
                numbers.update(span(DAY_OF_MONTH, item))
        return cls(
            numbers=frozenset(numbers),
            number_bits=sum(1 << (day - 1) for day in numbers),
            from_last=frozenset(from_last),
            nearest=frozenset(nearest),
            has_last_weekday=has_last_weekday,
        )

    def bits_in(self, length: int, first_weekday: int) -> int:
        """Return its days in a month of `length` days that begins on `first_weekday`, as bits."""
        bits = sum(1 << (length - back - 1) for back in self.from_last if back < length)
        for day in self.nearest:
            bits |= _nearest(day, length, first_weekday)
        if self.has_last_weekday:
            bits |= _nearest(length, length, first_weekday)
        return bits | (self.number_bits & _whole(length))


class WeekDays(msgspec.Struct, frozen=True):
    """Days by their weekday, Sunday = 0: every one, the n-th of a month, or its last."""

    numbers: frozenset[int]
    number_bits: int
    nth: frozenset[tuple[int, int]] = frozenset()
    last: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "WeekDays":
        """Read the field of the days of the week."""
        numbers, nth, last = set[int](), set[tuple[int, int]](), set[int]()
        for item in items_of(DAY_OF_WEEK, text):
            if found := _NTH.fullmatch(item):
                weekday = DAY_OF_WEEK.number(found[1], item=item) % 7
                count = int(found[2]) if len(found[2]) == 1 else 0
                nth.add((weekday, _within(DAY_OF_WEEK, item, count, range(1, 6), "#1 to #5")))
            elif found := _LAST.fullmatch(item):
                last.add(DAY_OF_WEEK.number(found[1], item=item) % 7)
            else:
                _refuse_lone_last(item)
                numbers.update(day % 7 for day in span(DAY_OF_WEEK, item))
        return cls(
            numbers=frozenset(numbers),
            number_bits=sum(1 << day for day in numbers),
            nth=frozenset(nth),
            last=frozenset(last),
        )

    def bits_in(self, length: int, first_weekday: int) -> int:
        """Return its days in a month of `length` days that begins on `first_weekday`, as bits."""
        # The week as the month begins it, and then again and again.
        week = ((self.number_bits << 7 | self.number_bits) >> first_weekday) & _whole(7)
        bits = week * _EACH_WEEK
        for weekday, count in self.nth:
            bits |= 1 << ((weekday - first_weekday) % 7 + 7 * (count - 1))
        for weekday in self.last:
            # Back from the last day, by the days from that weekday to the one it is.
            bits |= 1 << (length - 1 - (first_weekday + length - 1 - weekday) % 7)
        return bits & _whole(length)


def day_masks(month_days: MonthDays, week_days: WeekDays, *, is_either: bool) -> tuple[int, ...]:
    """Return the days of each kind of month as bits, the first day being the lowest."""
    masks = []
    for length in range(SHORTEST, 32):
        for first_weekday in range(7):
            by_number = month_days.bits_in(length, first_weekday)
            by_weekday = week_days.bits_in(length, first_weekday)
            masks.append(by_number | by_weekday if is_either else by_number & by_weekday)
    return tuple(masks)


def kind_of(length: int, first_weekday: int) -> int:
    """Return where in `day_masks` the days of such a month are."""
    return (length - SHORTEST) * 7 + first_weekday


def _whole(length: int) -> int:
    return (1 << length) - 1


def _nearest(day: int, length: int, first_weekday: int) -> int:
    """Return the day from Monday to Friday nearest to `day` in the same month, as a bit."""
    if day > length:
        return 0
    weekday = (first_weekday + day - 1) % 7
    if weekday == _SATURDAY:
        day += -1 if day > 1 else 2
    elif weekday == _SUNDAY:
        day += 1 if day < length else -2
    return 1 << (day - 1)


def _within(field: Field, item: str, number: int, allowed: range, wants: str) -> int:
    if number not in allowed:
        raise CronError(field=field.name, got=item, wants=wants)
    return number


def _refuse_letters(field: Field, item: str, letters: str, wants: str) -> None:
    if any(letter in item for letter in letters):
        raise CronError(field=field.name, got=item, wants=wants)


def _refuse_lone_last(item: str) -> None:
    name = item.removesuffix("L")
    if item != name and (not name or name in WEEKDAYS):
        weekday = WEEKDAYS.index(name) if name else _SATURDAY
        raise CronError(
            field=DAY_OF_WEEK.name,
            got=item,
            wants="0L to 7L for the last such day of a month",
            suggestion=f"{weekday}L",
        )

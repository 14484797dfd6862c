"""An expression in words: what it does, not what it may have been meant to do."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

from tenantry.scheduling.cron.days import MonthDays, WeekDays
from tenantry.scheduling.cron.expression import Cron

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = (
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
)  # fmt: skip
_ORDINALS: Final = {1: "1st", 2: "2nd", 3: "3rd", 21: "21st", 22: "22nd", 23: "23rd", 31: "31st"}
_LAST_DAY: Final = "the last day of the month"
_MOST_TIMES: Final = 8
_HOURS: Final = 24
_LONG_RUN: Final = 3


def describe(cron: Cron) -> str:
    """Return what it does as an English phrase that begins with a capital."""
    parts = [_times(cron), _days(cron)]
    if len(cron.months) < len(_MONTHS):
        parts.append(f"in {_listed(cron.months, lambda month: _MONTHS[month - 1])}")
    return ", ".join(parts)


def clock(hour: int, minute: int, second: int = 0) -> str:
    """Write a time of day, without its seconds where there are none."""
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def joined(words: Iterable[str], last: str = "and") -> str:
    """Join words as a sentence does."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def weekdays(numbers: Iterable[int]) -> str:
    """Write days of the week, Sunday = 0, from Monday on."""
    from_monday = sorted((number - 1) % 7 for number in numbers)
    return _listed(from_monday, lambda day: _WEEKDAYS[(day + 1) % 7])


def ordinal(number: int) -> str:
    """Write 2 as `2nd`."""
    return _ORDINALS.get(number, f"{number}th")


def _times(cron: Cron) -> str:
    if cron.has_one_second and len(cron.hours) * len(cron.minutes) <= _MOST_TIMES:
        times = (
            clock(hour, minute, cron.seconds[0]) for hour in cron.hours for minute in cron.minutes
        )
        return f"At {joined(times)}"
    minutes = _of("minute", cron.minutes)
    return f"{_seconds(cron.seconds)} of {minutes}{_hours(cron)}"


def _seconds(seconds: tuple[int, ...]) -> str:
    words = _of("second", seconds)
    return f"{words[0].upper()}{words[1:]}" if words.startswith("every ") else f"At {words}"


def _of(unit: str, values: tuple[int, ...]) -> str:
    """Write which of the sixty, as a step only where it is even across the sixty."""
    steps = {later - earlier for earlier, later in pairwise(values)}
    if len(steps) == 1:
        (step,) = steps
        if 60 % step == 0 and len(values) == 60 // step:
            start = f" from {unit} {values[0]} on" if values[0] else ""
            return f"every {unit}" if step == 1 else f"every {ordinal(step)} {unit}{start}"
    return f"{unit}{'s' if len(values) > 1 else ''} {_listed(values, str)}"


def _hours(cron: Cron) -> str:
    hours = cron.hours
    if len(hours) == _HOURS:
        return "" if len(cron.minutes) == 60 else " of every hour"  # noqa: PLR2004  # minutes
    if hours[-1] - hours[0] == len(hours) - 1:
        first, last = clock(hours[0], cron.minutes[0]), clock(hours[-1], cron.minutes[-1])
        return f", from {first} to {last}"
    spans = (f"{clock(first, 0)} to {clock(last, 59)}" for first, last in _runs(hours))
    return f", from {joined(spans)}"


def _days(cron: Cron) -> str:
    """Write which days: no words of a field mean that any day will do for it."""
    by_number, by_weekday = _month_days(cron.month_days), _week_days(cron.week_days)
    if not by_number and not by_weekday:
        return "every day"
    if cron.is_either_day:
        return f"on {by_number} or on {by_weekday}" if by_number and by_weekday else "every day"
    if by_number and by_weekday:
        return f"on {by_number} if that is {by_weekday}"
    if by_number:
        return f"on {by_number}"
    return by_weekday if " to " in by_weekday else f"on {by_weekday}"


def _month_days(days: MonthDays) -> str:
    if len(days.numbers) == 31:  # noqa: PLR2004  # every one
        return ""
    words = []
    if days.numbers:
        plural = "s" if len(days.numbers) > 1 else ""
        words.append(f"day{plural} {_listed(sorted(days.numbers), str)} of the month")
    words += [f"the weekday nearest to day {day} of the month" for day in sorted(days.nearest)]
    for back in sorted(days.from_last, reverse=True):
        words.append(f"the {ordinal(back + 1)} to last day of the month" if back else _LAST_DAY)
    if days.has_last_weekday:
        words.append("the last weekday of the month")
    return joined(words)


def _week_days(days: WeekDays) -> str:
    if len(days.numbers) == len(_WEEKDAYS):
        return ""
    words = [weekdays(days.numbers)] if days.numbers else []
    words += [
        f"the {ordinal(count)} {_WEEKDAYS[day]} of the month"
        for day, count in sorted(days.nth, key=lambda pair: (pair[1], pair[0]))
    ]
    words += [f"the last {_WEEKDAYS[day]} of the month" for day in sorted(days.last)]
    return joined(words)


def _listed(values: Sequence[int], spelled: Callable[[int], str]) -> str:
    """Write values, three or more in a row as a span."""
    words = list[str]()
    for first, last in _runs(values):
        if last - first + 1 >= _LONG_RUN:
            words.append(f"{spelled(first)} to {spelled(last)}")
        else:
            words += [spelled(value) for value in range(first, last + 1)]
    return joined(words)


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and the last of each stretch of values without a hole."""
    runs: list[tuple[int, int]] = []
    for value in values:
        if runs and value == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], value
        else:
            runs.append((value, value))
    return runs


def number(value: float) -> str:
    """Write a figure as people read it: 1,350, or 0.23."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"

"""What is likely to surprise about an expression, though none of it is wrong."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from tenantry.scheduling.cron.days import LENGTHS, kind_of
from tenantry.scheduling.cron.expression import Cron
from tenantry.scheduling.cron.rate import runs_per_week
from tenantry.scheduling.cron.step import minute_step, range_step, uneven_step
from tenantry.scheduling.cron.words import number

_EVERY_SECOND: Final = 60
_ALL_DAYS: Final = 31
_ALL_WEEKDAYS: Final = 7


class CronWarning(msgspec.Struct, frozen=True):
    """One thing that is likely to surprise: `code` for programs, `message` for people."""

    code: str
    message: str


def warnings_of(cron: Cron) -> list[CronWarning]:
    """Return what is likely to surprise about an expression, nothing where it is plain."""
    found = ((code, tell(cron)) for code, tell in WARNINGS.items())
    return [CronWarning(code, message) for code, message in found if message]


def _every_second(cron: Cron) -> str:
    if len(cron.seconds) < _EVERY_SECOND:
        return ""
    runs = number(runs_per_week(cron, "UTC"))
    return f"it fires in every second of each minute that is meant, {runs} runs a week"


def _day_and_weekday(cron: Cron) -> str:
    is_any_day = len(cron.month_days.numbers) == _ALL_DAYS
    if is_any_day or len(cron.week_days.numbers) == _ALL_WEEKDAYS:
        return ""
    days, week_days = cron.texts[3], cron.texts[5]
    if cron.is_either_day:
        return (
            f"day-of-month `{days}` and day-of-week `{week_days}` are both set: here, as in Debian,"
            " a day that is either will do, and in node-cron it has to be both"
        )
    return (
        f"day-of-month `{days}` and day-of-week `{week_days}` are both set and one begins with `*`:"
        " a day has to be both"
    )


def _missing_day(cron: Cron) -> str:
    kinds = [
        kind_of(length, first)
        for month in cron.months
        for length in LENGTHS[month]
        for first in range(7)
    ]
    if _day_and_weekday(cron) or all(cron.day_masks[kind] for kind in kinds):
        return ""
    return "some of the months that are meant have no such day, and then it does not run"


def _wall_clock(cron: Cron) -> str:
    if cron.has_one_second:
        return ""
    return (
        "with seconds of more than one value the clock on the wall decides, as in node-cron: where"
        " clocks are set forward, what they skip does not run; where they are set back, nothing"
        " runs until they show a time that is new"
    )


WARNINGS: Final[Mapping[str, Callable[[Cron], str]]] = {
    "minute_step": minute_step,
    "range_step": range_step,
    "uneven_step": uneven_step,
    "every_second": _every_second,
    "day_and_weekday": _day_and_weekday,
    "missing_day": _missing_day,
    "wall_clock": _wall_clock,
}
"""Every code there is, in the order in which warnings are given, and what finds it."""

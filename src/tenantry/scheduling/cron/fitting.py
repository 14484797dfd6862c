"""Whether an expression does what was meant by it."""

from collections import Counter
from itertools import pairwise
from typing import Final

from tenantry.scheduling.cron.days import LENGTHS, kind_of
from tenantry.scheduling.cron.expression import Cron
from tenantry.scheduling.cron.intent import DAY_SECONDS, WEEK_SECONDS, Intent
from tenantry.scheduling.cron.rate import cadence_seconds, runs_per_week, sampled_walls
from tenantry.scheduling.cron.words import clock, describe, number, weekdays

_UNITS: Final = ((WEEK_SECONDS, "week"), (DAY_SECONDS, "day"), (3600, "hour"), (60, "minute"))


def fits(intent: Intent, cron: Cron, timezone: str) -> str | None:
    """Return None where an expression does what is meant, else the reason, with both figures.

    Only what an intent says is compared: `every 2 hours` says nothing of nights and weekends, so
    pauses between such runs are no contradiction, as long as most runs are 2 hours apart and none
    are nearer.
    """
    reason = _reason(intent, cron)
    if reason is None:
        return None
    meant, found = intent.runs_per_week, runs_per_week(cron, timezone)
    return (
        f"{intent.text!r} is meant, {number(meant)} runs a week, and `{cron.expression}` has"
        f" {number(found)}: {reason}"
    )


def _reason(intent: Intent, cron: Cron) -> str | None:
    every, cadence = intent.every_seconds, cadence_seconds(cron)
    is_steady = _is_steady(intent, cron)
    if not is_steady and cadence != every:
        return f"it runs every {_span(cadence)}, and not every {_span(every)}"
    if (reason := _days(intent, cron) or _time_of_day(intent, cron)) or is_steady:
        return reason
    words = describe(cron)
    return f"it runs every {_span(every)}, but not throughout: {words[0].lower()}{words[1:]}"


def _is_steady(intent: Intent, cron: Cron) -> bool:
    """Whether its runs are as far apart as is meant, where the intent says that there are any."""
    every = intent.every_seconds
    if every >= DAY_SECONDS and intent.weekdays is not None:
        return runs_per_week(cron, "UTC") == intent.runs_per_week
    if every < DAY_SECONDS and intent.window is not None:
        return _is_filled(intent.window, every, cron)
    gaps = Counter(later - earlier for earlier, later in pairwise(sampled_walls(cron)))
    # A pause behind each run is one gap of two, or one more where the sample begins with the run.
    return min(gaps) == every and gaps[every] * 2 > gaps.total() + 1


def _is_filled(window: tuple[int, int], every: int, cron: Cron) -> bool:
    """Whether the runs of a day are all as far apart as they should, and leave no room for more."""
    walls = sampled_walls(cron)
    gaps = {
        later - earlier
        for earlier, later in pairwise(walls)
        if earlier // DAY_SECONDS == later // DAY_SECONDS
    }
    first, last = _first_and_last(cron)
    return gaps <= {every} and first - window[0] < every and window[1] - last < every


def _time_of_day(intent: Intent, cron: Cron) -> str | None:
    first, last = _first_and_last(cron)
    if intent.at is not None and not first // 60 == last // 60 == intent.at // 60:
        return f"it runs {_from_to(first, last)}, and not at {_clock(intent.at)}"
    if intent.window is not None and not intent.window[0] <= first <= last <= intent.window[1]:
        return f"it runs {_from_to(first, last)}, and not {_from_to(*intent.window)}"
    return None


def _days(intent: Intent, cron: Cron) -> str | None:
    if intent.weekdays is None:
        return None
    meant, found = set(intent.weekdays), _weekdays_of(cron)
    is_right = found <= meant if intent.every_seconds > DAY_SECONDS else found == meant
    return None if is_right else f"it runs on {weekdays(found)}, and not on {weekdays(meant)}"


def _weekdays_of(cron: Cron) -> set[int]:
    """Return the days of the week on which it ever runs."""
    kinds = [(length, first) for m in cron.months for length in LENGTHS[m] for first in range(7)]
    return {
        (first + day) % 7
        for length, first in kinds
        for day in range(length)
        if cron.day_masks[kind_of(length, first)] >> day & 1
    }


def _first_and_last(cron: Cron) -> tuple[int, int]:
    """Return when the runs of a day begin and end: each hour has all the minutes, and so on."""
    fields = (cron.hours, cron.minutes, cron.seconds)
    first, last = ([values[at] for values in fields] for at in (0, -1))
    return first[0] * 3600 + first[1] * 60 + first[2], last[0] * 3600 + last[1] * 60 + last[2]


def _from_to(first: int, last: int) -> str:
    return f"from {_clock(first)} to {_clock(last)}" if first != last else f"at {_clock(first)}"


def _clock(second: int) -> str:
    return clock(second // 3600, second // 60 % 60, second % 60)


def _span(seconds: int) -> str:
    """Write a duration in the largest unit that it is a whole number of."""
    size, unit = next((pair for pair in _UNITS if seconds % pair[0] == 0), (1, "second"))
    count = seconds // size
    return unit if count == 1 else f"{count:,} {unit}s"

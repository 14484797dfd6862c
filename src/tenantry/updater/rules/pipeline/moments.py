"""When things happen in a slot, and when what follows is planned for."""

from typing import Final

from tenantry.updater.rules.calendar import SECOND, BusinessCalendar
from tenantry.updater.rules.draw import Draw
from tenantry.updater.rules.pipeline.stages import DAY

_PLANNED_TO: Final = 15 * 60 * SECOND
"""Appointments are at the full hour, or a quarter, a half or three quarters past it."""


def business_moments(
    draw: Draw, calendar: BusinessCalendar, since: int, until: int, count: int
) -> list[int]:
    """Return `count` business seconds from `since` up to `until`, in order.

    There may be fewer seconds than that, and then some are taken more than once; the list is
    empty where there is none.
    """
    return _drawn(draw, calendar.spans(since, until + SECOND), count)


def any_moments(draw: Draw, after: int, until: int, count: int) -> list[int]:
    """Return `count` seconds behind `after` and up to `until`, in order."""
    return _drawn(draw, [(after + SECOND, until + SECOND)], count)


def planned_at(
    draw: Draw, calendar: BusinessCalendar, at: int, min_days: int, max_days: int
) -> int:
    """Return when to do something again: so many business days behind `at`, in business hours."""
    seconds = draw.between(min_days * DAY, max_days * DAY + DAY // 4)
    planned = calendar.add(at, seconds)
    return planned - planned % _PLANNED_TO


def _drawn(draw: Draw, spans: list[tuple[int, int]], count: int) -> list[int]:
    total = 0
    for start, end in spans:
        total += end - start
    if total < SECOND:
        return []
    places = sorted([draw.below(total // SECOND) for _ in range(count)])
    if len(spans) == 1:
        first = spans[0][0]
        return [first + place * SECOND for place in places]
    return [_at(spans, place * SECOND) for place in places]


def _at(spans: list[tuple[int, int]], offset: int) -> int:
    for start, end in spans:
        if offset < end - start:
            return start + offset
        offset -= end - start
    raise AssertionError("an offset is less than all spans together")

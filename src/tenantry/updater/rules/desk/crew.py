"""The technicians: who can take a ticket, and when they have time for a visit."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from tenantry.updater.model import Technician
from tenantry.updater.rules.calendar import SECOND, BusinessCalendar
from tenantry.updater.rules.desk.pace import QUARTER

_STEP: Final = QUARTER * SECOND


def choose(
    technicians: Mapping[str, Technician],
    load: Mapping[str, int],
    skills: tuple[str, ...],
    at: int,
) -> Technician | None:
    """Return who takes a ticket: the least busy of those who can and have room, then by id."""
    best: Technician | None = None
    best_key = (0, "")
    for technician in technicians.values():
        busy = load.get(technician.id, 0)
        if (
            busy < technician.capacity
            and technician.is_available
            and technician.created_at <= at
            and has_all(technician.skills, skills)
        ):
            key = (busy, technician.id)
            if best is None or key < best_key:
                best, best_key = technician, key
    return best


def visit_time(
    calendar: BusinessCalendar, earliest: int, seconds: int, taken: Iterable[tuple[int, int]]
) -> int:
    """Return the first quarter of an hour from which on there are `seconds` in one day's hours.

    What is `taken` of the technician's time stays so. Where no day is long enough, a visit begins
    when the day does, and goes on on the next.
    """
    visits = sorted(taken)
    at = _open_quarter(calendar, earliest)
    while True:
        end = at + seconds * SECOND
        closing = calendar.closing(at)
        if end > closing:
            if calendar.is_open(at - SECOND):
                at = _open_quarter(calendar, closing)
                continue
            end = calendar.add(at, seconds)
        clash = next((until for start, until in visits if start < end and at < until), None)
        if clash is None:
            return at
        at = _open_quarter(calendar, clash)


def fits(calendar: BusinessCalendar, at: int, seconds: int) -> bool:
    """Whether work that begins at an instant ends on the same day."""
    return calendar.is_open(at) and at + seconds * SECOND <= calendar.closing(at)


@lru_cache(1024)
def has_all(skills: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether somebody with some skills has those that are wanted."""
    return set(wanted) <= set(skills)


def _open_quarter(calendar: BusinessCalendar, earliest: int) -> int:
    at = calendar.next_open(earliest)
    rounded = -(-at // _STEP) * _STEP
    return rounded if calendar.is_open(rounded) else calendar.next_open(rounded)

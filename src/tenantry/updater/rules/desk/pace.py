"""How fast the desk is: what is drawn about a ticket for good, and how long it lasts."""

from functools import lru_cache
from typing import Final

import msgspec

from tenantry.updater.model import Ticket
from tenantry.updater.rules.draw import draw_for
from tenantry.updater.rules.dwell import dwell_seconds

MINUTE: Final = 60
HOUR: Final = 3600
QUARTER: Final = 900

# Medians of business time until somebody is assigned, and from then on until the visit. Urgent
# ones are seen to within a day or two, and the last one in a hundred of low ones takes four weeks.
TRIAGE: Final = {"urgent": 15 * MINUTE, "high": HOUR, "medium": 7 * HOUR, "low": 14 * HOUR}
VISIT: Final = {"urgent": 90 * MINUTE, "high": 5 * HOUR, "medium": 10 * HOUR, "low": 16 * HOUR}
# And until parts come that were not in the van.
_PARTS: Final = {"urgent": 3 * HOUR, "high": 7 * HOUR, "medium": 14 * HOUR, "low": 16 * HOUR}

_DAY: Final = 24 * HOUR
PATIENCE: Final = {"urgent": 7 * _DAY, "high": 14 * _DAY, "medium": 28 * _DAY, "low": 28 * _DAY}
"""How long a ticket waits for a technician to have time before it is given up; of any time."""

_CANCELLED: Final = 300
_TOLD: Final = 3500
_NOTED: Final = 2500
_WAITING: Final = 3000
# Estimates are on the safe side: half of the visits take less than 85 % of them.
OF_ESTIMATE: Final = 51
_SHORTEST: Final = 10 * MINUTE
_CACHED: Final = 1 << 13


class Course(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is drawn about a ticket, in seconds of business time; the same whenever it is asked for.

    `late` is how far behind its planned time a visit begins. Work is done in a `first` visit, and
    where parts have to be `ordered`, in a `second` one.
    """

    triage: int
    visit: int
    late: int
    first: int
    ordered: int | None
    second: int
    cancelled_in: str | None
    told_after: int | None
    noted_after: int | None

    @property
    def work(self) -> int:
        """How long is worked on it."""
        return self.first + self.second


def course_of(seed: int, ticket: Ticket) -> Course:
    """Return the course of a ticket, which stays the same while it is open."""
    return _course_of(
        seed, ticket.id, ticket.priority, ticket.estimated_duration, len(ticket.required_parts)
    )


@lru_cache(_CACHED)
def _course_of(seed: int, ticket_id: str, priority: str, minutes: int, part_count: int) -> Course:
    draw = draw_for(seed, "standing", "ticket", ticket_id)
    triage = dwell_seconds(draw, TRIAGE[priority], "wide")
    visit = dwell_seconds(draw, VISIT[priority], "wide")
    late = draw.below(QUARTER)
    work = max(_SHORTEST, dwell_seconds(draw, minutes * OF_ESTIMATE, "steady"))
    cancelled_in = draw.pick(("open", "assigned")) if draw.chance(_CANCELLED) else None
    told_after = draw.between(2 * MINUTE, QUARTER) if draw.chance(_TOLD) else None
    first, ordered = work, None
    if part_count and draw.chance(_WAITING):
        first = work * draw.between(3, 6) // 10
        ordered = dwell_seconds(draw, _PARTS[priority], "wide")
    return Course(
        triage=triage,
        visit=visit,
        late=late,
        first=first,
        ordered=ordered,
        second=work - first,
        cancelled_in=cancelled_in,
        told_after=told_after,
        noted_after=first * draw.between(3, 8) // 10 if draw.chance(_NOTED) else None,
    )


def labor_hours(seconds: int, extra_quarters: int = 0) -> float:
    """Return worked time in hours, in quarters that have begun."""
    return (-(-seconds // QUARTER) + extra_quarters) / 4

"""What is due for a ticket, and when: nothing but its row and its course decides."""

from typing import Final

import msgspec

from tenantry.updater.model import Ticket
from tenantry.updater.rules.calendar import SECOND, BusinessCalendar
from tenantry.updater.rules.desk.pace import PATIENCE, Course, course_of


class Due(msgspec.Struct, frozen=True, gc=False):
    """Something that happens to a ticket at an instant."""

    at: int
    event: str


class Outlook(msgspec.Struct, frozen=True, gc=False):
    """What is known of a ticket as it is: its course, what is due in order of time, and its visit.

    The visit is the one that is planned or under way: its begin and its end.
    """

    ticket: Ticket
    calendar: BusinessCalendar
    seed: int
    course: Course
    dues: tuple[Due, ...]
    visit: tuple[int, int] | None

    # The first of what has to be done, also when its time has passed by.
    acts_at: int

    def has_due(self, after: int, until: int) -> bool:
        """Whether anything has to be done behind an instant and up to another, or was left over."""
        return self.acts_at <= until or after < self.dues[0].at <= until


SAID: Final = frozenset({"tell", "note"})
"""What is only said is not caught up on: whoever was not told in time is not told late."""

_MOST: Final = 1 << 13
# Most tickets wait for days, through many slots: what is known of a row is kept, by its id.
_known: Final = dict[str, Outlook]()


def outlook_of(calendar: BusinessCalendar, seed: int, ticket: Ticket) -> Outlook:
    """Return the outlook of a ticket, with the course that a seed gives it."""
    known = _known.get(ticket.id)
    if known is not None and known.calendar is calendar and known.seed == seed:
        if known.ticket is ticket:
            return known
        if known.ticket == ticket:
            return _keep(msgspec.structs.replace(known, ticket=ticket))

    course = course_of(seed, ticket)
    dues = _dues_of(calendar, course, ticket)
    return _keep(
        Outlook(
            ticket,
            calendar,
            seed,
            course,
            dues,
            _visit_of(calendar, course, ticket),
            next(due.at for due in dues if due.event not in SAID),
        )
    )


def _keep(outlook: Outlook) -> Outlook:
    if len(_known) >= _MOST:
        _known.clear()
    _known[outlook.ticket.id] = outlook
    return outlook


def _visit_of(calendar: BusinessCalendar, course: Course, ticket: Ticket) -> tuple[int, int] | None:
    planned, started = ticket.scheduled_date, ticket.started_at
    if planned is not None and (started is None or started < planned):
        work = course.first if started is None else course.second
        return planned, calendar.add(planned, course.late + work)
    if started is None:
        return None
    return started, calendar.add(started, course.first)


def _dues_of(calendar: BusinessCalendar, course: Course, ticket: Ticket) -> tuple[Due, ...]:
    planned, started = ticket.scheduled_date, ticket.started_at
    if ticket.status == "open":
        at = calendar.add(ticket.created_at, course.triage)
        if course.cancelled_in == "open":
            return (Due(at, "cancel"),)
        patience = calendar.next_open(ticket.created_at + PATIENCE[ticket.priority] * SECOND)
        return Due(at, "assign"), Due(max(at, patience), "give_up")
    if started is None:
        assigned = ticket.assigned_at or ticket.updated_at
        return _before_visit(calendar, course, assigned, planned or assigned)
    if planned is not None and started < planned:
        return (Due(calendar.add(planned, course.late + course.second), "complete"),)

    end = calendar.add(started, course.first)
    dues = (Due(end, "complete" if course.ordered is None else "order"),)
    if course.noted_after is None:
        return dues
    return Due(calendar.add(started, course.noted_after), "note"), *dues


def _before_visit(
    calendar: BusinessCalendar, course: Course, assigned: int, planned: int
) -> tuple[Due, ...]:
    last = Due(planned + course.late * SECOND, "start")
    if course.cancelled_in == "assigned":
        middle = assigned + (planned - assigned) // (2 * SECOND) * SECOND
        last = Due(min(calendar.next_open(middle), planned), "cancel")
    if course.told_after is None:
        return (last,)
    told = calendar.add(assigned, course.told_after)
    return (Due(told, "tell"), last) if told < min(planned, last.at) else (last,)

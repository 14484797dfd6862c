"""How a line stands: what its schedules, their marks and its claims say together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from tenantry.base.errors import Invalid
from tenantry.db import Transaction
from tenantry.scheduling.cron import Cron, Fires
from tenantry.scheduling.lease import Held
from tenantry.scheduling.plan import Past, Planned
from tenantry.scheduling.record import Of, Record
from tenantry.scheduling.schedule import Busy, Definition, FireTimes, Firing, Mark, Schedule

CLOCK_BEHIND_SECONDS: Final = 60.0
"""How far a mark may be ahead of the clock before that is told."""

FiresOf = Callable[[Definition], FireTimes]

_SECOND: Final = 1_000_000
_EARLY_MAX: Final = 200
_LATE_MAX: Final = 1_000


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a line stands: `next_fires` of each schedule is the first that is not decided yet.

    `held` says who has its turn, or had it last. Where `is_clock_behind`, fire times that were
    decided lie ahead: until the clock has passed them, nothing is due.
    """

    tenant_id: str
    line: str
    marks: Mapping[str, Mark]
    next_fires: Mapping[str, int | None]
    running: tuple[Firing, ...]
    held: Held | None
    is_clock_behind: bool


@lru_cache(maxsize=4_096)
def fires_of(definition: Definition) -> FireTimes:
    """Return the fire times of a definition; raises `Invalid` for what is none."""
    return Fires(Cron.parse(definition.cron), definition.timezone)


def planned_of(
    schedules: Sequence[Schedule], marks: Mapping[str, Mark], fires: FiresOf
) -> list[Planned]:
    """Put schedules and marks together."""
    known = {schedule.name: schedule for schedule in schedules}
    if len(known) != len(schedules):
        raise Invalid(field="schedules", got=[s.name for s in schedules], wants="different names")
    return [
        Planned(
            name=name,
            schedule=known.get(name),
            mark=marks.get(name),
            fires=fires(known[name].definition) if name in known else None,
            marked=_marked(marks.get(name), fires),
        )
        for name in sorted({*known, *marks})
    ]


def past_in(
    tx: Transaction, of: Of, planned: Sequence[Planned], *, record: Record, now: int
) -> Past:
    """Read what has run, as far as it matters to what is undecided."""
    early: list[Busy] = []
    until: dict[str, int] = {}
    unseen: list[int] = []
    for each in planned:
        mark, fires = each.mark, each.fires
        if mark is None or fires is None or not each.is_as_marked:
            continue
        first = fires.after(mark.decided_until)
        if first is None or first > now:
            continue
        found = record.busy_after_in(tx, of, each.name, since=first, limit=_EARLY_MAX)
        early += found
        if len(found) == _EARLY_MAX:
            until[each.name] = found[-1].started_at
        unseen.append(max(mark.decided_until, mark.seen_until, mark.run_all_until))

    late: list[Busy] = []
    if unseen:
        for each in planned:
            since = min(unseen)
            late += record.busy_before_in(tx, of, each.name, since=since, limit=_LATE_MAX)
    is_any_new = any(each.mark is None for each in planned)
    return Past(
        early=tuple(early),
        late=tuple(late),
        until=until,
        decided_until=record.decided_until_in(tx, of) if is_any_new else 0,
    )


def next_fires(planned: Iterable[Planned], now: int) -> dict[str, int | None]:
    """Return the first undecided fire time of each schedule; of one that begins, the next."""
    found: dict[str, int | None] = {}
    for each in planned:
        if each.fires is not None:
            is_on = each.mark is not None and each.is_as_marked
            since = each.mark.decided_until if each.mark is not None and is_on else now
            found[each.name] = each.fires.after(since)
    return found


def is_clock_behind(marks: Iterable[Mark], now: int) -> bool:
    """Whether what was decided lies further ahead than clocks differ."""
    allowed = round(CLOCK_BEHIND_SECONDS * _SECOND)
    return any(mark.decided_until > now + allowed for mark in marks)


def _marked(mark: Mark | None, fires: FiresOf) -> FireTimes | None:
    if mark is None:
        return None
    try:
        return fires(mark.definition)
    except Invalid:
        # Written by another version, which understood it.
        return None

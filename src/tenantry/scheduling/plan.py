"""What becomes of the fire times of one schedule."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from tenantry.scheduling.schedule import Busy, FireTimes, Mark, Schedule

REMOVED: Final = "removed"
RESCHEDULED: Final = "rescheduled"
MISFIRE: Final = "misfire"
CATCH_UP_WINDOW: Final = "catch_up_window"
OVERLAP: Final = "overlap"

_SECOND: Final = 1_000_000


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule as it stands: `fires` are those of its definition, `marked` of its mark's.

    One without a schedule is no longer asked for, one without a mark is new.
    """

    name: str
    schedule: Schedule | None
    mark: Mark | None
    fires: FireTimes | None
    marked: FireTimes | None

    @property
    def is_as_marked(self) -> bool:
        """Whether its fire times go on where its mark is."""
        return (
            self.schedule is not None
            and self.mark is not None
            and self.schedule.definition == self.mark.definition
        )


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What has run: `early` when each schedule ran, from its first undecided fire time on.

    Of a schedule in `until` it is known up to then only. `late` is what the line was busy with
    until now, since the first fire time that nobody has seen. Nothing of it was decided behind
    `decided_until`, as far as that was asked for: it is where there are new schedules.
    """

    early: tuple[Busy, ...] = ()
    late: tuple[Busy, ...] = ()
    until: dict[str, int] = {}
    decided_until: int = 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of fire times of a schedule: without a reason, the one at `first` may run.

    One that `is_unknown` cannot be decided yet, nor can anything later.
    """

    schedule: str
    first: int
    last: int
    count: int = 1
    reason: str | None = None
    is_unknown: bool = False


class Plan:
    """A schedule that goes on, ends, or begins; one that begins does so behind `floor`."""

    def __init__(self, planned: Planned, *, now: int, past: Past, floor: int) -> None:
        self._planned = planned
        self._now = now
        self._floor = floor
        self.name = planned.name
        self._live = _Live.of(planned, now=now, past=past)

    def leading(self) -> Iterator[Verdict]:
        """Yield the range that it begins with, if it does: nothing has to be waited for."""
        mark, schedule = self._planned.mark, self._planned.schedule
        if self._live is not None:
            if self._live.leads:
                yield from self._live.range()
        elif mark is not None:
            reason = REMOVED if schedule is None else schedule.halted or RESCHEDULED
            fires, since = self._planned.marked, mark.decided_until
            yield from _range(self.name, fires, since, self._now, reason)

    def verdicts(self) -> Iterator[Verdict]:
        """Yield what becomes of its other fire times up to now, in order."""
        if self._live is not None:
            yield from self._live.verdicts()

    def mark_after(self, last: Verdict | None) -> Mark | None:
        """Return its mark once `last` was the last verdict that counted; None where it stays."""
        mark = self._planned.mark
        if mark is not None and self._live is not None:
            return self._live.mark_after(mark, last)
        if mark is not None and not self._is_over(mark, last):
            return None
        if self._planned.schedule is None:
            return None
        definition = self._planned.schedule.definition
        return Mark(schedule=self.name, definition=definition, decided_until=self._floor)

    def is_gone(self, last: Verdict | None) -> bool:
        """Whether nothing is left to know of it."""
        mark = self._planned.mark
        if self._planned.schedule is not None or mark is None:
            return False
        # While the clock is behind, its mark is all that says what has run.
        return mark.decided_until <= self._now and self._is_over(mark, last)

    def _is_over(self, mark: Mark, last: Verdict | None) -> bool:
        if last is not None:
            return True
        first = _after(self._planned.marked, mark.decided_until)
        return first is None or first > self._now


class _Live:
    """A schedule whose mark is of its present definition.

    Its undecided fire times are three stretches: those that are to run since they were seen in time
    (up to `_admitted`), those that are skipped as a whole (up to `_skipped`), and the rest.
    """

    def __init__(
        self, schedule: Schedule, mark: Mark, fires: FireTimes, *, now: int, past: Past
    ) -> None:
        self._schedule = schedule
        self._mark = mark
        self._fires = fires
        self._now = now
        self._past = past
        self._busy = _spans(schedule.name, (*past.early, *past.late))

        self._admitted = max(mark.decided_until, mark.run_all_until)
        if schedule.halted is None:
            self._admitted = max(self._admitted, mark.seen_until)
        self._unseen = fires.after(self._admitted)
        self._skipped, self._reason = self._stretch()

    @classmethod
    def of(cls, planned: Planned, *, now: int, past: Past) -> "_Live | None":
        schedule, mark, fires = planned.schedule, planned.mark, planned.fires
        if schedule is None or mark is None or fires is None or not planned.is_as_marked:
            return None
        return cls(schedule, mark, fires, now=now, past=past)

    @property
    def _skips_some(self) -> bool:
        return self._unseen is not None and self._unseen <= self._skipped

    @property
    def leads(self) -> bool:
        """Whether nothing is before the range that is skipped as a whole."""
        return self._fires.after(self._mark.decided_until) == self._unseen

    def range(self) -> Iterator[Verdict]:
        if self._skips_some:
            name, fires = self._schedule.name, self._fires
            yield from _range(name, fires, self._admitted, self._skipped, self._reason)

    def verdicts(self) -> Iterator[Verdict]:
        yield from self._one_by_one(self._mark.decided_until, min(self._admitted, self._now))
        if not self.leads:
            yield from self.range()
        reached = self._skipped if self._skips_some else self._admitted
        yield from self._one_by_one(reached, self._now)

    def mark_after(self, mark: Mark, last: Verdict | None) -> Mark | None:
        reached = mark.decided_until if last is None else last.last
        moved = mark if last is None else _moved(mark, reached)
        waiting = _after(self._fires, max(reached, mark.seen_until))
        if waiting is not None and waiting <= self._now and self._is_seen(reached):
            moved = msgspec.structs.replace(moved, seen_until=self._now)
        return None if moved == mark else moved

    def _is_seen(self, reached: int) -> bool:
        """Whether what is skipped as a whole is behind: what waits then was seen in time."""
        if not self._skips_some:
            return self._schedule.halted is None
        assert self._unseen is not None  # noqa: S101 - that is what it skips
        return reached >= self._unseen

    def _stretch(self) -> tuple[int, str]:
        """Return up to when those behind `_admitted` are skipped as a whole, and why."""
        schedule = self._schedule
        if schedule.halted is not None:
            return self._now, schedule.halted
        if self._unseen is None or self._unseen > self._now:
            return self._admitted, MISFIRE
        if schedule.misfire == "run_all":
            return self._missed(schedule.catch_up_seconds), CATCH_UP_WINDOW

        missed = self._missed(schedule.grace_seconds)
        if schedule.misfire == "run_once" and self._unseen <= missed:
            latest = self._fires.before(self._now + 1)
            assert latest is not None  # noqa: S101 - there is the unseen one
            return latest - 1, MISFIRE
        return missed, MISFIRE

    def _missed(self, seconds: float) -> int:
        allowed = seconds + self._schedule.jitter_seconds
        return min(missed_before(self._now, allowed, self._past.late) - 1, self._now)

    def _one_by_one(self, after: int, until: int) -> Iterator[Verdict]:
        name, at = self._schedule.name, self._fires.after(after)
        while at is not None and at <= until:
            if self._is_beyond_the_known(at):
                yield Verdict(schedule=name, first=at, last=at, is_unknown=True)
                return
            reason = OVERLAP if self._is_overlap(at) else None
            yield Verdict(schedule=name, first=at, last=at, reason=reason)
            at = self._fires.after(at)

    def _may_overlap(self, at: int) -> bool:
        return self._schedule.overlap != "allow" and at > self._mark.run_all_until

    def _is_beyond_the_known(self, at: int) -> bool:
        until = self._past.until.get(self._schedule.name)
        return until is not None and at > until and self._may_overlap(at)

    def _is_overlap(self, at: int) -> bool:
        if not self._may_overlap(at):
            return False
        index = bisect_left(self._busy, (at,)) - 1
        if index < 0 or at >= self._busy[index].finished_at:
            return False
        is_first = self._fires.after(self._busy[index].started_at) == at
        return not (self._schedule.overlap == "buffer_one" and is_first)


class _Span(NamedTuple):
    started_at: int
    finished_at: int


def missed_before(now: int, seconds: float, busy: Sequence[Busy]) -> int:
    """Return the instant before which a fire time is missed.

    Since then the line was free for `seconds`: what it was busy for is not counted.
    """
    left, edge = round(seconds * _SECOND), now
    for each in sorted(busy, reverse=True):
        free = max(0, edge - each.finished_at)
        if free > left:
            break
        left -= free
        edge = min(edge, each.started_at)
    return edge - left


def _spans(schedule: str, busy: Sequence[Busy]) -> list[_Span]:
    """Return when it was running, in order and without overlaps."""
    spans: list[_Span] = []
    for each in sorted(set(busy)):
        if each.schedule != schedule:
            continue
        if spans and each.started_at < spans[-1].finished_at:
            last = spans.pop()
            spans.append(_Span(last.started_at, max(last.finished_at, each.finished_at)))
        else:
            spans.append(_Span(each.started_at, each.finished_at))
    return spans


def _range(
    name: str, fires: FireTimes | None, after: int, until: int, reason: str
) -> Iterator[Verdict]:
    """Yield all fire times behind `after` up to `until`, if there are any, as one verdict."""
    if fires is None or not (count := fires.count(after, until)):
        return
    first, last = fires.after(after), fires.before(until + 1)
    assert first is not None and last is not None  # noqa: PT018, S101 - they were counted
    yield Verdict(schedule=name, first=first, last=last, count=count, reason=reason)


def _after(fires: FireTimes | None, at: int) -> int | None:
    return None if fires is None else fires.after(at)


def _moved(mark: Mark, decided_until: int) -> Mark:
    return msgspec.structs.replace(mark, decided_until=decided_until)

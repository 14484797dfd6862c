"""What is due: a pure function of schedules, marks, what has run, and the time.

Each fire time is decided once: it is due, or it lies in one range that is skipped. What is due
comes in the order of (fire time, schedule), and nothing is due before what is due earlier. The work
is bounded: whatever lies in a range is counted and not walked, and after `look_max` verdicts the
decision is cut, and whoever decides again goes on.
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from tenantry.scheduling.plan import Past, Plan, Planned, Verdict
from tenantry.scheduling.schedule import FireTime, Mark, Schedule, Skip

BATCH_MAX: Final = 200
LOOK_MAX: Final = 10_000
HALTED_SECONDS: Final = 60
"""How long fire times of what is halted may wait until they are recorded."""

_SECOND: Final = 1_000_000


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be recorded before `due` runs: skips, marks that move, and schedules that go.

    `is_cut` where there is more to decide at once.
    """

    skips: tuple[Skip, ...]
    due: tuple[FireTime, ...]
    marks: tuple[Mark, ...]
    gone: tuple[str, ...]
    is_cut: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to record."""
        return not (self.skips or self.due or self.marks or self.gone)


def decide(
    planned: Iterable[Planned],
    *,
    line: str,
    now: int,
    past: Past,
    batch_max: int = BATCH_MAX,
    look_max: int = LOOK_MAX,
) -> Decision:
    """Decide as many fire times up to `now` as are due together; `line` names whose they are."""
    planned = sorted(planned, key=lambda each: each.name)
    # What begins while the clock is behind does not run before what has run.
    known = [each.mark.decided_until for each in planned if each.mark is not None]
    floor = max([now, past.decided_until, *known])
    plans = [Plan(each, now=now, past=past, floor=floor) for each in planned]
    walk = _Walk(
        schedules={each.name: each.schedule for each in planned if each.schedule is not None},
        line=line,
        now=now,
        batch_max=batch_max,
        look_max=look_max,
    )
    for plan in plans:
        walk.skip(plan.leading())
    walk.go(heapq.merge(*(plan.verdicts() for plan in plans), key=_order))

    reached = walk.reached
    marks = [plan.mark_after(reached.get(plan.name)) for plan in plans]
    return Decision(
        skips=tuple(walk.skips),
        due=tuple(walk.due),
        marks=tuple(mark for mark in marks if mark is not None),
        gone=tuple(plan.name for plan in plans if plan.is_gone(reached.get(plan.name))),
        is_cut=walk.is_cut,
    )


def next_at(planned: Iterable[Planned], *, line: str, now: int) -> int | None:
    """Return when there is something to decide again; None where there never will be."""
    times: list[int] = []
    heads: list[_Head] = []
    for each in planned:
        schedule, mark, fires = each.schedule, each.mark, each.fires
        if schedule is None and mark is not None:
            times.append(mark.decided_until)
            continue
        if schedule is None or mark is None or fires is None or not each.is_as_marked:
            return now
        if (at := fires.after(mark.decided_until)) is None:
            continue
        if schedule.halted is not None and at > mark.run_all_until:
            times.append(at + HALTED_SECONDS * _SECOND)
            continue
        unseen = at if at > mark.seen_until else fires.after(mark.seen_until)
        heads.append(_Head(at, each.name, at + jitter_us(line, schedule, at), unseen))

    # The first holds back all others, which have to be seen in time meanwhile.
    for index, head in enumerate(sorted(heads)):
        at = head.unseen if index else head.start_at
        if at is not None:
            times.append(at)
    return max(now, min(times)) if times else None


def jitter_us(line: str, schedule: Schedule, at: int) -> int:
    """Return by how much the run of a fire time is delayed: always the same for the same one."""
    if schedule.jitter_seconds <= 0:
        return 0
    key = f"{line}\0{schedule.name}\0{at}".encode()
    drawn = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")
    return drawn * round(schedule.jitter_seconds * _SECOND) >> 64


class _Head(NamedTuple):
    at: int
    name: str
    start_at: int
    unseen: int | None


def _order(verdict: Verdict) -> tuple[int, str]:
    return (verdict.first, verdict.schedule)


class _Walk:
    """Goes through verdicts in order, until what is due fills a batch or has to wait."""

    def __init__(
        self,
        *,
        schedules: dict[str, Schedule],
        line: str,
        now: int,
        batch_max: int,
        look_max: int,
    ) -> None:
        self._schedules = schedules
        self._line = line
        self._now = now
        self._batch_max = batch_max
        self._left = look_max
        self.skips: list[Skip] = []
        self.due: list[FireTime] = []
        self.reached: dict[str, Verdict] = {}
        self.is_cut = False

    def skip(self, verdicts: Iterator[Verdict]) -> None:
        for verdict in verdicts:
            self._skip(verdict, str(verdict.reason))
            self.reached[verdict.schedule] = verdict

    def go(self, verdicts: Iterator[Verdict]) -> None:
        for verdict in verdicts:
            if self._left <= 0 or verdict.is_unknown:
                self.is_cut = True
                return
            if verdict.reason is not None:
                self._skip(verdict, verdict.reason)
            elif not self._has_begun(verdict):
                return
            elif len(self.due) >= self._batch_max:
                self.is_cut = True
                return
            else:
                self.due.append(FireTime(verdict.first, verdict.schedule))
            self._left -= 1
            self.reached[verdict.schedule] = verdict

    def _has_begun(self, verdict: Verdict) -> bool:
        schedule = self._schedules[verdict.schedule]
        return verdict.first + jitter_us(self._line, schedule, verdict.first) <= self._now

    def _skip(self, verdict: Verdict, reason: str) -> None:
        before = self.reached.get(verdict.schedule)
        if before is not None and before.reason == reason:
            self._extend(verdict)
            return
        self.skips.append(
            Skip(
                schedule=verdict.schedule,
                first=verdict.first,
                last=verdict.last,
                count=verdict.count,
                reason=reason,
            )
        )

    def _extend(self, verdict: Verdict) -> None:
        """Let the last range of its schedule reach further."""
        for index in reversed(range(len(self.skips))):
            known = self.skips[index]
            if known.schedule == verdict.schedule:
                count = known.count + verdict.count
                self.skips[index] = msgspec.structs.replace(known, last=verdict.last, count=count)
                return

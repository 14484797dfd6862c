"""A line in memory: what a runner would do with decisions, on a clock that is moved at will."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from tenantry.scheduling import Cron, Definition, FireTime, Mark, Schedule, Skip
from tenantry.scheduling.decision import Decision, decide, next_at
from tenantry.scheduling.plan import Past, Planned
from tenantry.scheduling.schedule import Busy
from tests.support.fire_times import Every

LINE: Final = "acme/things"
SECOND: Final = 1_000_000
START: Final = 1_700_000_000 * SECOND
_LIMIT: Final = 3
_CRON: Final = Cron.parse("* * * * * *")


def every(period_seconds: int, offset_seconds: int = 0) -> str:
    """Return the zone in which a stand-in's fire times are told: it only has to differ."""
    return f"{period_seconds}/{offset_seconds}"


def fires_of(definition: Definition) -> Every:
    """Return the fire times that a stand-in's definition names."""
    period, offset = map(int, definition.timezone.split("/"))
    return Every(period * SECOND, START + offset * SECOND)


def scheduled(name: str, period_seconds: int, offset_seconds: int = 0, **policies: Any) -> Schedule:
    """Return a schedule that fires every so many seconds."""
    timezone = every(period_seconds, offset_seconds)
    return Schedule(name=name, cron=_CRON, timezone=timezone, **policies)


class Range(msgspec.Struct, frozen=True):
    """Fire times of a definition that had to be decided: behind `since` up to `until`."""

    name: str
    times: Every
    since: int
    until: int


class World:
    """What is declared, what is known, and what became of it."""

    def __init__(self, *, batch_max: int, look_max: int) -> None:
        self.now = START
        self.schedules: dict[str, Schedule] = {}
        self.marks: dict[str, Mark] = {}
        self.busy: list[Busy] = []
        self.due: list[FireTime] = []
        self.skips: list[Skip] = []
        self.owed: list[Range] = []
        self._begun: dict[str, Mark] = {}
        self._batch_max = batch_max
        self._look_max = look_max

    def planned(self) -> list[Planned]:
        """Put schedules and marks together."""
        return [
            Planned(
                name=name,
                schedule=self.schedules.get(name),
                mark=self.marks.get(name),
                fires=fires_of(self.schedules[name].definition) if name in self.schedules else None,
                marked=fires_of(self.marks[name].definition) if name in self.marks else None,
            )
            for name in {*self.schedules, *self.marks}
        ]

    def past(self) -> Past:
        """Return what a record would say, which does not say all at once."""
        early: list[Busy] = []
        until: dict[str, int] = {}
        unseen = [self.now]
        for each in self.planned():
            if each.mark is None or each.fires is None or not each.is_as_marked:
                continue
            first = each.fires.after(each.mark.decided_until)
            if first is None or first > self.now:
                continue
            mine = self._runs_of(each.name)
            begun = [busy.started_at for busy in mine if busy.started_at < first]
            mine = [busy for busy in mine if busy.started_at >= (begun[-1] if begun else first)]
            early += mine[:_LIMIT]
            if len(mine) >= _LIMIT:
                until[each.name] = mine[_LIMIT - 1].started_at
            mark = each.mark
            unseen.append(max(mark.decided_until, mark.seen_until, mark.run_all_until))
        runs = [busy for name in self.marks for busy in self._runs_of(name)]
        late = [busy for busy in runs if busy.finished_at > min(unseen)]
        decided = (*(time.at for time in self.due), *(skip.last for skip in self.skips))
        return Past(
            early=tuple(early),
            late=tuple(late),
            until=until,
            decided_until=max(decided, default=0),
        )

    def _runs_of(self, name: str) -> list[Busy]:
        ends: dict[int, int] = {}
        for busy in self.busy:
            if busy.schedule == name:
                ends[busy.started_at] = max(busy.finished_at, ends.get(busy.started_at, 0))
        return [Busy(started_at, end, name) for started_at, end in sorted(ends.items())]

    def step(
        self, seconds_of: Callable[[FireTime], int], *, together: bool, is_last: bool = False
    ) -> None:
        """Decide and run until nothing is due; a run takes so many µs.

        What is halted may wait, but for the last time.
        """
        for _ in range(10_000):
            again_at = next_at(self.planned(), line=LINE, now=self.now)
            if not is_last and (again_at is None or again_at > self.now):
                return
            decision = decide(
                self.planned(),
                line=LINE,
                now=self.now,
                past=self.past(),
                batch_max=self._batch_max,
                look_max=self._look_max,
            )
            if decision.is_empty:
                # What waits behind what waits for its jitter may have been missed, which is told
                # once it is its turn.
                assert is_last or any(each.jitter_seconds for each in self.schedules.values())
                return
            self.take(decision)
            self._run(decision.due, seconds_of, together=together)
        raise AssertionError("it never comes to an end")

    def take(self, decision: Decision) -> None:
        """Record a decision."""
        self.due += decision.due
        self.skips += decision.skips
        assert len(decision.due) <= self._batch_max
        for mark in decision.marks:
            self._note(mark)
            self.marks[mark.schedule] = mark
        for name in decision.gone:
            self._settle(name, self.now)
            del self.marks[name], self._begun[name]

    def settle(self) -> None:
        """Say what had to be decided by now."""
        for name in list(self._begun):
            self._settle(name, self.now)

    def _note(self, mark: Mark) -> None:
        known = self.marks.get(mark.schedule)
        if known is not None and known.definition == mark.definition:
            assert mark.decided_until >= known.decided_until
            return
        if known is not None:
            self._settle(mark.schedule, self.now)
        self._begun[mark.schedule] = mark

    def _settle(self, name: str, now: int) -> None:
        begun = self._begun[name]
        # Up to the latest it has been: the clock may be behind it.
        until = max(now, self.marks[name].decided_until)
        times = fires_of(begun.definition)
        self.owed.append(Range(name, times, begun.decided_until, until))

    def _run(
        self, due: tuple[FireTime, ...], seconds_of: Callable[[FireTime], int], *, together: bool
    ) -> None:
        began_at = self.now
        for time in due:
            if not together:
                began_at = self.now
            self.now += seconds_of(time)
            if not together:
                self.busy.append(Busy(began_at, self.now, time.schedule))
        if together:
            self.busy += [Busy(began_at, self.now, name) for name in {t.schedule for t in due}]

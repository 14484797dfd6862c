"""Rounds of a turn: what was left behind first, then what is due, until nothing is."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tenantry.base import Clock
from tenantry.db import Tenant, Transaction
from tenantry.scheduling.attempts import (
    Attempts,
    Tally,
    tell_of_failure,
    tell_of_skip,
    tell_of_takeover,
)
from tenantry.scheduling.decision import Decision, decide, next_at
from tenantry.scheduling.plan import REMOVED
from tenantry.scheduling.record import Ended, Record
from tenantry.scheduling.schedule import FireTime, Firing, Mark, Schedule, Skip, Status
from tenantry.scheduling.standing import FiresOf, past_in, planned_of
from tenantry.scheduling.turn import Line, Observer, Turn

TAKEOVERS_MAX: Final = 10
"""How often a run may take its holder with it, beside its retries, before it is given up."""

ABANDONED: Final = "abandoned"
_PAUSE: Final = 1_000_000


class Rounds:
    """The work of one turn on one line."""

    def __init__(
        self,
        *,
        line: Line,
        turn: Turn,
        record: Record,
        observer: Observer,
        clock: Clock,
        fires: FiresOf,
        batch_max: int,
        tally: Tally,
    ) -> None:
        self._line = line
        self._turn = turn
        self._record = record
        self._observer = observer
        self._clock = clock
        self._fires = fires
        self._batch_max = batch_max
        self._tally = tally
        self._scope = Tenant(line.tenant_id)
        self._schedules: dict[str, Schedule] = {}
        self._marks: dict[str, Mark] = {}

    async def go(self, *, until: float) -> int | None:
        """Run what is due, until nothing is or the monotonic clock says `until`.

        Returns when there is something to do again, which may be now.
        """
        left = await self._record.database.read(self._scope, self._load)
        if left and not await self._recover(until=until):
            return self._clock.now_us()
        while True:
            # A line's schedules may change while something of it runs.
            schedules = self._line.schedules()
            self._schedules = {schedule.name: schedule for schedule in schedules}
            planned = planned_of(schedules, self._marks, self._fires)
            now = self._clock.now_us()
            again_at = next_at(planned, line=self._turn.of.key, now=now)
            if again_at is None or again_at > now or self._clock.monotonic() >= until:
                return again_at

            past = await self._record.database.read(
                self._scope, past_in, self._turn.of, planned, record=self._record, now=now
            )
            decision = decide(
                planned, line=self._turn.of.key, now=now, past=past, batch_max=self._batch_max
            )
            if decision.is_empty:
                return now + _PAUSE
            await self._carry_out(decision)

    def _load(self, tx: Transaction) -> bool:
        self._marks = self._record.marks_in(tx, self._turn.of)
        return bool(self._record.running_in(tx, self._turn.of))

    async def _carry_out(self, decision: Decision) -> None:
        claimed = await self._record.database.write(self._scope, self._claim, decision)
        self._marks |= {mark.schedule: mark for mark in decision.marks}
        for name in decision.gone:
            del self._marks[name]
        for skip in decision.skips:
            self._tell_of_skip(skip)
        if claimed:
            await self._attempts().run(claimed)

    def _claim(self, tx: Transaction, decision: Decision) -> list[FireTime]:
        """Record a decision: what does not run, how far it goes, and what is ours to run."""
        turn, now = self._turn, self._clock.now_us()
        turn.check_in(tx)
        # First what runs: a range is continued only where nothing has come behind it.
        claimed = self._claimed(tx, decision.due, now)
        for skip in decision.skips:
            self._record.skip_in(tx, turn.of, skip, lease=turn.lease, at=now)
            self._observer.skipped_in(tx, turn.of, skip)
        for mark in decision.marks:
            self._record.keep_mark_in(tx, turn.of, mark)
        for name in decision.gone:
            self._record.delete_mark_in(tx, turn.of, name)
        return claimed

    def _claimed(self, tx: Transaction, due: Sequence[FireTime], now: int) -> list[FireTime]:
        if not due:
            return []
        turn = self._turn
        return self._record.claim_in(
            tx, turn.of, due, lease=turn.lease, lease_until=turn.lease_until_in(tx), at=now
        )

    async def _recover(self, *, until: float) -> bool:
        """Finish what a holder before has claimed, which comes first; returns whether all of it is.

        Each runs alone and counts as begun only then. Whatever takes its holder with it again and
        again is so given up by itself, and however often holders die, each has got further.
        """
        schedules = self._line.schedules()
        self._schedules = {schedule.name: schedule for schedule in schedules}
        taken = await self._record.database.write(self._scope, self._take_over)
        for each in taken:
            if each.status != "running":
                self._tell_of_end(each)

        for each in taken:
            if each.status != "running":
                continue
            if self._clock.monotonic() >= until:
                return False
            await self._attempts().run_anew(each.firing.time)
        return True

    def _take_over(self, tx: Transaction) -> list["_Taken"]:
        """Take over what is to go on, and record of the rest why it does not."""
        turn, now = self._turn, self._clock.now_us()
        turn.check_in(tx)
        found = self._record.take_over_in(
            tx, turn.of, lease=turn.lease, lease_until=turn.lease_until_in(tx), at=now
        )
        taken = [self._judged(firing) for firing in found]
        for each in taken:
            if each.status != "running":
                self._end(tx, each, now)
        return taken

    def _judged(self, firing: Firing) -> "_Taken":
        schedule, mark = self._schedules.get(firing.schedule), self._marks.get(firing.schedule)
        if schedule is None:
            return _Taken(firing, "skipped", REMOVED)
        if schedule.halted and (mark is None or firing.fire_at > mark.run_all_until):
            return _Taken(firing, "skipped", schedule.halted)
        if firing.attempt > schedule.retries + TAKEOVERS_MAX:
            return _Taken(firing, "failed", ABANDONED)
        return _Taken(firing)

    def _end(self, tx: Transaction, taken: "_Taken", now: int) -> None:
        of, time, reason = self._turn.of, taken.firing.time, str(taken.reason)
        error = f"given up at attempt {time.attempt}" if taken.status == "failed" else None
        self._record.end_in(
            tx,
            of,
            [Ended(time)],
            lease=self._turn.lease,
            status=taken.status,
            reason=reason,
            error=error,
            at=now,
        )
        if error is None:
            self._observer.skipped_in(tx, of, _skip_of(taken.firing, reason))
        else:
            self._observer.failed_in(tx, of, time, reason=reason, error=error)

    def _attempts(self) -> Attempts:
        return Attempts(
            line=self._line,
            turn=self._turn,
            schedules=self._schedules,
            record=self._record,
            observer=self._observer,
            clock=self._clock,
            tally=self._tally,
        )

    def _tell_of_end(self, taken: "_Taken") -> None:
        firing, reason = taken.firing, str(taken.reason)
        tell_of_takeover(self._turn.of, firing.time)
        self._tally.taken_over += 1
        if taken.status == "skipped":
            self._tell_of_skip(_skip_of(firing, reason))
        else:
            self._tally.failed += 1
            tell_of_failure(self._turn.of, firing.time, reason=reason, error="", is_final=True)

    def _tell_of_skip(self, skip: Skip) -> None:
        self._tally.skipped += skip.count
        tell_of_skip(self._turn.of, skip.schedule, skip.reason, skip.count)


class _Taken(msgspec.Struct, frozen=True):
    """What was taken over, and what becomes of it."""

    firing: Firing
    status: Status = "running"
    reason: str | None = None


def _skip_of(firing: Firing, reason: str) -> Skip:
    at = firing.fire_at
    return Skip(schedule=firing.schedule, first=at, last=at, count=1, reason=reason)

"""Backfill: fire times of the past that are to run after all, in a unit of whoever asks for it."""

from collections.abc import Sequence

from tenantry.base.errors import Conflict
from tenantry.db import Transaction
from tenantry.scheduling.record import Record
from tenantry.scheduling.schedule import Mark, Schedule
from tenantry.scheduling.standing import FiresOf, fires_of
from tenantry.scheduling.turn import Turn


class BackfillTooLate(Conflict):
    """Something later has run: what is earlier cannot run any more."""

    default_code = "backfill_too_late"


def backfill_in(
    tx: Transaction,
    turn: Turn,
    schedules: Sequence[Schedule],
    *,
    record: Record,
    since: int,
    until: int,
    fires: FiresOf = fires_of,
) -> int:
    """Let the fire times of `schedules` behind `since` up to `until` run; returns how many.

    They run whatever the policies say, also where a schedule is halted. Ranges that were skipped
    are taken back. Raises `BackfillTooLate` where any schedule of the line ran later than `since`.
    """
    turn.check_in(tx)
    marks = record.marks_in(tx, turn.of)
    for name in {*marks, *(schedule.name for schedule in schedules)}:
        ran_at = record.last_run_in(tx, turn.of, name)
        if ran_at is not None and ran_at > since:
            raise BackfillTooLate(
                f"{name} ran for {ran_at}, which is later than {since}: what is earlier than a run"
                " cannot run behind it",
                details={"schedule": name, "ran_at": ran_at, "since": since},
            )

    count = 0
    for schedule in schedules:
        times = fires(schedule.definition)
        for fire_at, _ in record.skips_after_in(tx, turn.of, schedule.name, since):
            left = times.count(fire_at - 1, since)
            last = times.before(since + 1) if left else None
            record.shorten_skip_in(
                tx, turn.of, schedule.name, fire_at, until=last or fire_at, fire_count=left
            )
        record.keep_mark_in(
            tx,
            turn.of,
            Mark(
                schedule=schedule.name,
                definition=schedule.definition,
                decided_until=since,
                run_all_until=until,
            ),
        )
        count += times.count(since, until)
    return count


def end_backfill_in(tx: Transaction, turn: Turn, *, record: Record) -> None:
    """Let the policies hold again for what is left of a backfill."""
    turn.check_in(tx)
    record.end_backfill_in(tx, turn.of)

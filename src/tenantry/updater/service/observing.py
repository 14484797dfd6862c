"""`Observing`: what did not run or has failed, taken note of in the unit that records it."""

import msgspec

from tenantry.base import Clock, new_id
from tenantry.base.instant import format_instant
from tenantry.db import Transaction
from tenantry.scheduling import FireTime, Of, Skip
from tenantry.updater import store
from tenantry.updater.model import RunKind, RunRecord, StoredWorld
from tenantry.updater.rules import CORPUS_VERSION
from tenantry.updater.service.journal import Journal
from tenantry.updater.service.worlds import keep_in

_BY_SCHEDULE = "schedule"


class Observing:
    """Told by the scheduling platform; see its `Observer`."""

    def __init__(self, *, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    def skipped_in(self, tx: Transaction, of: Of, skip: Skip) -> None:
        """Write a line for fire times that do not run."""
        self._journal.tell_in(
            tx,
            of.tenant_id,
            "info",
            "Passed over",
            updater=skip.schedule,
            reason=skip.reason,
            count=skip.count,
            first=format_instant(skip.first),
            last=format_instant(skip.last),
        )

    def failed_in(
        self, tx: Transaction, of: Of, time: FireTime, *, reason: str, error: str
    ) -> None:
        """Record a run that has failed for good, with a line."""
        world = store.find_world(tx, of.tenant_id)
        if world is not None:
            self.fail_in(
                tx,
                world,
                time.schedule,
                time.at,
                kind="scheduled",
                by=_BY_SCHEDULE,
                reason=reason,
                error=error,
                attempts=time.attempt,
            )

    def fail_in(
        self,
        tx: Transaction,
        world: StoredWorld,
        updater: str,
        at: int,
        *,
        kind: RunKind,
        by: str,
        reason: str,
        error: str,
        attempts: int = 1,
    ) -> str:
        """Record a run that has failed, with a line, and return its id."""
        now, number = self._clock.now_us(), world.numbers.get("run", 1)
        keep_in(tx, msgspec.structs.replace(world, numbers={**world.numbers, "run": number + 1}))
        run = RunRecord(
            tenant_id=world.tenant_id,
            run_id=new_id(),
            number=number,
            updater=updater,
            slot_at=at,
            slot_key=format_instant(at),
            kind=kind,
            status="failed",
            reason=reason,
            corpus_version=CORPUS_VERSION,
            triggered_by=by,
            started_at=now,
            finished_at=now,
            duration_us=0,
            error=error,
        )
        store.insert_run(tx, run)
        self._journal.tell_in(
            tx,
            world.tenant_id,
            "error",
            "Run failed",
            updater=updater,
            runId=run.run_id,
            reason=reason,
            error=error,
            attempts=attempts,
        )
        return run.run_id

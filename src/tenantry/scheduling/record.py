"""Marks and firings as rows: how far a line has come, and what became of each fire time."""

from collections.abc import Iterable, Sequence
from itertools import starmap
from typing import Any, Final, NamedTuple

import msgspec

from tenantry.db import Database, System, Tenant, Transaction, load_statements
from tenantry.scheduling.lease import Lease
from tenantry.scheduling.schedule import (
    Busy,
    Definition,
    FireTime,
    Firing,
    Mark,
    Skip,
    Status,
)

NEWEST: Final = (2**62, "~")
"""Before which everything is."""

_UPKEEP: Final = System("what is over is forgotten in one go, whosever it was")
_DEFINITION: Final = msgspec.json.Decoder(Definition)
_FORGET_MAX: Final = 5_000
_ERROR_MAX: Final = 2_000


class Of(NamedTuple):
    """Whose firings: a line of a tenant."""

    tenant_id: str
    line: str

    @property
    def key(self) -> str:
        """One text for both, by which jitter is drawn."""
        return f"{self.tenant_id}/{self.line}"


class Ended(msgspec.Struct, frozen=True):
    """A run that has ended, under the id that its line has given it."""

    time: FireTime
    run_id: str | None = None


class Record:
    """What is known of schedules; functions that end in `_in` join another's unit."""

    def __init__(self, *, database: Database) -> None:
        self.database = database

    async def history(
        self, tenant_id: str, line: str, *, limit: int = 100, before: tuple[int, str] = NEWEST
    ) -> list[Firing]:
        """Return what became of fire times, newest first, before (fire time, schedule)."""
        scope, of = Tenant(tenant_id), Of(tenant_id, line)
        return await self.database.read(scope, self.history_in, of, limit, before)

    async def forget(self, before: int) -> int:
        """Forget a bounded number of firings that were over before then; returns how many."""
        return await self.database.write(_UPKEEP, self.forget_in, before)

    def history_in(
        self, tx: Transaction, of: Of, limit: int, before: tuple[int, str] = NEWEST
    ) -> list[Firing]:
        """Return what became of fire times, newest first."""
        fire_at, schedule = before
        rows = _statements(tx).firings_before(
            tx.connection, **of._asdict(), fire_at=fire_at, schedule=schedule, row_limit=limit
        )
        return list(starmap(_firing, rows))

    def running_in(self, tx: Transaction, of: Of) -> list[Firing]:
        """Return what is claimed and has not ended, in order."""
        rows = _statements(tx).running_firings(tx.connection, **of._asdict())
        return list(starmap(_firing, rows))

    def marks_in(self, tx: Transaction, of: Of) -> dict[str, Mark]:
        """Return the mark of each schedule that has one."""
        rows = _statements(tx).marks_of_line(tx.connection, **of._asdict())
        return {
            schedule: Mark(
                schedule=schedule,
                definition=_DEFINITION.decode(definition),
                decided_until=decided_until,
                seen_until=seen_until,
                run_all_until=run_all_until,
            )
            for schedule, definition, decided_until, seen_until, run_all_until in rows
        }

    def keep_mark_in(self, tx: Transaction, of: Of, mark: Mark) -> None:
        """Store a mark."""
        _statements(tx).keep_mark(
            tx.connection,
            **of._asdict(),
            schedule=mark.schedule,
            definition=msgspec.json.encode(mark.definition).decode(),
            decided_until=mark.decided_until,
            seen_until=mark.seen_until,
            run_all_until=mark.run_all_until,
        )

    def delete_mark_in(self, tx: Transaction, of: Of, schedule: str) -> None:
        """Forget a schedule that there is no more."""
        _statements(tx).delete_mark(tx.connection, **of._asdict(), schedule=schedule)

    def delete_line_in(self, tx: Transaction, of: Of) -> None:
        """Forget all there is of a line, as if it had never run."""
        _statements(tx).delete_marks(tx.connection, **of._asdict())
        _statements(tx).delete_firings(tx.connection, **of._asdict())

    def end_backfill_in(self, tx: Transaction, of: Of) -> None:
        """Let the policies hold again for what is left of a backfill."""
        _statements(tx).end_backfill(tx.connection, **of._asdict())

    def skip_in(self, tx: Transaction, of: Of, skip: Skip, *, lease: Lease, at: int) -> None:
        """Store a range of fire times that do not run, as a part of the one before if it can be."""
        given = {
            **of._asdict(),
            "schedule": skip.schedule,
            "reason": skip.reason,
            "until": skip.last,
            "fire_count": skip.count,
            "finished_at": at,
        }
        if _statements(tx).skip_further(tx.connection, **given) is None:
            _statements(tx).skip(
                tx.connection, **given, fire_at=skip.first, epoch=lease.token, holder=lease.holder
            )

    def claim_in(
        self,
        tx: Transaction,
        of: Of,
        times: Sequence[FireTime],
        *,
        lease: Lease,
        lease_until: int,
        at: int,
    ) -> list[FireTime]:
        """Claim fire times for the holder of a lease; returns those that were nobody's."""
        rows = _statements(tx).claim_firings(
            tx.connection,
            **of._asdict(),
            times=_json(map(Ended, times)),
            epoch=lease.token,
            holder=lease.holder,
            lease_until=lease_until,
            started_at=at,
        )
        return sorted(FireTime(fire_at, schedule) for fire_at, schedule in rows)

    def take_over_in(
        self, tx: Transaction, of: Of, *, lease: Lease, lease_until: int, at: int
    ) -> list[Firing]:
        """Take over what holders before have claimed and not ended, in order."""
        rows = _statements(tx).take_firings_over(
            tx.connection,
            **of._asdict(),
            epoch=lease.token,
            holder=lease.holder,
            lease_until=lease_until,
            started_at=at,
        )
        return sorted(starmap(_firing, rows), key=lambda firing: firing.time)

    def try_again_in(
        self, tx: Transaction, of: Of, time: FireTime, *, lease: Lease
    ) -> FireTime | None:
        """Begin another attempt; None where it has ended, or is another's."""
        attempt = _statements(tx).try_firing_again(
            tx.connection,
            **of._asdict(),
            schedule=time.schedule,
            fire_at=time.at,
            epoch=lease.token,
            attempt=time.attempt,
        )
        return None if attempt is None else FireTime(time.at, time.schedule, attempt)

    def end_in(
        self,
        tx: Transaction,
        of: Of,
        ended: Iterable[Ended],
        *,
        lease: Lease,
        status: Status,
        at: int,
        reason: str | None = None,
        error: str | None = None,
    ) -> int:
        """Store how runs have ended; returns of how many, as what has ended stays as it is."""
        rows = _statements(tx).end_firings(
            tx.connection,
            **of._asdict(),
            times=_json(ended),
            epoch=lease.token,
            status=status,
            reason=reason,
            error=None if error is None else error[:_ERROR_MAX],
            finished_at=at,
        )
        return len(list(rows))

    def busy_after_in(
        self, tx: Transaction, of: Of, schedule: str, *, since: int, limit: int
    ) -> list[Busy]:
        """Return when a schedule ran, from then on, the earliest first."""
        rows = _statements(tx).busy_after(
            tx.connection, **of._asdict(), schedule=schedule, since=since, row_limit=limit
        )
        return list(starmap(Busy, rows))

    def busy_before_in(
        self, tx: Transaction, of: Of, schedule: str, *, since: int, limit: int
    ) -> list[Busy]:
        """Return when a schedule ran since then, the latest first."""
        rows = _statements(tx).busy_before(
            tx.connection, **of._asdict(), schedule=schedule, since=since, row_limit=limit
        )
        return list(starmap(Busy, rows))

    def last_run_in(self, tx: Transaction, of: Of, schedule: str) -> int | None:
        """Return the latest fire time that was not skipped."""
        found: int | None = _statements(tx).last_run(
            tx.connection, **of._asdict(), schedule=schedule
        )
        return found

    def decided_until_in(self, tx: Transaction, of: Of) -> int:
        """Return the latest fire time of a line that was decided, 0 where none was."""
        return _statements(tx).decided_until(tx.connection, **of._asdict()) or 0

    def skips_after_in(
        self, tx: Transaction, of: Of, schedule: str, since: int
    ) -> list[tuple[int, int]]:
        """Return from when to when ranges were skipped that reach beyond then."""
        rows = _statements(tx).skips_after(
            tx.connection, **of._asdict(), schedule=schedule, since=since
        )
        return [(fire_at, until) for fire_at, until in rows]

    def shorten_skip_in(
        self, tx: Transaction, of: Of, schedule: str, fire_at: int, *, until: int, fire_count: int
    ) -> None:
        """Let a range that was skipped end earlier, or never have been where nothing is left."""
        given = {**of._asdict(), "schedule": schedule, "fire_at": fire_at}
        if fire_count:
            _statements(tx).shorten_skip(tx.connection, **given, until=until, fire_count=fire_count)
        else:
            _statements(tx).delete_firing(tx.connection, **given)

    def forget_in(self, tx: Transaction, before: int) -> int:
        """Forget a bounded number of firings that were over before then."""
        rows = _statements(tx).forget_firings(tx.connection, before=before, row_limit=_FORGET_MAX)
        return len(list(rows))


def _json(ended: Iterable[Ended]) -> str:
    rows = [(each.time.schedule, each.time.at, each.time.attempt, each.run_id) for each in ended]
    return msgspec.json.encode(rows).decode()


def _firing(*row: Any) -> Firing:
    return Firing(**dict(zip(Firing.__struct_fields__, row, strict=True)))


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.scheduling", tx.dialect)

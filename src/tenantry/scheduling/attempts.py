"""Attempts: firing what was claimed until it is done, or has failed for good."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tenantry.base import Clock
from tenantry.base.errors import TenantryError
from tenantry.db import Tenant, Transaction
from tenantry.reliability import is_transient
from tenantry.scheduling.lease import LeaseLost
from tenantry.scheduling.record import Ended, Of, Record
from tenantry.scheduling.schedule import FireTime, Schedule
from tenantry.scheduling.turn import Line, Observer, Turn
from tenantry.telemetry import emit


class Failure(msgspec.Struct, frozen=True):
    """Why an attempt has failed, and whether another one may help."""

    reason: str
    error: str
    is_permanent: bool


class Tally(msgspec.Struct):
    """How many fire times have come to what."""

    fired: int = 0
    failed: int = 0
    skipped: int = 0
    taken_over: int = 0


class Attempts:
    """Fires times of one line in one turn."""

    def __init__(
        self,
        *,
        line: Line,
        turn: Turn,
        schedules: Mapping[str, Schedule],
        record: Record,
        observer: Observer,
        clock: Clock,
        tally: Tally,
    ) -> None:
        self._line = line
        self._turn = turn
        self._schedules = schedules
        self._record = record
        self._observer = observer
        self._clock = clock
        self._tally = tally
        self._scope = Tenant(line.tenant_id)

    async def run(self, times: Sequence[FireTime]) -> None:
        """Fire all of them together; where that fails, each alone, in their order."""
        if len(times) > 1:
            failure = await self._try(times)
            if failure is None:
                return
            self._tell_of_failure(times[0], failure, is_final=False)
            times = await self._again(times)
        for time in times:
            await self._run_alone(time)

    async def run_anew(self, time: FireTime) -> None:
        """Fire what a holder before has left behind, as another attempt."""
        for again in await self._again([time]):
            self._tally.taken_over += 1
            tell_of_takeover(self._turn.of, again)
            await self._run_alone(again)

    async def _run_alone(self, time: FireTime) -> None:
        schedule = self._schedules[time.schedule]
        for tries in range(schedule.retries + 1):
            failure = await self._try([time])
            if failure is None:
                return
            if failure.is_permanent or tries == schedule.retries:
                await self._fail(time, failure)
                return

            self._tell_of_failure(time, failure, is_final=False)
            await self._clock.sleep(schedule.retry_seconds)
            again = await self._again([time])
            if not again:
                return
            (time,) = again

    async def _try(self, times: Sequence[FireTime]) -> Failure | None:
        seconds = max(self._schedules[time.schedule].timeout_seconds for time in times)
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                await self._line.fire(times, self._turn)
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a line fails by is recorded
            if limit.expired():
                return Failure("timeout", f"it took longer than {seconds:g} s", is_permanent=False)
            return _failure(error)

        if not all(self._turn.ending_of(time) for time in times):
            return Failure("failed", "the line returned and had not recorded it", is_permanent=True)
        self._count(times)
        return None

    async def _again(self, times: Sequence[FireTime]) -> list[FireTime]:
        """Begin another attempt of those that have not ended after all."""

        def unit(tx: Transaction) -> list[FireTime | None]:
            self._turn.check_in(tx)
            of, lease = self._turn.of, self._turn.lease
            return [self._record.try_again_in(tx, of, time, lease=lease) for time in times]

        again = await self._record.database.write(self._scope, unit)
        pairs = list(zip(times, again, strict=True))
        self._count(time for time, found in pairs if found is None)
        return [found for _, found in pairs if found is not None]

    async def _fail(self, time: FireTime, failure: Failure) -> None:
        def unit(tx: Transaction) -> int:
            self._turn.check_in(tx)
            count = self._record.end_in(
                tx,
                self._turn.of,
                [Ended(time)],
                lease=self._turn.lease,
                status="failed",
                reason=failure.reason,
                error=failure.error,
                at=self._clock.now_us(),
            )
            if count:
                self._observer.failed_in(
                    tx, self._turn.of, time, reason=failure.reason, error=failure.error
                )
            return count

        if await self._record.database.write(self._scope, unit):
            self._tally.failed += 1
            self._tell_of_failure(time, failure, is_final=True)
        else:
            self._count([time])

    def _count(self, times: Iterable[FireTime]) -> None:
        now = self._clock.now_us()
        for time in times:
            status, reason = self._turn.take_ending_of(time) or ("done", None)
            if status == "skipped":
                self._tally.skipped += 1
                tell_of_skip(self._turn.of, time.schedule, str(reason), 1)
                continue
            self._tally.fired += 1
            emit(
                "tenantry.scheduling.fired",
                tenant=self._line.tenant_id,
                line=self._line.name,
                schedule=time.schedule,
                fire_at=time.at,
                attempt=time.attempt,
                late_seconds=max(0, now - time.at) / 1_000_000,
            )

    def _tell_of_failure(self, time: FireTime, failure: Failure, *, is_final: bool) -> None:
        tell_of_failure(
            self._turn.of, time, reason=failure.reason, error=failure.error, is_final=is_final
        )


def tell_of_failure(of: Of, time: FireTime, *, reason: str, error: str, is_final: bool) -> None:
    """Say that an attempt has failed; where it is final, there is no other."""
    emit(
        "tenantry.scheduling.failed",
        tenant=of.tenant_id,
        line=of.line,
        schedule=time.schedule,
        fire_at=time.at,
        attempt=time.attempt,
        reason=reason,
        error=error,
        is_final=is_final,
    )


def tell_of_takeover(of: Of, time: FireTime) -> None:
    """Say that what another holder has begun is now this one's."""
    emit(
        "tenantry.scheduling.taken_over",
        tenant=of.tenant_id,
        line=of.line,
        schedule=time.schedule,
        fire_at=time.at,
        attempt=time.attempt,
    )


def tell_of_skip(of: Of, schedule: str, reason: str, count: int) -> None:
    """Say that fire times do not run."""
    emit(
        "tenantry.scheduling.skipped",
        tenant=of.tenant_id,
        line=of.line,
        schedule=schedule,
        reason=reason,
        fire_count=count,
    )


def _failure(error: Exception) -> Failure:
    is_known = isinstance(error, TenantryError)
    # The text of what is not ours may quote rows.
    text = error.message if isinstance(error, TenantryError) else type(error).__name__
    return Failure("failed", text, is_permanent=is_known and not is_transient(error))

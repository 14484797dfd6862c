"""The runner: takes the turn of a line, has what is due there run, and says how it stands."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, NamedTuple, TypeVar

import msgspec

from tenantry.base import Clock
from tenantry.base.errors import TenantryError
from tenantry.db import Tenant, Transaction
from tenantry.scheduling.attempts import Tally
from tenantry.scheduling.backfill import backfill_in, end_backfill_in
from tenantry.scheduling.decision import BATCH_MAX, next_at
from tenantry.scheduling.lease import Held, LeaseLost, Leases
from tenantry.scheduling.record import Of, Record
from tenantry.scheduling.rounds import Rounds
from tenantry.scheduling.schedule import Firing, Mark, Schedule
from tenantry.scheduling.standing import (
    FiresOf,
    Standing,
    fires_of,
    is_clock_behind,
    next_fires,
    planned_of,
)
from tenantry.scheduling.turn import (
    LEASE_PREFIX,
    Line,
    LineBusy,
    Nobody,
    Observer,
    Turn,
    lease_name,
)
from tenantry.telemetry import emit

T = TypeVar("T")

STEP_SECONDS: Final = 30.0
"""How long a step goes on beginning something, so that other lines have their turn."""
WAIT_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.05
_PAUSE: Final = 1_000_000
"""µs after which a step that has failed may be tried again."""


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a step did, and when to come again: None where there is nothing to come for.

    `held` says who has the turn instead, `error` what it ended by.
    """

    fired_count: int = 0
    failed_count: int = 0
    skipped_count: int = 0
    taken_over_count: int = 0
    next_at: int | None = None
    held: Held | None = None
    error: str | None = None


class Runner:
    """Runs what is due on lines, on any number of nodes at once.

    `leases` should last for 10 to 30 s: as long it takes until another node goes on with what a
    dead one has left. `fires` says when a definition fires.
    """

    def __init__(
        self,
        *,
        record: Record,
        leases: Leases,
        clock: Clock,
        observer: Observer | None = None,
        fires: FiresOf = fires_of,
        batch_max: int = BATCH_MAX,
        step_seconds: float = STEP_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self.record = record
        self._leases = leases
        self._clock = clock
        self._observer = observer or Nobody()
        self._fires = fires
        self._batch_max = batch_max
        self._step_seconds = step_seconds
        self._wait_seconds = wait_seconds

    async def release_those_of_the_dead(self) -> None:
        """Let the turns lapse that a dead process has left, where no other one can live."""
        await self._leases.end_those_of_the_dead(LEASE_PREFIX)

    async def step(self, line: Line) -> StepResult:
        """Run what is due on a line, until nothing is; never raises, as others wait behind it."""
        tally = Tally()
        try:
            return await self._step(line, tally)
        except LeaseLost as error:
            emit("tenantry.scheduling.turn_lost", **_names(line), reason=error.message)
            return self._ended(tally, error.message)
        except Exception as error:  # noqa: BLE001 - a line's outermost guard: others go on
            text = error.message if isinstance(error, TenantryError) else type(error).__name__
            emit("tenantry.scheduling.step_failed", **_names(line), reason=text)
            return self._ended(tally, text)

    async def step_under(self, turn: Turn, line: Line) -> StepResult:
        """Run what is due on a line, in a turn that the caller has; raises `LeaseLost`."""
        tally = Tally()
        again_at = await self._rounds(line, turn, tally)
        return _result(tally, next_at=again_at)

    @contextlib.asynccontextmanager
    async def exclusive(self, line: Line) -> AsyncIterator[Turn]:
        """Have the turn for a block; nothing runs meanwhile but what `step_under` runs.

        Raises `LineBusy` where somebody else has it for too long.
        """
        give_up_at = self._clock.monotonic() + self._wait_seconds
        while isinstance(turn := await self._take(line), Held):
            if self._clock.monotonic() >= give_up_at:
                raise LineBusy(
                    f"line {line.name}: {turn.holder} has its turn, for longer than"
                    f" {self._wait_seconds:g} s"
                )
            await self._clock.sleep(_POLL_SECONDS)
        async with self._kept(turn):
            yield turn

    async def next_at(self, line: Line) -> int | None:
        """Return when `step` has something to do, which may be now; None for never."""
        facts, now = await self._read(line, self._facts), self._clock.now_us()
        if facts.running:
            # Until then it is somebody's business.
            return max(now, facts.held.expires_at if facts.held is not None else 0)
        planned = planned_of(line.schedules(), facts.marks, self._fires)
        return next_at(planned, line=Of(line.tenant_id, line.name).key, now=now)

    async def standing(self, line: Line) -> Standing:
        """Return how a line stands, for whoever looks."""
        facts = await self._read(line, self._facts)
        planned = planned_of(line.schedules(), facts.marks, self._fires)
        now = self._clock.now_us()
        return Standing(
            tenant_id=line.tenant_id,
            line=line.name,
            marks=facts.marks,
            next_fires=next_fires(planned, now),
            running=tuple(facts.running),
            held=facts.held,
            is_clock_behind=is_clock_behind(facts.marks.values(), now),
        )

    def backfill_in(
        self,
        tx: Transaction,
        turn: Turn,
        schedules: Sequence[Schedule],
        *,
        since: int,
        until: int,
    ) -> int:
        """Let fire times of the past run after all, as `scheduling.backfill` says."""
        return backfill_in(
            tx,
            turn,
            schedules,
            record=self.record,
            since=since,
            until=until,
            fires=self._fires,
        )

    def erase_in(self, tx: Transaction, of: Of) -> None:
        """Forget all there is of a line; whoever has its turn writes nothing more."""
        self._leases.revoke_in(tx, lease_name(of))
        self.record.delete_line_in(tx, of)

    def end_backfill_in(self, tx: Transaction, turn: Turn) -> None:
        """Let the policies hold again for what is left of a backfill."""
        end_backfill_in(tx, turn, record=self.record)

    async def _step(self, line: Line, tally: Tally) -> StepResult:
        again_at = await self.next_at(line)
        if again_at is None or again_at > self._clock.now_us():
            return StepResult(next_at=again_at)
        turn = await self._take(line)
        if isinstance(turn, Held):
            return StepResult(held=turn, next_at=turn.expires_at)
        async with self._kept(turn):
            again_at = await self._rounds(line, turn, tally)
        return _result(tally, next_at=again_at)

    async def _rounds(self, line: Line, turn: Turn, tally: Tally) -> int | None:
        rounds = Rounds(
            line=line,
            turn=turn,
            record=self.record,
            observer=self._observer,
            clock=self._clock,
            fires=self._fires,
            batch_max=self._batch_max,
            tally=tally,
        )
        return await rounds.go(until=self._clock.monotonic() + self._step_seconds)

    async def _take(self, line: Line) -> Turn | Held:
        of = Of(line.tenant_id, line.name)
        taken = await self._leases.take(lease_name(of), tenant_id=of.tenant_id)
        if isinstance(taken, Held):
            return taken
        return Turn(of=of, lease=taken, leases=self._leases, record=self.record, clock=self._clock)

    @contextlib.asynccontextmanager
    async def _kept(self, turn: Turn) -> AsyncIterator[None]:
        """Keep the turn for a block, and give it back."""
        try:
            async with self._leases.kept(turn.lease):
                yield
        finally:
            await self._leases.end(turn.lease)

    async def _read(self, line: Line, unit: Callable[[Transaction, Of], T]) -> T:
        of = Of(line.tenant_id, line.name)
        return await self.record.database.read(Tenant(of.tenant_id), unit, of)

    def _facts(self, tx: Transaction, of: Of) -> "_Facts":
        return _Facts(
            self.record.marks_in(tx, of),
            self.record.running_in(tx, of),
            self._leases.present_in(tx, lease_name(of)),
        )

    def _ended(self, tally: Tally, error: str) -> StepResult:
        again_at = self._clock.now_us() + _PAUSE
        return _result(tally, next_at=again_at, error=error)


class _Facts(NamedTuple):
    """What is known of a line at one moment."""

    marks: dict[str, Mark]
    running: list[Firing]
    held: Held | None


def _result(tally: Tally, *, next_at: int | None, error: str | None = None) -> StepResult:
    return StepResult(
        fired_count=tally.fired,
        failed_count=tally.failed,
        skipped_count=tally.skipped,
        taken_over_count=tally.taken_over,
        next_at=next_at,
        error=error,
    )


def _names(line: Line) -> dict[str, str]:
    return {"tenant": line.tenant_id, "line": line.name}

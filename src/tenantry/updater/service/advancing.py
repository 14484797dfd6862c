"""How a world advances: runs in order, computed one upon the other, written together."""

from collections.abc import Callable, Collection
from typing import Final, TypeVar

import msgspec

from tenantry.base import Clock
from tenantry.base.errors import TenantryError
from tenantry.base.instant import format_instant
from tenantry.updater.errors import BudgetSpent, UpdaterFailed
from tenantry.updater.model import ROW_TYPES, Attestation, Batch, Fault, Slot, StoredWorld, World
from tenantry.updater.rules import (
    COHERENCE_RULES,
    SAFETY_RULES,
    SETUP,
    BusinessCalendar,
    Run,
    attest,
    check_batch,
    draw_for,
    setup,
)
from tenantry.updater.service.beside import Beside
from tenantry.updater.service.settings import Settled
from tenantry.updater.service.shape import check_shape
from tenantry.updater.service.updater import BaseUpdater, UpdaterRegistry

FIRST_REACH_US: Final = 86_400_000_000
"""How far the first run of an updater looks back: a day."""
HISTORY: Final = "history"
"""The number of a world's history, counted from the second one: the first was undone then."""
_SHOWN: Final = 64
_FEW: Final = 3
"""So many runs at once are computed on the event loop."""

T = TypeVar("T")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """One run as it was computed, and how long that took."""

    run: Run
    batch: Batch
    attestation: Attestation
    duration_ms: float


class Advance(msgspec.Struct, kw_only=True):
    """A world on its way: what was made of it so far, and what was passed over."""

    tenant_id: str
    stored: StoredWorld
    world: World
    settled: Settled
    calendar: BusinessCalendar
    # Rows by local day, for the budget.
    rows_by_day: dict[int, int]
    made: list[Made] = msgspec.field(default_factory=list)

    @property
    def revision(self) -> int:
        """Which step the world is behind."""
        return self.stored.revision


class Advancing:
    """Computes runs; it writes nothing."""

    def __init__(self, *, registry: UpdaterRegistry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._beside = Beside()

    def begin(self, advance: Advance, at: int) -> None:
        """Make the setup of a world that has nobody in it yet, a day before its first run."""
        if advance.world.technicians:
            return
        at -= FIRST_REACH_US
        # One that was undone is followed by others, who are not the same people.
        number = advance.world.number("setup", 1)
        run = _run(advance, SETUP, at, key=f"{format_instant(at)}:{number}")
        started = self._clock.monotonic()
        batch = setup.generate(run, advance.world)
        self._keep(advance, run, batch, _checked(run, batch, advance.world), started)

    def run(self, advance: Advance, name: str, at: int, *, key: str | None = None) -> Made:
        """Make one run; raises `BudgetSpent` and `UpdaterFailed`, and takes nothing then."""
        updater = self._registry.get(name)
        name = updater.name
        self.begin(advance, at)
        run = _run(advance, name, at, key=key or _slot_key(advance, at))
        numbers = dict(advance.world.numbers)
        started = self._clock.monotonic()
        try:
            is_ours = self._registry.is_ours(name)
            batch = _generated(updater, run, advance.world, is_ours=is_ours)
            check_shape(name, batch, is_ours=is_ours)
            _check_budget(advance, at, len(batch.rows))
            attestation = _checked(run, batch, advance.world)
        except BaseException:  # whatever ends it, its numbers are the next run's
            advance.world.numbers = numbers
            raise
        return self._keep(advance, run, batch, attestation, started)

    async def beside(self, work: Callable[[], T], updaters: Collection[str]) -> T:
        """Return what `work` makes of an advance by runs of some updaters.

        What may take its time does not keep the event loop waiting: many runs, and updaters that a
        team has written. Who gives up waiting must not use the advance any more.
        """
        if len(updaters) <= _FEW and all(map(self._registry.is_ours, updaters)):
            return work()
        return await self._beside.run(work)

    def _keep(
        self, advance: Advance, run: Run, batch: Batch, attestation: Attestation, started: float
    ) -> Made:
        """Take a batch into the world."""
        slot = run.slot
        advance.world.take(batch)
        advance.world.slots[slot.updater] = slot.at
        if slot.updater != SETUP:
            day = advance.calendar.day_of(slot.at)
            advance.rows_by_day[day] = advance.rows_by_day.get(day, 0) + len(batch.rows)
        taken = (self._clock.monotonic() - started) * 1_000
        made = Made(run=run, batch=batch, attestation=attestation, duration_ms=taken)
        advance.made.append(made)
        return made


def _slot_key(advance: Advance, at: int) -> str:
    """Return the key of a slot; runs of a history that was undone keep theirs."""
    number = advance.world.numbers.get(HISTORY, 1)
    return format_instant(at) if number == 1 else f"{format_instant(at)}:history-{number}"


def _run(advance: Advance, name: str, at: int, *, key: str) -> Run:
    world = advance.world
    slot = Slot(
        updater=name,
        at=at,
        after=world.slots.get(name, at - FIRST_REACH_US),
        key=key,
        run_id=draw_for(world.seed, name, key, "run").id(),
    )
    return Run(
        tenant_id=advance.tenant_id,
        seed=world.seed,
        slot=slot,
        config=advance.settled.config.data_generation_config,
        calendar=advance.calendar,
    )


def _generated(updater: BaseUpdater, run: Run, world: World, *, is_ours: bool) -> Batch:
    """Return what an updater makes; whatever it raises is a run that has failed."""
    try:
        updater.validate_execution(run, world)
        batch = updater.generate_data(run, world)
    except TenantryError as error:
        raise UpdaterFailed(
            f"{updater.name}: {error.message}", details={"cause": error.code}
        ) from error
    except Exception as error:  # a team's own code, which may raise anything
        raise failure_of(updater.name, error) from error
    except BaseException as error:  # SystemExit and the like, which no updater shall end a node by
        if is_ours:
            raise
        raise failure_of(updater.name, error) from error
    return batch


def failure_of(updater: str, error: BaseException) -> UpdaterFailed:
    """Return what is told of an error whose own words may quote rows, and so are nobody's."""
    cause = type(error).__name__[:_SHOWN]
    return UpdaterFailed(f"{updater}: {cause}", details={"cause": cause})


def _checked(run: Run, batch: Batch, world: World) -> Attestation:
    """Raise `UpdaterFailed` where rows do not agree with each other, or could reach anybody."""
    try:
        faults = check_batch(batch, world, run)
        attestation, unsafe = attest(batch)
    except Exception as error:  # what no check has expected is nothing to be written
        raise failure_of(run.slot.updater, error) from error
    faults = [*faults, *unsafe]
    if faults:
        # What a fault quotes may be somebody's: the rule says enough to whoever wrote the updater.
        first = faults[0]
        rule = COHERENCE_RULES.get(first.code) or SAFETY_RULES.get(first.code)
        raise UpdaterFailed(
            f"{run.slot.updater}: {first.table}: {first.code}{_column_of(first)}"
            f"{f' ({rule.what})' if rule else ''}; {len(faults)} in all, and nothing was written",
            details={"faults": [fault.code for fault in faults[:20]]},
        )
    return attestation


def _column_of(fault: Fault) -> str:
    column = fault.details.get("column")
    return f" of {column}" if column in ROW_TYPES[fault.table].__struct_fields__ else ""


def _check_budget(advance: Advance, at: int, count: int) -> None:
    day = advance.calendar.day_of(at)
    spent = advance.rows_by_day.get(day, 0)
    limit = advance.settled.config.execution_config.rows_per_day
    if spent + count > limit:
        raise BudgetSpent(
            f"executionConfig.rowsPerDay: the day has {spent} of {limit} rows, "
            f"and the run would add {count}",
            details={"spent": spent, "limit": limit, "rows": count},
        )

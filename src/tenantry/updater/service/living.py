"""`Living`: tenants' updaters as lines of the scheduling platform, which moves them on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypeVar
from weakref import WeakValueDictionary

import msgspec

from tenantry.base import Clock
from tenantry.base.errors import TenantryError
from tenantry.base.instant import format_instant
from tenantry.db import Database, Tenant, Transaction
from tenantry.scheduling import (
    NEWEST,
    Ended,
    FireTime,
    Firing,
    LeaseLost,
    LineBusy,
    Of,
    Runner,
    Schedule,
    Standing,
    Turn,
)
from tenantry.telemetry import bind, get_logger
from tenantry.updater import store
from tenantry.updater.errors import BudgetSpent, UpdaterFailed
from tenantry.updater.model import RunKind, StoredWorld
from tenantry.updater.rules import CORPUS_VERSION, BusinessCalendar
from tenantry.updater.service.advancing import Advance, Advancing
from tenantry.updater.service.journal import SCOPE, Journal
from tenantry.updater.service.settings import Settled, UpdaterSettings
from tenantry.updater.service.updater import UpdaterRegistry
from tenantry.updater.service.worlds import Worlds, load_in, new_world
from tenantry.updater.service.writing import Writing

LINE: Final = "updater"
T = TypeVar("T")

_BY_SCHEDULE: Final = "schedule"

_LOGGER: Final = get_logger("tenantry.updater")


class Living:
    """Moves tenants' worlds on, each by itself, and nothing else at the same time."""

    def __init__(
        self,
        *,
        database: Database,
        worlds: Worlds,
        settings: UpdaterSettings,
        registry: UpdaterRegistry,
        advancing: Advancing,
        writing: Writing,
        runner: Runner,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._database = database
        self._worlds = worlds
        self._settings = settings
        self._registry = registry
        self._advancing = advancing
        self._writing = writing
        self._runner = runner
        self._journal = journal
        self._clock = clock
        self._calendars: dict[tuple[object, ...], BusinessCalendar] = {}
        self._queues = WeakValueDictionary[str, asyncio.Lock]()
        self.woken = asyncio.Event()

    def wake(self) -> None:
        """Have the worker look at once."""
        self.woken.set()

    async def load(self, tenant_id: str, *, since: int | None = None) -> Advance:
        """Return a tenant's world, to be moved on by runs at `since` or later; else from now."""
        settled = self._settings.find(tenant_id)
        calendar = self.calendar(settled)
        start = calendar.day_start(self._clock.now_us() if since is None else since)

        def unit(tx: Transaction) -> Advance:
            stored = store.find_world(tx, tenant_id) or new_world(tenant_id, settled)
            # Runs are in order, so that no later day has any rows yet.
            spent = store.rows_between(tx, tenant_id, start, calendar.day_end(start))
            return Advance(
                tenant_id=tenant_id,
                stored=stored,
                world=load_in(tx, stored),
                settled=settled,
                calendar=calendar,
                rows_by_day={calendar.day_of(start): spent},
            )

        return await self._database.read(Tenant(tenant_id), unit)

    async def step(self, tenant_id: str) -> int | None:
        """Run what is due of a tenant; returns when to come again, None for not by itself."""
        with bind(tenant_id=tenant_id, correlation_id=f"{SCOPE}-{tenant_id}"):
            world = await self._database.read(Tenant(tenant_id), store.find_world, tenant_id)
            if world is None:
                return None
            line = self._line(tenant_id, world)
            await self._runner.step(line)
            if world.backfill_until is not None:
                await self._end_backfill(world)
            return await self._runner.next_at(line)

    async def pass_by(self, tenant_id: str) -> None:
        """Record what was due while a tenant's updaters were stopped as passed over."""
        world = await self._database.read(Tenant(tenant_id), store.find_world, tenant_id)
        if world is not None:
            await self._runner.step(self._line(tenant_id, world, halted="stopped"))

    async def catch_up(self, tenant_id: str, turn: Turn) -> None:
        """Run what is due before something else happens, where updaters run.

        Raises `LineBusy` where that is too much for now: nothing may come before it.
        """
        world = await self._database.read(Tenant(tenant_id), store.find_world, tenant_id)
        if world is None or not (world.is_running or world.backfill_until is not None):
            return
        found = await self._runner.step_under(turn, self._line(tenant_id, world))
        if found.next_at is not None and found.next_at <= self._clock.now_us():
            raise LineBusy(
                f"tenant {tenant_id} has runs that are due before, and they take a while"
            )

    async def is_due(self, tenant_id: str) -> bool:
        """Whether runs are due that come before anything else."""
        world = await self._database.read(Tenant(tenant_id), store.find_world, tenant_id)
        if world is None or not (world.is_running or world.backfill_until is not None):
            return False
        at = await self._runner.next_at(self._line(tenant_id, world))
        return at is not None and at <= self._clock.now_us()

    @asynccontextmanager
    async def exclusive(self, tenant_id: str) -> AsyncIterator[Turn]:
        """Keep everything else from moving a tenant's world for a block."""
        line = self._line(tenant_id, _nobodys(tenant_id))
        with bind(tenant_id=tenant_id, correlation_id=f"{SCOPE}-{tenant_id}"):
            # Whoever waits on this node is in a queue; only other nodes have to be polled for.
            queue = self._queues.setdefault(tenant_id, asyncio.Lock())
            async with queue, self._runner.exclusive(line) as turn:
                yield turn

    async def standing(self, tenant_id: str) -> Standing:
        """Return how far a tenant's schedules are."""
        return await self._runner.standing(self._line(tenant_id, _nobodys(tenant_id)))

    def backfill_in(self, tx: Transaction, turn: Turn, *, since: int, until: int) -> None:
        """Have everything run that is between, and nothing have run before it."""
        line = self._line(turn.of.tenant_id, _nobodys(turn.of.tenant_id))
        self._runner.record.delete_line_in(tx, turn.of)
        self._runner.backfill_in(tx, turn, line.schedules(), since=since, until=until)

    async def history(
        self, tenant_id: str, *, limit: int, before: tuple[int, str] | None
    ) -> list[Firing]:
        """Return what became of a tenant's fire times, newest first."""
        return await self._runner.record.history(
            tenant_id, LINE, limit=limit, before=before or NEWEST
        )

    def erase_in(self, tx: Transaction, tenant_id: str) -> None:
        """Forget all that a tenant's schedules did; whoever has the turn writes nothing more."""
        self._runner.erase_in(tx, Of(tenant_id, LINE))

    async def rows_today(self, tenant_id: str) -> int:
        """Return how many rows the day has so far."""
        calendar = self.calendar(self._settings.find(tenant_id))
        start = calendar.day_start(self._clock.now_us())
        return await self._database.read(
            Tenant(tenant_id), store.rows_between, tenant_id, start, calendar.day_end(start)
        )

    async def fire(self, tenant_id: str, times: Sequence[FireTime], turn: Turn) -> None:
        """Run updaters at their slots, in order, and write all of it in one transaction."""
        self._check(tenant_id)
        advance = await self.load(tenant_id, since=times[0].at)

        def compute() -> list[tuple[FireTime, str | None]]:
            return [(time, self._run(advance, time)) for time in times]

        made = await self._advancing.beside(compute, [time.schedule for time in times])
        done = [Ended(time, run_id) for time, run_id in made if run_id is not None]
        spent = [Ended(time) for time, run_id in made if run_id is None]
        until = advance.stored.backfill_until
        kind: RunKind = "scheduled"
        if advance.stored.is_dry_run:
            kind = "dry_run"
        elif until is not None and times[-1].at <= until:
            kind = "backfill"
        encoded = await self._writing.encode(advance, kind=kind, by=_BY_SCHEDULE)

        def unit(tx: Transaction) -> None:
            turn.check_in(tx)
            self._check(tenant_id)
            self._writing.write_in(tx, encoded)
            if done:
                turn.all_done_in(tx, done)
            if spent:
                turn.all_done_in(tx, spent, status="skipped", reason=BudgetSpent.default_code)

        await self._database.write(Tenant(tenant_id), unit)
        _LOGGER.info(
            "Runs done",
            count=len(advance.made),
            rows=sum(len(each.batch.rows) for each in advance.made),
            kind=kind,
            until=format_instant(times[-1].at),
        )

    def _check(self, tenant_id: str) -> None:
        """Raise `LeaseLost` where nothing is made up in a tenant any more.

        The turn ends by that at once, in the middle of a history too. What it had begun is begun
        again should the tenant be a sandbox again.
        """
        if not self._worlds.is_sandbox(tenant_id):
            raise LeaseLost(f"tenant {tenant_id} is no sandbox any more")

    def _run(self, advance: Advance, time: FireTime) -> str | None:
        """Return the run that was made, None where the day has as many rows as it may."""
        try:
            return self._advancing.run(advance, time.schedule, time.at).run.slot.run_id
        except BudgetSpent as error:
            _LOGGER.warning("A run was skipped", updater=time.schedule, reason=error.message)
            return None
        except UpdaterFailed as error:
            cause = error.__cause__
            if isinstance(cause, Exception) and not isinstance(cause, TenantryError):
                # What a team's own code has met may be over with the next attempt.
                raise cause from None
            raise

    async def _end_backfill(self, world: StoredWorld) -> None:
        """Record that a history is complete, once everything in it has run."""
        standing = await self.standing(world.tenant_id)
        until = world.backfill_until
        assert until is not None  # noqa: S101 - asked before
        if any(at is not None and at <= until for at in standing.next_fires.values()):
            return

        def unit(tx: Transaction) -> bool:
            is_news = store.end_backfill(tx, world.tenant_id, until=until)
            if is_news:
                self._journal.tell_in(tx, world.tenant_id, "info", "Backfill done")
            return is_news

        if await self._database.write(Tenant(world.tenant_id), unit):
            _LOGGER.info("Backfill done")

    def _line(
        self, tenant_id: str, world: StoredWorld, *, halted: str | None = None
    ) -> "TenantLine":
        # What a backfill wants runs all the same.
        reason = halted or (None if world.is_running else "stopped")
        return TenantLine(
            tenant_id=tenant_id,
            living=self,
            found=self._schedules(self._settings.find(tenant_id), reason),
        )

    def _schedules(self, settled: Settled, halted: str | None) -> list[Schedule]:
        execution = settled.config.execution_config
        return [
            Schedule(
                name=updater.name,
                cron=settled.crons[updater.schedule_key],
                timezone=settled.zone_of(updater.schedule_key),
                jitter_seconds=schedule.jitter_seconds,
                misfire=schedule.misfire,
                catch_up_seconds=schedule.catch_up_seconds,
                overlap=schedule.overlap,
                timeout_seconds=settled.timeout_of(updater.schedule_key),
                retries=_or(schedule.retry_attempts, execution.retry_attempts),
                retry_seconds=_or(schedule.retry_delay_seconds, execution.retry_delay_seconds),
                halted=halted or _halted(settled, updater.schedule_key),
            )
            for updater in self._registry.all()
            for schedule in (settled.schedules[updater.schedule_key],)
        ]

    def calendar(self, settled: Settled) -> BusinessCalendar:
        """Return when people work, and what a day is, in a configuration."""
        times = settled.config.timezone_config
        key = msgspec.structs.astuple(times)
        if key not in self._calendars:
            self._calendars[key] = BusinessCalendar(
                times.timezone,
                first_hour=times.business_hours_start,
                last_hour=times.business_hours_end,
                days=times.business_days,
            )
        return self._calendars[key]


class TenantLine:
    """A tenant's updaters as one line: one after the other, by fire time and name."""

    name = LINE

    def __init__(self, *, tenant_id: str, living: Living, found: Sequence[Schedule]) -> None:
        self.tenant_id = tenant_id
        self._living = living
        self._found = found

    def schedules(self) -> Sequence[Schedule]:
        """Return the schedules of the line."""
        return self._found

    async def fire(self, times: Sequence[FireTime], turn: Turn) -> None:
        """Run what is due."""
        await self._living.fire(self.tenant_id, times, turn)


def decided_until(standing: Standing) -> int:
    """Return up to when every fire time of a line is decided."""
    return min((mark.decided_until for mark in standing.marks.values()), default=0)


def _or(own: T | None, common: T) -> T:
    return common if own is None else own


def _halted(settled: Settled, key: str) -> str | None:
    if not settled.is_enabled(key):
        return "disabled"
    return "paused" if settled.schedules[key].is_paused else None


def _nobodys(tenant_id: str) -> StoredWorld:
    """Return a world that stands for none in particular: who only looks needs no more."""
    return StoredWorld(tenant_id=tenant_id, seed=0, corpus_version=CORPUS_VERSION, is_running=True)

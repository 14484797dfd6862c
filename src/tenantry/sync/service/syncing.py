"""`Syncing`: a tenant's data brought up to date, once, however many ask."""

import asyncio
import contextlib
import random
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from tenantry.base import Clock, Principal, Service
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.execution import ExecutorUnavailable, Running, StepFailed
from tenantry.scheduling import Held, LeaseLost
from tenantry.sync import rules
from tenantry.sync.errors import NoSource, SyncError, UnknownError, ValidationError
from tenantry.sync.model import (
    RunKind,
    SyncResult,
    TenantState,
    TriggerSource,
)
from tenantry.sync.service.carrying import Carrying, Executors, Flight
from tenantry.sync.service.deciding import Deciding
from tenantry.sync.service.failures import SUPERSEDED, error_of, told
from tenantry.sync.service.keeping import Keeping, Standing, Wanted
from tenantry.sync.service.narration import RunNarration, tell_answered, tell_run
from tenantry.sync.service.permissions import RUN
from tenantry.sync.service.results import result_of
from tenantry.sync.service.sources import ConfiguredSource, SyncSources
from tenantry.sync.service.under import Under
from tenantry.telemetry import bind, current, get_logger, span

_LOGGER: Final = get_logger("tenantry.sync")
_REMEMBERED: Final = 10_000
_REMEMBERED_SECONDS: Final = 60.0
_FIRST_PAUSE_SECONDS: Final = 0.02
_LONGEST_PAUSE_SECONDS: Final = 0.25
_CORRELATIONS: Final = 36**9


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How old data may be, and how long the essential part of a direct run may take."""

    max_age_seconds: float
    direct_seconds: float


class Syncing(Service):
    """Sees to it that a tenant's data are there.

    `ensure_tenant_sync` answers at once where they are fresh, from this process's memory alone;
    else one run at a time fetches them, whatever the number of callers and nodes. A run belongs to
    nobody who waits for it: who gives up leaves it running. `admit` raises for a tenant that nobody
    may act on any more.
    """

    def __init__(
        self,
        *,
        sources: SyncSources,
        deciding: Deciding,
        keeping: Keeping,
        executors: Executors,
        limits: Limits,
        clock: Clock,
        admit: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._sources = sources
        self._deciding = deciding
        self._keeping = keeping
        self._carrying = Carrying(
            keeping=keeping, executors=executors, direct_seconds=limits.direct_seconds
        )
        self._limits = limits
        self._clock = clock
        self._admit = admit
        self._flights: set[Flight] = set()
        self._runs: dict[str, asyncio.Task[SyncResult]] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._known: OrderedDict[str, tuple[TenantState, SyncResult, float]] = OrderedDict()

    async def after_login(self, principal: Principal, tenant_id: str) -> SyncResult | None:
        """Do what a login waits for; None for a tenant without a source."""
        return await self.ensure_tenant_sync(
            tenant_id, triggered_by=principal.id, trigger_source="login"
        )

    async def trigger(
        self, principal: Principal, tenant_id: str, *, is_forced: bool = False
    ) -> SyncResult:
        """Sync a tenant where that is due, or, forced, now and in the place of any other run.

        Raises `Denied`, `NoSource`, and a `SyncError`.
        """
        principal.authorise(tenant_id, RUN)
        result = await self.ensure_tenant_sync(
            tenant_id, triggered_by=principal.id, trigger_source="api", is_forced=is_forced
        )
        if result is None:
            raise NoSource(tenant_id)
        return result

    async def ensure_tenant_sync(
        self,
        tenant_id: str,
        *,
        triggered_by: str,
        trigger_source: TriggerSource,
        is_forced: bool = False,
    ) -> SyncResult | None:
        """Return when a tenant's essential data are there; None where it has no source.

        Data that are too old are used, and refreshed behind the answer. Raises a `SyncError`.
        """
        self._admit(tenant_id)
        started_at = self._clock.now_us()
        try:
            return await self._ensure(
                tenant_id,
                triggered_by=triggered_by,
                trigger_source=trigger_source,
                is_forced=is_forced,
            )
        except Unavailable as error:
            known = error_of(error)
            if "correlationId" in (known.details or {}):
                raise
            # It has not come to a run, or to the end of one, and is told as those are.
            raise self._told_without_run(tenant_id, known, started_at) from error

    async def _ensure(
        self,
        tenant_id: str,
        *,
        triggered_by: str,
        trigger_source: TriggerSource,
        is_forced: bool,
    ) -> SyncResult | None:
        try:
            configured = self._sources.find(tenant_id)
        except ValidationError as error:
            known = await self._known_of(tenant_id)
            if known is None:
                raise
            return msgspec.structs.replace(
                self._as_stale(*known, why=error.message),
                error=error.message,
                error_type=error.type,
            )
        if configured is None:
            return None
        if not is_forced:
            known = await self._known_of(tenant_id)
            standing = self._standing(known[0] if known else None, configured)
            if known is not None and standing == "fresh":
                tell_answered(known[1], "fresh", f"fresh: {self._age(known[0]):.0f} s old")
                return known[1]
            if known is not None and standing == "stale":
                is_refreshed = self._refresh(tenant_id, known[0], triggered_by)
                why = "a run refreshes them" if is_refreshed else "the next try is due later"
                return self._as_stale(*known, why=why)
        return await self._join(
            tenant_id, triggered_by=triggered_by, trigger_source=trigger_source, is_forced=is_forced
        )

    async def repair(self, tenant_id: str, *, trigger_source: TriggerSource) -> None:
        """Fetch what is missing of a tenant, where nobody is at it."""
        task = self._runs.get(tenant_id)
        if task is None:
            configured = self._readable_source(tenant_id)
            if configured is None:
                await self._keeping.give_up(tenant_id)
                return
            kind = self._repair_kind(await self._keeping.standing(tenant_id), configured)
            task = self._start(
                tenant_id, "service:sync", trigger_source, is_forced=False, kind=kind
            )
        await asyncio.wait({task})

    def _readable_source(self, tenant_id: str) -> ConfiguredSource | None:
        """Return a tenant's source; None also for what is stored and is none."""
        try:
            return self._sources.find(tenant_id)
        except ValidationError:
            return None

    def _repair_kind(self, standing: Standing, configured: ConfiguredSource) -> RunKind:
        """Return what mends a tenant: its background alone, where the essential part is sound."""
        phases = {each.name: each.phase for each in configured.declared.collections}
        # One that is under way is left lying, or there would be nothing to repair.
        is_sound = not any(
            state.status != "completed" and phases.get(state.collection) == "essential"
            for state in standing.collections
        )
        is_fresh = self._standing(standing.state, configured) == "fresh"
        return "repair" if is_fresh and is_sound else "full"

    def forget(self, tenant_id: str) -> None:
        """Forget what is remembered of a tenant: its data may not be what they were."""
        self._known.pop(tenant_id, None)

    async def _on_start(self) -> None:
        self._deciding.warn_of_contradictions()

    async def _on_stop(self) -> None:
        """End what is under way; whoever comes next goes on where it had to stop."""
        tasks = [*self._runs.values(), *self._background]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for flight in list(self._flights):
            await self._let_go(flight)

    async def _known_of(self, tenant_id: str) -> tuple[TenantState, SyncResult] | None:
        known = self._known.get(tenant_id)
        if known is not None and self._clock.monotonic() < known[2]:
            self._known.move_to_end(tenant_id)
            return known[:2]
        return self._remember(tenant_id, await self._keeping.standing(tenant_id))

    def _remember(
        self, tenant_id: str, standing: Standing
    ) -> tuple[TenantState, SyncResult] | None:
        if standing.state is None or standing.state.ready_at == 0 or standing.run is None:
            return None
        known = (
            standing.state,
            msgspec.structs.replace(
                result_of(standing.run, standing.collections), already_synced=True, success=True
            ),
        )
        # Other nodes mend what failed, and this one hears of it then.
        self._known[tenant_id] = (*known, self._clock.monotonic() + _REMEMBERED_SECONDS)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return known

    def _standing(self, state: TenantState | None, configured: ConfiguredSource) -> rules.Standing:
        return rules.standing_of(
            state,
            source=configured.digest,
            max_age_us=self._max_age_us,
            now=self._clock.now_us(),
        )

    @property
    def _max_age_us(self) -> int:
        return int(self._limits.max_age_seconds * 1_000_000)

    def _as_stale(self, state: TenantState, result: SyncResult, *, why: str) -> SyncResult:
        age = self._age(state)
        tell_answered(result, "stale", f"stale: {age:.0f} s old, {why}")
        return msgspec.structs.replace(result, stale=True, age_seconds=round(age, 3))

    def _age(self, state: TenantState) -> float:
        return (self._clock.now_us() - state.ready_at) / 1_000_000

    def _refresh(self, tenant_id: str, state: TenantState, triggered_by: str) -> bool:
        """Begin a run that nobody waits for, or find one under way; not after a recent failure."""
        if tenant_id in self._runs:
            return True
        if self._clock.now_us() < state.retry_at:
            return False
        # Nobody waits for it; `_ended` takes what comes of it.
        _ = self._start(tenant_id, triggered_by, "refresh", is_forced=False, kind="full")
        return True

    async def _join(
        self,
        tenant_id: str,
        *,
        triggered_by: str,
        trigger_source: TriggerSource,
        is_forced: bool,
    ) -> SyncResult:
        task = self._runs.get(tenant_id)
        if task is not None and not is_forced:
            result = await asyncio.shield(task)
            tell_answered(result, "joined", "of a run that was under way")
            return result
        task = self._start(
            tenant_id, triggered_by, trigger_source, is_forced=is_forced, kind="full"
        )
        tell_run()
        return await asyncio.shield(task)

    def _start(
        self,
        tenant_id: str,
        triggered_by: str,
        trigger_source: TriggerSource,
        *,
        is_forced: bool,
        kind: RunKind,
    ) -> asyncio.Task[SyncResult]:
        task = asyncio.create_task(
            self._run(tenant_id, triggered_by, trigger_source, is_forced=is_forced, kind=kind),
            name=f"sync {tenant_id}",
        )
        self._runs[tenant_id] = task
        task.add_done_callback(lambda done: self._ended(tenant_id, done))
        return task

    def _ended(self, tenant_id: str, task: asyncio.Task[SyncResult]) -> None:
        if self._runs.get(tenant_id) is task:
            del self._runs[tenant_id]
        if not task.cancelled():
            # Nobody may have waited for it; what it was is in the log and in the run.
            task.exception()

    async def _run(
        self,
        tenant_id: str,
        triggered_by: str,
        trigger_source: TriggerSource,
        *,
        is_forced: bool,
        kind: RunKind,
    ) -> SyncResult:
        """Get a run of one's own, or wait for whoever has one."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            configured = self._sources.find(tenant_id)
            if configured is None:
                raise ValidationError("sync:source was taken away while it was waited for")
            wanted = self._wanted(
                tenant_id, configured, triggered_by, trigger_source, is_forced=is_forced, kind=kind
            )
            begun = await self._keeping.begin(wanted)
            if isinstance(begun, Standing):
                known = self._remember(tenant_id, begun)
                assert known is not None  # noqa: S101 - it is fresh
                return known[1]
            if isinstance(begun, Held):
                await self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                if kind == "repair":
                    return await self._as_it_stands(tenant_id)
                continue
            flight = Flight(under=begun, configured=configured, decision=wanted.decision)
            try:
                return await self._carry_out(flight)
            except LeaseLost:
                # Somebody has forced a run of their own: its data are as good.
                is_forced = False
                await self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _wanted(
        self,
        tenant_id: str,
        configured: ConfiguredSource,
        triggered_by: str,
        trigger_source: TriggerSource,
        *,
        is_forced: bool,
        kind: RunKind,
    ) -> Wanted:
        return Wanted(
            tenant_id=tenant_id,
            correlation_id=self._new_correlation_id(tenant_id),
            source=configured.digest,
            decision=self._deciding.decide(tenant_id),
            kind=kind,
            trigger_source=trigger_source,
            triggered_by=triggered_by,
            is_forced=is_forced,
            is_due=trigger_source in ("retry", "resume"),
            max_age_us=self._max_age_us,
        )

    def _told_without_run(self, tenant_id: str, error: SyncError, started_at: int) -> SyncError:
        return told(
            error,
            tenant_id=tenant_id,
            correlation_id=self._new_correlation_id(tenant_id),
            duration_ms=(self._clock.now_us() - started_at) / 1_000,
        )

    def _new_correlation_id(self, tenant_id: str) -> str:
        return rules.correlation_id(
            tenant_id,
            now_us=self._clock.now_us(),
            number=random.randrange(_CORRELATIONS),  # noqa: S311 - unique, not secret
        )

    async def _carry_out(self, flight: Flight) -> SyncResult:
        run, narration = flight.under.run, RunNarration(flight, clock=self._clock)
        self._flights.add(flight)
        with (
            bind(
                correlation_id=run.correlation_id,
                causation_id=current().correlation_id,
                tenant_id=run.tenant_id,
            ),
            span("tenantry.sync.run", method=run.method, kind=run.kind) as running_span,
        ):
            narration.began()
            try:
                running = await self._carrying.essential(flight)
            except LeaseLost:
                self._flights.discard(flight)
                narration.superseded()
                with contextlib.suppress(Unavailable):
                    await self._keeping.give_back(flight.under)
                raise
            except asyncio.CancelledError:
                narration.left("the process stops")
                raise
            except ExecutorUnavailable as error:
                # Whoever comes next goes on with it: nothing of it has failed.
                narration.left("the process stops")
                raise self._told(flight.under, UnknownError("this process stops")) from error
            except Exception as error:  # the run's outermost guard: whatever it was is told by type
                known = error_of(error)
                running_span.set(error_type=known.type)
                self._flights.discard(flight)
                narration.failed(known)
                raise await self._failed(flight.under, known) from error
            narration.ready()
            self._watch(flight, running, narration)
            return await self._succeeded(flight.under)

    async def _failed(self, under: Under, error: SyncError) -> SyncError:
        """Record a failure, and return it as a caller gets it."""
        told_error = self._told(under, error)
        self.forget(under.tenant_id)
        try:
            await self._keeping.fail(under, error)
        except Unavailable as unavailable:
            # It is found deserted once the database is back.
            _LOGGER.warning("The failure of a sync was not recorded", reason=unavailable.message)
        return told_error

    def _told(self, under: Under, error: SyncError) -> SyncError:
        return told(
            error,
            tenant_id=under.tenant_id,
            correlation_id=under.run.correlation_id,
            duration_ms=(self._clock.now_us() - under.run.started_at) / 1_000,
        )

    async def _succeeded(self, under: Under) -> SyncResult:
        standing = await self._keeping.standing(under.tenant_id)
        self._remember(under.tenant_id, standing)
        run = standing.run
        assert run is not None  # noqa: S101 - it was stored before it began
        return result_of(run, standing.collections)

    async def _as_it_stands(self, tenant_id: str) -> SyncResult:
        standing = await self._keeping.standing(tenant_id)
        assert standing.run is not None  # noqa: S101 - somebody holds its lease
        return result_of(standing.run, standing.collections)

    def _watch(self, flight: Flight, running: Running, narration: RunNarration) -> None:
        """See to it that the end of the run is told, though nobody waits for it."""
        seeing_off = self._see_off(flight, running, narration)
        task = asyncio.create_task(seeing_off, name="sync background")
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _see_off(self, flight: Flight, running: Running, narration: RunNarration) -> None:
        try:
            outcomes = await running.done()
        except (StepFailed, ExecutorUnavailable) as error:
            if isinstance(error, StepFailed):
                self._flights.discard(flight)
            else:
                await self._let_go(flight)
            if isinstance(error, StepFailed) and error.type == SUPERSEDED:
                narration.superseded()
            else:
                # The sweeper takes it up where it stands.
                narration.left(error.message)
            return
        except asyncio.CancelledError:
            narration.left("the process stops")
            raise
        self._flights.discard(flight)
        narration.done(outcomes)
        standing = await self._keeping.standing(flight.tenant_id)
        if standing.state is not None:
            self._remember(flight.tenant_id, standing)

    async def _let_go(self, flight: Flight) -> None:
        """Leave a run that others go on with: a workflow by itself, anything else by a sweep."""
        self._flights.discard(flight)
        if not flight.is_durable:
            with contextlib.suppress(TenantryError):
                await self._keeping.let_go(flight.under)

"""`Drill`: failures on purpose, in a server that works, and out of everybody's way.

A drill breaks only what is its own: reads of its own task, a breaker and a limiter of its own, a
health check that it registers itself. What it kills is a worker that is known to come back. Each
of them is of the same make as what everybody's requests go through, or is just that.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final, Protocol

from tenantry.base import Clock, Looper, Principal
from tenantry.base.errors import Conflict, Invalid, TenantryError
from tenantry.base.instant import format_instant
from tenantry.base.principal import ALL
from tenantry.db import Database, GuardedDatabase, System, Transaction
from tenantry.eventlog import ANY, AppendRequest, EventLog, StreamAppend
from tenantry.operations import store
from tenantry.operations.model import (
    MECHANISMS,
    DrillBegun,
    DrillCall,
    DrillRead,
    Mechanism,
    OperatorActed,
    ReadEvidence,
    WorkerEvidence,
)
from tenantry.operations.service.drill_range import DRILL_NAME, DrillFailed, DrillLimiter
from tenantry.reliability import (
    CheckOutcome,
    CircuitBreaker,
    HealthRegistry,
)
from tenantry.reliability.health_report import Health as HealthStatus

DRILL: Final = "operations:drill"
LASTS_SECONDS: Final = 120.0
"""A drill that was left without an end is over by then."""

_SYSTEM: Final = System("drill")
_HEALTH: Final[tuple[HealthStatus, ...]] = ("healthy", "degraded")


class FaultScript(Protocol):
    """Counts the calls that have come by it."""

    call_count: int


class FaultLab(Protocol):
    """Has faults happen to the database calls of the task that asks for it."""

    def __call__(
        self, *, lost_calls: int, delay_seconds: float
    ) -> contextlib.AbstractContextManager[FaultScript]:
        """Have so many calls lose their connection, and each begin so late, in the block."""
        ...


class Drill:
    """One drill at a time on this node; every method raises `Denied` for who may not drill.

    All but `begin` and `end` raise `Conflict` while no drill is under way here. `workers` are
    those that may be killed, by name.
    """

    def __init__(
        self,
        *,
        database: GuardedDatabase,
        log: EventLog,
        faults: FaultLab,
        breaker: CircuitBreaker,
        limiter: DrillLimiter,
        services: HealthRegistry,
        workers: Mapping[str, Looper],
        clock: Clock,
    ) -> None:
        self._database = database
        self._log = log
        self._faults = faults
        self._breaker = breaker
        self._limiter = limiter
        self._services = services
        self._workers = workers
        self._clock = clock
        self._ends_at = 0.0
        self._sabotaged: Mechanism | None = None
        self._health: HealthStatus = "healthy"
        self._limit: asyncio.Task[None] | None = None
        self._losing = asyncio.Lock()

    async def begin(
        self, principal: Principal, *, sabotaged: Mechanism | None = None
    ) -> DrillBegun:
        """Begin one, with a mechanism out of order where `sabotaged` names it.

        It stands in the event log. Raises `Conflict` while another is under way.
        """
        principal.authorise(ALL, DRILL)
        if sabotaged is not None and sabotaged not in MECHANISMS:
            raise Invalid(field="sabotaged", got=sabotaged, wants=", ".join(MECHANISMS))
        if self._is_under_way:
            raise Conflict("another drill is under way on this node", code="drill_under_way")

        # At once: another may ask while this one is being recorded.
        self._set_up(sabotaged)
        try:
            await self._log.append(_request(principal))
        except BaseException:  # a drill that is not recorded does not begin
            self._clear_away()
            raise
        return DrillBegun(
            worker=self._victim_name(),
            ends_at=format_instant(self._clock.now_us() + round(LASTS_SECONDS * 1e6)),
        )

    def end(self, principal: Principal) -> None:
        """End it, and leave everything as it was; does nothing where none is under way."""
        principal.authorise(ALL, DRILL)
        self._clear_away()

    async def read(self, principal: Principal, asked: DrillRead) -> ReadEvidence:
        """Read the log's end through the server's own retries and breaker, with faults."""
        self._must_be_under_way(principal)
        if not asked.lost_calls:
            return await self._read(asked)

        # The breaker is everybody's, and counts failures in a row: there is never more than one
        # such read, and a success behind it.
        async with self._losing:
            evidence = await self._read(asked)
            with contextlib.suppress(TenantryError):
                await self._database.read(_SYSTEM, _drill_read)
            return evidence

    async def call(self, principal: Principal, asked: DrillCall) -> None:
        """Make a call through the breaker of drills.

        Raises `DrillFailed` where it is to fail, `BreakerOpen` where it was not made at all.
        """
        self._must_be_under_way(principal)
        await self._breaker.acall(self._called, asked)

    def limited(self, principal: Principal) -> None:
        """Do nothing: the limiter of drills stands in front of it."""
        self._must_be_under_way(principal)

    def set_health(self, principal: Principal, status: HealthStatus) -> None:
        """Have the health check of drills say this; never that the node is unhealthy."""
        self._must_be_under_way(principal)
        if status not in _HEALTH:
            raise Invalid(field="status", got=status, wants=" or ".join(_HEALTH))
        self._health = "healthy" if self._sabotaged == "health" else status
        # A new registration is looked at at once.
        self._services.unregister(DRILL_NAME)
        self._services.register(DRILL_NAME, self._check)

    def worker(self, principal: Principal, *, kill: bool = False) -> WorkerEvidence:
        """Say how the worker is, having killed it where asked to.

        Raises `Conflict` on a node without workers.
        """
        self._must_be_under_way(principal)
        name = self._victim_name()
        if name is None:
            raise Conflict("no worker works on this node", code="no_worker")

        worker = self._workers[name]
        if kill and self._sabotaged != "worker":
            worker.crash(DrillFailed("killed: a drill"))
        return WorkerEvidence(
            name=name, crash_count=worker.crash_count, is_at_work=worker.is_at_work
        )

    @property
    def _is_under_way(self) -> bool:
        return self._clock.monotonic() < self._ends_at

    def _must_be_under_way(self, principal: Principal) -> None:
        principal.authorise(ALL, DRILL)
        if not self._is_under_way:
            raise Conflict("no drill is under way on this node", code="no_drill")

    def _set_up(self, sabotaged: Mechanism | None) -> None:
        self._clear_away()
        self._ends_at = self._clock.monotonic() + LASTS_SECONDS
        self._limit = asyncio.create_task(self._clear_away_in_time(), name="drill")
        self._sabotaged = sabotaged
        self._limiter.reset()
        self._limiter.is_sabotaged = sabotaged == "limiter"
        if sabotaged == "breaker":
            self._breaker.disable(seconds=LASTS_SECONDS)

    async def _clear_away_in_time(self) -> None:
        """Clear away what a drill that is left without an end leaves behind."""
        await self._clock.sleep(LASTS_SECONDS)
        self._limit = None
        self._clear_away()

    def _clear_away(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        self._ends_at = 0.0
        self._services.unregister(DRILL_NAME)
        self._limiter.is_sabotaged = False
        self._breaker.reset()

    def _victim_name(self) -> str | None:
        return next((name for name, worker in self._workers.items() if worker.is_running), None)

    async def _read(self, asked: DrillRead) -> ReadEvidence:
        database: Database = self._database
        if self._sabotaged in _guards_of(asked):
            database = self._database.driver
        is_wrong = asked.is_statement_wrong and self._sabotaged != "statement"
        unit = _drill_wrong_statement if is_wrong else _drill_read

        began_at = self._clock.monotonic()
        position, error = None, None
        with self._faults(
            lost_calls=int(asked.lost_calls), delay_seconds=asked.delay_seconds
        ) as script:
            try:
                position = await database.read(_SYSTEM, unit)
            except TenantryError as refused:
                error = refused.code
            except Exception as refused:  # noqa: BLE001 - what a driver raises for a wrong statement is its own
                error = type(refused).__name__
        return ReadEvidence(
            position=position,
            error=error,
            attempt_count=script.call_count,
            seconds=self._clock.monotonic() - began_at,
        )

    async def _called(self, asked: DrillCall) -> None:
        await self._clock.sleep(asked.seconds)
        if asked.is_failing:
            raise DrillFailed("failed: a drill")

    async def _check(self) -> CheckOutcome:
        return CheckOutcome(self._health, "a drill" if self._health != "healthy" else None)


def _guards_of(asked: DrillRead) -> set[Mechanism]:
    """Return the mechanisms that this read tries out in the guards of the database."""
    tried: set[Mechanism] = set()
    if asked.lost_calls:
        tried.add("database")
    if asked.delay_seconds:
        tried.add("latency")
    return tried


def _drill_read(tx: Transaction) -> int:
    return store.read_head(tx).position


def _drill_wrong_statement(tx: Transaction) -> int:
    return int(tx.connection.execute("SELECT no_such_column FROM log_head").fetchone()[0])


def _request(principal: Principal) -> AppendRequest:
    acted = OperatorActed(action="drill", subject="node")
    event = store.encode_acted(acted, principal)
    return AppendRequest(tenant_id=ALL, streams=(StreamAppend("drills", ANY, (event,)),))

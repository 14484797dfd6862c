"""`StrategyRunner`: carries a run on, one round of requests after the other, until it is over."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol, TypeAlias

import msgspec

from tenantry.base import Clock
from tenantry.base.errors import Conflict, Unavailable
from tenantry.collector import store
from tenantry.collector.model.strategy_run import StrategyRun, StrategyStatus
from tenantry.collector.model.strategy_step import PROFILES, Page, Request, Step, Trouble
from tenantry.collector.remote.appview import Budget, RequestBudget
from tenantry.collector.rules import strategy as rules
from tenantry.db import Database, System, Tenant, Transaction
from tenantry.scheduling import Held, Lease, LeaseLost, Leases
from tenantry.telemetry import emit, get_logger

ATTEMPTS: Final = 3
"""Times that a request may be made in a round, and so is paid for in advance."""
LEASES: Final = "strategy:"
KEPT_DAYS: Final = 30
"""So long runs that are over are kept, with what they have found."""

_LONGEST_WAIT_SECONDS: Final = 300.0
_MAX_NOTES: Final = 20
_MAX_ERROR: Final = 200
_FORGOTTEN_AT_ONCE: Final = 20
_DAY_US: Final = 86_400_000_000
_SYSTEM: Final = System("strategy runs of all tenants are carried on by whichever node is free")
_LOGGER: Final = get_logger("tenantry.collector")

Answer: TypeAlias = tuple[Request, Page | Trouble]


class Network(Protocol):
    """Whom strategies ask."""

    async def ask(self, request: Request, budget: Budget) -> Page | Trouble:
        """Return the answer, or why there will never be one; raises `Unavailable` for now."""
        ...


class _Over(Conflict):
    """The run was ended meanwhile, or its tenant erased: nothing of this unit counts."""


class _Round(msgspec.Struct, frozen=True):
    """What to ask next, and how often at most; nothing where the run is over or waits."""

    requests: tuple[Request, ...] = ()
    limit: int = 0


class StrategyRunner:
    """Carries runs on, each under a lease: one runner for a run, on any number of nodes.

    What a round is answered, and what to ask next, are committed together before that is asked.
    With it the requests are paid for: however a runner ends, no more than the budget are made, and
    none is made again whose answer was committed.
    """

    def __init__(
        self,
        *,
        database: Database,
        network: Network,
        leases: Leases,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._database = database
        self._network = network
        self._leases = leases
        self._clock = clock
        self._rng = rng

    async def due(self, limit: int) -> list[tuple[str, str]]:
        """Return the tenants and ids of runs that somebody should carry on."""

        def unit(tx: Transaction) -> list[tuple[str, str]]:
            return store.due_strategy_runs(tx, now=self._clock.now_us(), limit=limit)

        return await self._database.read(_SYSTEM, unit)

    async def carry(self, tenant_id: str, run_id: str) -> bool:
        """Carry a run on until it is over, or waits; False, at once, where somebody else does."""
        lease = await self._leases.take(f"{LEASES}{run_id}", tenant_id=tenant_id)
        if isinstance(lease, Held):
            return False
        try:
            async with self._leases.kept(lease):
                await self._carry(lease, tenant_id, run_id)
        except LeaseLost:
            _LOGGER.info("A strategy goes on elsewhere", tenant=tenant_id, run=run_id)
        except _Over:
            pass
        finally:
            await self._leases.end(lease)
        return True

    async def fail(self, tenant_id: str, run_id: str, error: str) -> None:
        """End a run that cannot be carried on."""

        def unit(tx: Transaction) -> None:
            run = store.find_strategy_run(tx, tenant_id, run_id)
            if run is not None and not run.is_over:
                self._end_in(tx, run, "failed", error=error)

        with suppress(_Over):
            await self._database.write(Tenant(tenant_id), unit)

    async def release_those_of_the_dead(self) -> None:
        """Let the leases lapse of processes that cannot be alive any more."""
        await self._leases.end_those_of_the_dead(LEASES)

    async def forget_old(self) -> None:
        """Delete runs that were over `KEPT_DAYS` ago."""
        before = self._clock.now_us() - KEPT_DAYS * _DAY_US

        def unit(tx: Transaction) -> int:
            return store.forget_strategy_runs(tx, before=before, limit=_FORGOTTEN_AT_ONCE)

        while await self._database.write(_SYSTEM, unit) == _FORGOTTEN_AT_ONCE:
            pass

    async def _carry(self, lease: Lease, tenant_id: str, run_id: str) -> None:
        scope = Tenant(tenant_id)
        turn = await self._database.write(scope, self._take_up, lease, run_id)
        while turn.requests:
            budget = RequestBudget(turn.limit)
            answers, wait = await self._ask(tenant_id, turn.requests, budget)
            turn = await self._database.write(
                scope, self._take_in, lease, run_id, answers, made=budget.made, wait=wait
            )

    async def _ask(
        self, tenant_id: str, requests: Sequence[Request], budget: Budget
    ) -> tuple[list[Answer], float | None]:
        """Make a round of requests; with how long to wait where some of them have failed."""
        # All have come to their end before one that has failed otherwise is raised.
        found = await asyncio.gather(
            *(self._answer(tenant_id, each, budget) for each in requests), return_exceptions=True
        )
        answers = list[Answer]()
        waits = list[float]()
        for request, outcome in zip(requests, found, strict=True):
            if isinstance(outcome, Unavailable):
                waits.append(outcome.retry_after_seconds)
                emit("tenantry.collector.strategy_held_up", reason=outcome.code)
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                answers.append((request, outcome))
        return answers, max(waits, default=None)

    async def _answer(self, tenant_id: str, request: Request, budget: Budget) -> Page | Trouble:
        if not request.is_free:
            return await self._network.ask(request, budget)
        return await self._database.read(Tenant(tenant_id), _collected, tenant_id, request)

    def _take_up(self, tx: Transaction, lease: Lease, run_id: str) -> _Round:
        """Begin where the last runner has ended: what that may have asked since, it has asked."""
        run = self._run_in(tx, lease, run_id)
        if run is None or (run.waiting_until or 0) > self._clock.now_us():
            return _Round()
        run = msgspec.structs.replace(
            run,
            requests=run.requests + run.reserved,
            reserved=0,
            started_at=run.started_at or self._clock.now_us(),
        )
        return self._go_on_in(tx, run)

    def _take_in(
        self,
        tx: Transaction,
        lease: Lease,
        run_id: str,
        answers: Sequence[Answer],
        *,
        made: int,
        wait: float | None,
    ) -> _Round:
        """Store all that the answers change, and what to ask next."""
        run = self._run_in(tx, lease, run_id)
        if run is None:
            return _Round()
        run = msgspec.structs.replace(run, requests=run.requests + made, reserved=0)
        for request, answer in answers:
            step = _step_in(tx, run, request, answer)
            store.write_step(tx, run.tenant_id, run.id, step)
            run = msgspec.structs.replace(
                run, state=step.state, notes=_with_notes(run, step.notes), attempts=0
            )
            if step.error is not None:
                return self._end_in(tx, run, "failed", error=step.error)
        if wait is not None:
            return self._wait_in(tx, run, wait)
        return self._go_on_in(tx, run)

    def _run_in(self, tx: Transaction, lease: Lease, run_id: str) -> StrategyRun | None:
        """Return the run; None where it is over, or its tenant is gone."""
        self._leases.check_in(tx, lease)
        run = store.find_strategy_run(tx, lease.tenant_id or "", run_id)
        return None if run is None or run.is_over else run

    def _go_on_in(self, tx: Transaction, run: StrategyRun) -> _Round:
        """Decide what to ask next, and pay for it."""
        requests = rules.plan(
            run.params,
            run.state,
            store.first_tasks(tx, run.tenant_id, run.id, rules.AT_ONCE),
            store.first_candidates(tx, run.tenant_id, run.id, PROFILES),
        )
        if not requests:
            return self._end_in(tx, run, "done")
        free = tuple(each for each in requests if each.is_free)
        paid = tuple(each for each in requests if not each.is_free)[: run.budget_left]
        if not (free or paid):
            note = rules.budget_used(run.params.max_requests, run.state.frontier)
            run = msgspec.structs.replace(run, notes=_with_notes(run, (note,)))
            return self._end_in(tx, run, "done")
        limit = min(run.budget_left, len(paid) * ATTEMPTS)
        run = msgspec.structs.replace(run, status="running", reserved=limit, waiting_until=None)
        _keep_in(tx, run)
        return _Round(free + paid, limit)

    def _wait_in(self, tx: Transaction, run: StrategyRun, at_least: float) -> _Round:
        # Full jitter: whoever was turned away together does not come back together.
        most = min(_LONGEST_WAIT_SECONDS, 2.0**run.attempts)
        seconds = max(at_least, self._rng.uniform(0, most))
        waiting = msgspec.structs.replace(
            run,
            status="waiting",
            attempts=run.attempts + 1,
            waiting_until=self._clock.now_us() + int(seconds * 1_000_000),
        )
        _keep_in(tx, waiting)
        return _Round()

    def _end_in(
        self, tx: Transaction, run: StrategyRun, status: StrategyStatus, error: str | None = None
    ) -> _Round:
        ended = msgspec.structs.replace(
            run,
            status=status,
            error=error if error is None else error[:_MAX_ERROR],
            requests=run.requests + run.reserved,
            reserved=0,
            waiting_until=None,
            finished_at=self._clock.now_us(),
        )
        _keep_in(tx, ended)
        store.clear_strategy_run(tx, run.tenant_id, run.id)
        emit("tenantry.collector.strategy_ended", strategy=run.strategy, status=status)
        return _Round()


def _keep_in(tx: Transaction, run: StrategyRun) -> None:
    if not store.keep_strategy_run(tx, run):
        raise _Over(f"strategy run {run.id} is over")


def _collected(tx: Transaction, tenant_id: str, request: Request) -> Page:
    if request.kind == "collected_mentions":
        return store.collected_mentions(tx, tenant_id, request.subject, request.cursor)
    return store.collected_by_tags(tx, tenant_id, request.subject, request.cursor)


def _step_in(tx: Transaction, run: StrategyRun, request: Request, answer: Page | Trouble) -> Step:
    page = answer if isinstance(answer, Page) else Page()
    keys = rules.keys_of(run.params, page, request)
    known = store.found_of_keys(tx, run.tenant_id, run.id, keys)
    if isinstance(answer, Page):
        return rules.answer(run.params, run.state, request, answer, known)
    return rules.refuse(run.params, run.state, request, answer, known)


def _with_notes(run: StrategyRun, notes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*run.notes, *notes)))[:_MAX_NOTES]
